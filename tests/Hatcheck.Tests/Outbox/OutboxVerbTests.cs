using System.Text.Json;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Cli;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Outbox;

public sealed class OutboxVerbsOnSqlite(OnSqliteUnsent database) : OutboxVerbTests(database), IClassFixture<OnSqliteUnsent>;

public sealed class OutboxVerbsOnPostgres(OnPostgresUnsent database) : OutboxVerbTests(database), IClassFixture<OnPostgresUnsent>;

/// <summary><c>hatcheck webhooks</c> and <c>hatcheck outbox</c>.</summary>
public abstract class OutboxVerbTests(TestedDatabase database)
{
    [Fact]
    public async Task An_operator_adds_tests_rotates_pauses_and_removes_an_endpoint_and_each_change_is_recorded()
    {
        await using var receiver = await Receiver.StartAsync();
        var (mine, other) = (await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync());
        string[] tenant = ["--tenant", $"{mine.Id}"];
        var added = await RunAsync(["webhooks", "add", receiver.Address, "--events", "user.deleted,user.erased", .. tenant]);
        var secret = added.Succeeded().Trim();
        secret.ShouldStartWith("whsec_");
        Convert.FromBase64String(secret["whsec_".Length..]).Length.ShouldBe(32);
        var listed = (await RunAsync(["webhooks", "list", $"{mine.Id}", "--json"])).Succeeded();
        listed.ShouldNotContain(Receiver.Canary);
        listed.ShouldNotContain(secret);
        var one = JsonDocument.Parse(listed).RootElement.EnumerateArray().ShouldHaveSingleItem();
        (one.GetProperty("host").GetString(), one.GetProperty("state").GetString()).ShouldBe(("127.0.0.1", "active"));
        one.GetProperty("secrets").GetInt32().ShouldBe(1);
        one.GetProperty("events").EnumerateArray().Select(name => name.GetString()).ShouldBe(["user.deleted", "user.erased"]);
        var id = one.GetProperty("id").GetString()!;
        (await RunAsync(["webhooks", "list", $"{other.Id}"])).Succeeded().ShouldNotContain(id);

        (await RunAsync(["webhooks", "test", id, .. tenant])).Succeeded();
        var arrival = receiver.Ledger.ShouldHaveSingleItem();
        (arrival.Type, arrival.SignedBy(secret)[0]).ShouldBe(("webhook.test", 0));
        receiver.Answer = (_, context) => Task.FromResult(context.Response.StatusCode = 418);
        var failed = await RunAsync(["webhooks", "test", id, .. tenant]);
        (failed.ExitCode, failed.Error.Contains("status.418", StringComparison.Ordinal)).ShouldBe((1, true));
        var rotation = await RunAsync(["webhooks", "rotate", id, "--json", .. tenant]);
        var rotated = JsonDocument.Parse(rotation.Succeeded()).RootElement;
        rotated.GetProperty("secret").GetString().ShouldNotBeNull().ShouldNotContain(secret);
        rotated
            .GetProperty("others_end_at")
            .GetDateTimeOffset()
            .ShouldBe(DateTimeOffset.UtcNow.AddDays(1), TimeSpan.FromMinutes(5));
        foreach (var verb in new[] { "pause", "enable", "remove" })
        {
            (await RunAsync(["webhooks", verb, id, "--tenant", $"{other.Id}"])).ExitCode.ShouldBe(1);
            (await RunAsync(["webhooks", verb, id, .. tenant])).Succeeded().ShouldBeEmpty();
        }

        var gone = await RunAsync(["webhooks", "pause", id, .. tenant]);
        (gone.ExitCode, gone.Error.Contains("no such endpoint", StringComparison.Ordinal)).ShouldBe((1, true));
        await using var behind = await database.OpenAsync();
        var entries = await behind.RowsAsync(
            "select act, actor, subject from audit_pending "
                + $"where tenant_id = {RawSql.Literal(mine.Id)} and act like 'endpoint.%'"
        );
        string[] acts = ["add", "rotate", "pause", "enable", "remove"];
        entries.ShouldBe(acts.Select(act => $"endpoint.{act}|operator:1000|endpoint:{Guid.Parse(id):N}"), ignoreOrder: true);
    }

