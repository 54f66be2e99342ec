using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Webhooks;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.ServerKit.Outbox;

/// <summary>The first node sends nothing; the test starts the nodes that do.</summary>
public class OnSqliteUnsent : OnSqlite
{
    public OnSqliteUnsent() => OutboxLook.SendNothing(Settings);
}

/// <summary>Same, with keys rotated all the time: see <see cref="MoreKeys"/>.</summary>
public sealed class OnSqliteUnsentWithMoreKeys : OnSqliteUnsent
{
    public override bool HasMoreKeys => true;
}

/// <summary>The first node sends nothing.</summary>
public sealed class OnPostgresUnsent : OnPostgres
{
    public OnPostgresUnsent() => OutboxLook.SendNothing(Settings);
}

/// <summary>Endpoints, sending nodes, and the content of the outbox.</summary>
internal static class OutboxLook
{
    public static readonly Actor Someone = Actor.Operator(1000);

    public static void SendNothing(Dictionary<string, string?> settings)
    {
        settings["Outbox:Work"] = "false";
        settings["Outbound:AllowedNetworks"] = "127.0.0.0/8";
    }

    /// <summary>A sending node. The test disposes it, so that it does not send the next test's events.</summary>
    public static async Task<Node> StartSenderAsync(
        this TestedDatabase database,
        Action<IServiceCollection>? configure = null,
        params (string Name, string Value)[] settings
    )
    {
        var before = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal);
        foreach (var (name, value) in settings.Prepend(("Outbox:Work", "true")))
            database.Settings[name] = value;
        try
        {
            return await database.StartNodeAsync(configure);
        }
        finally
        {
            database.Settings.Clear();
            foreach (var (name, value) in before)
                database.Settings[name] = value;
        }
    }

    /// <summary>Adds an endpoint, and returns its secret in the receivers' form.</summary>
    public static async Task<(Guid Id, string Secret)> AddEndpointAsync(
        this Node node,
        TestTenant tenant,
        string address,
        params string[] events
    )
    {
        string[] wanted = events.Length == 0 ? [OutboxEndpoints.AllEvents] : events;
        var (id, secret) = await node
            .Services.GetRequiredService<OutboxEndpoints>()
            .AddAsync(tenant.Id, WebhookSender.KindName, address, new Uri(address).Host, wanted, Someone, default);
        using (secret)
            return (id, WebhookSignature.Text(secret));
    }

    public static async Task<Guid> RenameAsync(this TestTenant tenant, Guid user, string name)
    {
        using var content = new StringContent($$"""{"first_name":"{{name}}"}""", System.Text.Encoding.UTF8, "application/json");
        await tenant.Http.PatchAsync(new Uri($"/users/{user}", UriKind.Relative), content).ReadAsync<UserResponse>();
        return user;
    }

    /// <summary>Commits an event without an act.</summary>
    public static Task<bool> TellAsync(this Node node, Guid tenant, EventKind kind, Guid user) =>
        node
            .Services.GetRequiredService<Database>()
            .WriteAsync(
                tenant,
                (db, _) =>
                {
                    OutboxEvents.Add(db, kind, user);
                    return Task.FromResult(true);
                },
                default
            );

    public static Task<IReadOnlyList<OutboxEntry>> EntriesAsync(this Node node, Guid tenant, params string[] states) =>
        node.Services.GetRequiredService<OutboxEntries>().ListAsync(tenant, states, null, 10_000, default);

    /// <summary>The database's clock as a node reads it.</summary>
    public static Task<DateTimeOffset> NowAsync(this Node node) =>
        node.Services.GetRequiredService<Database>().ReadAsync(Guid.Empty, (db, _) => Task.FromResult(db.Now), default);

    /// <summary>Waits until no event of a tenant is pending.</summary>
    public static Task SentAsync(this TestedDatabase database, Guid tenant) =>
        UntilAsync(async () => await database.CountAsync("outbox", tenant, "state = 'pending'") == 0, "entries still wait");

    public static async Task UntilAsync(Func<Task<bool>> isSo, string message, int seconds = 300)
    {
        for (var wait = Stopwatch.StartNew(); !await isSo(); await Task.Delay(20))
            wait.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(seconds), message);
    }

    public static Task UntilAsync(Func<bool> isSo, string message, int seconds = 300) =>
        UntilAsync(() => Task.FromResult(isSo()), message, seconds);

    /// <summary>
    /// Skips the waits between a tenant's attempts. Only this tenant's: other tests' receivers are gone.
    /// </summary>
    public static Task<int> HurryAsync(this TestedDatabase database, TestTenant tenant) =>
        database.ExecuteAsync(
            $"update outbox set attempts = 1, due_at = {(database.Name == "sqlite" ? "0" : "'epoch'")} "
                + $"where tenant_id = {RawSql.Literal(tenant.Id)} and state = 'pending' and lease_id is null"
        );

    /// <summary>Expires the leases.</summary>
    public static Task<int> EndLeasesAsync(this TestedDatabase database) =>
        database.ExecuteAsync(
            $"update outbox set lease_until = {(database.Name == "sqlite" ? "0" : "'epoch'")} where lease_id is not null"
        );
}