    [Fact]
    public async Task Removing_an_endpoint_removes_its_events_at_once_and_what_is_left_is_not_replayed()
    {
        // More than one batch of them, between those of another endpoint.
        const int Each = 700;
        var tenant = await database.Node.NewTenantAsync();
        var (removed, _) = await database.Node.AddEndpointAsync(tenant, "https://one.example.org/");
        var (kept, _) = await database.Node.AddEndpointAsync(tenant, "https://two.example.org/");
        string[] states = [OutboxRow.Pending, OutboxRow.Delivered, OutboxRow.Dead];
        await database
            .Node.Services.GetRequiredService<Database>()
            .ExecuteAsync(
                tenant.Id,
                [
                    .. Enumerable
                        .Range(0, Each)
                        .SelectMany(i => new[] { Entry(removed, states[i % 3]), Entry(kept, states[i % 3]) }),
                ],
                default
            );
        (await RunAsync(["webhooks", "remove", $"{removed}", "--tenant", $"{tenant.Id}"])).Succeeded();
        (await database.CountAsync("outbox", tenant.Id, $"endpoint_id = {RawSql.Literal(removed)}")).ShouldBe(0);
        (await database.CountAsync("outbox", tenant.Id)).ShouldBe(Each);

        // Stored by an act in progress.
        var late = Entry(removed, OutboxRow.Dead);
        await database.Node.Services.GetRequiredService<Database>().ExecuteAsync(tenant.Id, [late], default);
        var replay = await RunAsync(["outbox", "replay", $"{late.Parameters[1]}", "--tenant", $"{tenant.Id}"]);
        replay.ExitCode.ShouldBe(1);
        replay.Error.ShouldContain("The endpoint of this entry was removed");
        (await database.CountAsync("outbox", tenant.Id, $"endpoint_id = {RawSql.Literal(removed)} and state = 'dead'")).ShouldBe(
            1
        );
        (await database.CountAsync("audit_pending", tenant.Id, "act = 'outbox.replay'")).ShouldBe(0);

        (string Sql, object?[] Parameters) Entry(Guid endpoint, string state) =>
            (
                "insert into outbox (tenant_id, entry_id, endpoint_id, event_type, payload, due_at, state, attempts, created_at) "
                    + "values ($1, $2, $3, 'user.updated', '[]', {now}, $4, 0, {now})",
                [tenant.Id, Guid.NewGuid(), endpoint, state]
            );
    }

    [Theory]
    [InlineData("http://hooks.example.org.invalid/#x")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("hooks.example.org")]
    public async Task An_address_that_can_not_be_sent_to_is_not_added(string address)
    {
        var tenant = await database.Node.NewTenantAsync();
        var refused = await RunAsync(["webhooks", "add", address, "--tenant", $"{tenant.Id}"]);
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldNotContain(address);
        var mistyped = await RunAsync([
            "webhooks",
            "add",
            "https://hooks.example.org/",
            "--events",
            "user.delted",
            "--tenant",
            $"{tenant.Id}",
        ]);
        (mistyped.ExitCode, mistyped.Error.Contains("user.deleted", StringComparison.Ordinal)).ShouldBe((2, true));
        (await database.CountAsync("outbox_endpoints", tenant.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task An_operator_lists_shows_replays_and_drops_events()
    {
        var (mine, other, user) = (await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync(), Guid.NewGuid());
        var (endpoint, _) = await database.Node.AddEndpointAsync(mine, "https://hooks.example.org/");
        await database.Node.TellAsync(mine.Id, ProfileEvents.Deleted, user);
        var queue = database.Node.Services.GetRequiredService<OutboxQueue>();
        (await queue.DeadLetterAsync((await queue.ClaimAsync(mine.Id, endpoint, 1, default))[0], "status.500")).ShouldBeTrue();
        await database.Node.TellAsync(mine.Id, ProfileEvents.Restored, user);
        string[] tenant = ["--tenant", $"{mine.Id}"];
        var listed = await RunAsync(["outbox", "list", $"{mine.Id}", "--dead", "--json"]);
        var dead = JsonDocument.Parse(listed.Succeeded()).RootElement.EnumerateArray().ShouldHaveSingleItem();
        (dead.GetProperty("fault").GetString(), dead.GetProperty("type").GetString()).ShouldBe(("status.500", "user.deleted"));
        // With a line of headings.
        async Task<int> LinesAsync(params string[] more) =>
            (await RunAsync(["outbox", "list", .. more])).Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        (await LinesAsync($"{mine.Id}"), await LinesAsync($"{other.Id}")).ShouldBe((3, 1));
        (await LinesAsync($"{mine.Id}", "--endpoint", $"{Guid.NewGuid()}")).ShouldBe(1);
        var id = dead.GetProperty("id").GetString()!;
        (await RunAsync(["outbox", "show", id, .. tenant])).Succeeded().ShouldContain($"\"user_id\":\"{user}\"");
        (await RunAsync(["outbox", "show", id, "--tenant", $"{other.Id}"])).ExitCode.ShouldBe(1);
        (await RunAsync(["outbox", "replay", .. tenant])).ExitCode.ShouldBe(2);
        (await RunAsync(["outbox", "replay", id, "--since", "2026-01-01", .. tenant])).ExitCode.ShouldBe(2);
        string[] all = ["outbox", "replay", "--endpoint", $"{endpoint}", .. tenant];
        (await RunAsync([.. all, "--since", "yesterday"])).ExitCode.ShouldBe(2);
        var replayed = await RunAsync([.. all, "--since", "2026-01-01T00:00Z", "--json"]);
        JsonDocument.Parse(replayed.Succeeded()).RootElement.GetProperty("events").GetInt32().ShouldBe(1);
        (await database.CountAsync("outbox", mine.Id, "state = 'pending' and attempts = 0")).ShouldBe(2);
        (await RunAsync(["outbox", "replay", id, .. tenant])).Succeeded().ShouldBeEmpty();
        (await RunAsync(["outbox", "drop", id, "--tenant", $"{other.Id}"])).ExitCode.ShouldBe(1);
        (await RunAsync(["outbox", "drop", id, .. tenant])).Succeeded().ShouldBeEmpty();
        (await RunAsync(["outbox", "drop", id, .. tenant])).ExitCode.ShouldBe(1);
        (await database.CountAsync("outbox", mine.Id)).ShouldBe(1);
        var recorded =
            $"act in ('outbox.replay', 'outbox.drop') and user_id = {RawSql.Literal(user)} "
            + $"and subject = 'outbox:{Guid.Parse(id):N}'";
        (await database.CountAsync("audit_pending", mine.Id, recorded)).ShouldBe(2);
        (await database.CountAsync("audit_pending", mine.Id, "act = 'endpoint.replay' and user_id is null")).ShouldBe(1);
    }

    private Task<CommandResult> RunAsync(string[] arguments)
    {
        string[] settings =
        [
            .. database
                .Settings.Where(setting => setting.Key != "Urls")
                .SelectMany(setting => (string[])["--set", $"{setting.Key}={setting.Value}"]),
        ];
        // The verbs open the same file as the nodes of this process: fine, since no one holds its lock.
        if (database.Name == "sqlite")
            settings = ["--data", database.Folder, "--set", "Outbound:AllowedNetworks=127.0.0.0/8"];
        return CommandLine.RunAsync([.. arguments, .. settings]);
    }
}
