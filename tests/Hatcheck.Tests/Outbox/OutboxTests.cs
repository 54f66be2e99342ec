using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Webhooks;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Outbox;

public sealed class OutboxOnSqlite(OnSqliteUnsent database) : OutboxTests(database), IClassFixture<OnSqliteUnsent>;

public sealed class OutboxOnPostgres(OnPostgresUnsent database) : OutboxTests(database), IClassFixture<OnPostgresUnsent>
{
    [Fact]
    public async Task Nothing_of_the_database_is_held_while_a_receiver_thinks()
    {
        await using var receiver = await Receiver.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        await database.Node.AddEndpointAsync(tenant, receiver.Address);
        // One connection: the receiver's own request would wait for it.
        await using var sender = await database.StartSenderAsync(null, ("Database:PoolSize", "1"));
        using var http = sender.Client(tenant.Key);
        receiver.Answer = async (arrival, _) =>
            await http.GetAsync(new Uri($"/users/{arrival.User}", UriKind.Relative)).ReadAsync<Contracts.UserResponse>();
        var user = await http.ResolveAsync("4711");
        await database.SentAsync(tenant.Id);
        receiver.Ledger.ShouldHaveSingleItem().User.ShouldBe(user.Id);
    }
}

/// <summary>The kinds of events, their content, when they exist, and their end with their user.</summary>
public abstract class OutboxTests(TestedDatabase database)
{
    [Fact]
    public async Task Each_act_is_told_in_order_signed_and_in_random_ids_only()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var elsewhere = await Receiver.StartAsync();
        var (tenant, other) = (await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync());
        var (endpoint, secret) = await database.Node.AddEndpointAsync(tenant, receiver.Address);
        var (_, theirs) = await database.Node.AddEndpointAsync(other, elsewhere.Address);
        await using var sender = await database.StartSenderAsync();
        var ada = (await tenant.Http.CreateAsync("""{"first_name":"Ada","email":"ada@example.org"}""")).Id;
        await tenant.RenameAsync(ada, "Augusta");
        (await tenant.Http.DeleteAsync(new Uri($"/users/{ada}", UriKind.Relative))).EnsureSuccessStatusCode();
        (await tenant.Http.PostJsonAsync($"/users/{ada}/restore", "")).EnsureSuccessStatusCode();
        var bob = (await tenant.Http.ResolveAsync("4711")).Id;
        await tenant.Http.MergeAsync(bob, ada);
        await database.SentAsync(tenant.Id);
        (await tenant.Http.DeleteAsync(new Uri($"/users/{ada}?confirm=true", UriKind.Relative))).EnsureSuccessStatusCode();
        await database.SentAsync(tenant.Id);

        var told = receiver.Ledger.ToLookup(arrival => arrival.User, arrival => arrival.Type);
        told[ada].ShouldBe(["user.created", "user.updated", "user.deleted", "user.restored", "user.erased"]);
        told[bob].ShouldBe(["user.created", "user.merged", "user.erased"]);
        receiver.Ledger.Select(arrival => arrival.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(8);
        var now = DateTimeOffset.UtcNow;
        foreach (var arrival in receiver.Ledger)
        {
            arrival.SignedBy(theirs, secret).ShouldBe([1]);
            arrival.ContentType.ShouldBe("application/json");
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(arrival.Timestamp)).ShouldBe(now, TimeSpan.FromMinutes(2));
            var body = JsonDocument.Parse(arrival.Body).RootElement;
            body.EnumerateObject().Select(member => member.Name).ShouldBe(["type", "timestamp", "data"]);
            body.GetProperty("timestamp").GetDateTimeOffset().ShouldBe(now, TimeSpan.FromMinutes(2));
            foreach (var member in body.GetProperty("data").EnumerateObject())
                member.Value.TryGetGuid(out _).ShouldBeTrue(member.Name);
        }

        var merged = JsonDocument.Parse(receiver.Ledger.Single(arrival => arrival.Type == "user.merged").Body).RootElement;
        merged.GetProperty("data").GetProperty("merged_into").GetGuid().ShouldBe(ada);
        elsewhere.Ledger.ShouldBeEmpty();
        (await database.Node.EntriesAsync(other.Id, OutboxRow.Delivered, OutboxRow.Pending)).ShouldBeEmpty();
        var endpoints = database.Node.Services.GetRequiredService<OutboxEndpoints>();
        (await endpoints.ListAsync(other.Id, default)).ShouldNotContain(one => one.Id == endpoint);
        sender.Log.ToString().ShouldNotContain(Receiver.Canary);
        sender.Log.ToString().ShouldNotContain(secret["whsec_".Length..]);
    }

    [Fact]
    public async Task Address_and_secret_can_not_be_read_in_the_database_or_a_log()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) => Task.FromResult(context.Response.StatusCode = 500);
        var tenant = await database.Node.NewTenantAsync();
        var (endpoint, secret) = await database.Node.AddEndpointAsync(tenant, receiver.Address);
        // An endpoint without a receiver: its faults are logged too.
        await database.Node.AddEndpointAsync(tenant, $"http://127.0.0.1:1/{Receiver.Canary}");
        await using var sender = await database.StartSenderAsync();
        await tenant.Http.ResolveAsync("4711");
        await OutboxLook.UntilAsync(
            async () => (await database.Node.EntriesAsync(tenant.Id)).All(entry => entry.Fault is not null),
            "both fail"
        );
        (await database.Node.EntriesAsync(tenant.Id))
            .Select(entry => entry.Fault)
            .ShouldBe(["status.500", "connection.connectionerror"], ignoreOrder: true);
        await using var behind = await database.OpenAsync();
        var rows = new List<string>();
        foreach (var table in new[] { "outbox", "outbox_endpoints", "outbox_secrets" })
        {
            var whole = database.Name == "sqlite" ? $"select * from {table}" : $"select t::text from {table} t";
            rows.AddRange(await behind.RowsAsync(whole));
        }

        var key = secret["whsec_".Length..];
        foreach (var text in new[] { string.Join('\n', rows), sender.Log.ToString(), database.Node.Log.ToString() })
        {
            text.ShouldNotContain(Receiver.Canary);
            text.ShouldNotContain(key);
            text.ShouldNotContain(Convert.ToHexStringLower(Convert.FromBase64String(key)), Case.Insensitive);
        }

        sender.Log.ToString().ShouldContain($"{endpoint}");
        sender.Log.ToString().ShouldContain("status.500");
    }

    [Fact]
    public async Task What_is_rolled_back_is_told_to_no_one_and_what_is_committed_is()
    {
        var tenant = await database.Node.NewTenantAsync();
        await database.Node.AddEndpointAsync(tenant, "https://hooks.example.org/");
        var all = database.Node.Services.GetRequiredService<Database>();
        await Should.ThrowAsync<InvalidOperationException>(() =>
            all.WriteAsync<bool>(
                tenant.Id,
                (db, _) =>
                {
                    OutboxEvents.Add(db, ProfileEvents.Updated, Guid.NewGuid());
                    throw new InvalidOperationException("ours");
                },
                default
            )
        );
        // Fails at the very end, after the act: then the act is rolled back too.
        await Should.ThrowAsync<System.Data.Common.DbException>(() =>
            all.WriteAsync(
                tenant.Id,
                async (db, stop) =>
                {
                    await db.Statements.ExecuteAsync("update tenants set name = 'never' where tenant_id = $1", [tenant.Id], stop);
                    OutboxEvents.Add(db, ProfileEvents.Updated, Guid.NewGuid());
                    db.AtCommit.Add(("insert into outbox (tenant_id) values ($1)", [tenant.Id]));
                    return true;
                },
                default
            )
        );
        (await database.CountAsync("outbox", tenant.Id)).ShouldBe(0);
        (await database.CountAsync("tenants", tenant.Id, "name = 'never'")).ShouldBe(0);
        // A pooled context keeps nothing of a transaction that failed.
        for (var i = 0; i < 20; i++)
            await all.WriteAsync(tenant.Id, (_, _) => Task.FromResult(true), default);
        (await database.CountAsync("outbox", tenant.Id)).ShouldBe(0);
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Updated, Guid.NewGuid());
        (await database.CountAsync("outbox", tenant.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task Only_what_an_endpoint_wants_is_stored_and_without_one_there_is_no_row()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        await tenant.RenameAsync(user, "Ada");
        (await database.CountAsync("outbox", tenant.Id)).ShouldBe(0);
        await database.Node.AddEndpointAsync(tenant, "https://one.example.org/", "user.updated", "user.erased");
        await database.Node.AddEndpointAsync(tenant, "https://two.example.org/", "user.deleted");
        await tenant.Http.ResolveAsync("4712");
        await tenant.RenameAsync(user, "Augusta");
        (await database.Node.EntriesAsync(tenant.Id)).Select(entry => entry.Type).ShouldBe(["user.updated"]);
        (await tenant.Http.DeleteAsync(new Uri($"/users/{user}", UriKind.Relative))).EnsureSuccessStatusCode();
        (await database.Node.EntriesAsync(tenant.Id)).Select(entry => entry.Type).ShouldBe(["user.updated", "user.deleted"]);
        // Preferences have no event.
        var lively = (await tenant.Http.ResolveAsync("4713")).Id;
        using var change = new StringContent("""{"interface":{"theme":"dark"}}""", Encoding.UTF8, "application/json");
        var preferences = new Uri($"/users/{lively}/preferences", UriKind.Relative);
        (await tenant.Http.PatchAsync(preferences, change)).EnsureSuccessStatusCode();
        (await database.CountAsync("outbox", tenant.Id)).ShouldBe(2);
    }

    [Fact]
    public async Task A_users_events_keep_their_order_whatever_the_clock_says()
    {
        var (tenant, user) = (await database.Node.NewTenantAsync(), Guid.NewGuid());
        await database.Node.AddEndpointAsync(tenant, "https://hooks.example.org/");
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Deleted, user);
        // The clock has been set back since.
        await database.AgeAsync("outbox.created_at", TimeSpan.FromHours(-1));
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Restored, user);
        (await database.Node.EntriesAsync(tenant.Id)).Select(entry => entry.Type).ShouldBe(["user.deleted", "user.restored"]);
    }

    [Fact]
    public async Task An_erasure_drops_what_waits_about_its_user_and_is_told_after_what_is_on_its_way()
    {
        await using var receiver = await Receiver.StartAsync();
        var (tenant, other) = (await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync());
        await database.Node.AddEndpointAsync(tenant, receiver.Address);
        await database.Node.AddEndpointAsync(other, receiver.Address);
        var (user, neighbour) = ((await tenant.Http.ResolveAsync("4711")).Id, (await tenant.Http.ResolveAsync("4712")).Id);
        await other.Http.ResolveAsync("4711");
        var queue = database.Node.Services.GetRequiredService<OutboxQueue>();
        var endpoint = (await queue.DueAsync(tenant.Id, default)).ShouldHaveSingleItem().Id;
        // In flight, with a lease of a minute.
        var claims = await queue.ClaimAsync(tenant.Id, endpoint, 10, default);
        claims.Count.ShouldBe(2);
        await tenant.RenameAsync(user, "Ada");
        (await tenant.Http.DeleteAsync(new Uri($"/users/{user}?confirm=true", UriKind.Relative))).EnsureSuccessStatusCode();
        var entries = await database.Node.EntriesAsync(tenant.Id);
        entries.Select(entry => (entry.Type, entry.UserId)).ShouldBe([("user.created", neighbour), ("user.erased", (Guid?)null)]);
        entries[1].DueAt.ShouldBe(claims[0].At + TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1));
        (await queue.DueAsync(tenant.Id, default)).ShouldBeEmpty();
        var gone = claims.Single(claim => claim.Payload.Contains($"{user}", StringComparison.Ordinal));
        (await queue.DeliveredAsync(gone)).ShouldBeFalse();
        (await database.CountAsync("outbox", tenant.Id, $"user_id = {RawSql.Literal(user)}")).ShouldBe(0);
        (await database.CountAsync("outbox", other.Id)).ShouldBe(1);

        await database.EndLeasesAsync();
        await database.HurryAsync(tenant);
        await using var sender = await database.StartSenderAsync();
        await database.SentAsync(tenant.Id);
        receiver.Ledger.Where(arrival => arrival.User == user).Select(arrival => arrival.Type).ShouldBe(["user.erased"]);
    }

    [Fact]
    public async Task The_published_library_verifies_what_is_sent()
    {
        await using var receiver = await Receiver.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        var (endpoint, old) = await database.Node.AddEndpointAsync(tenant, receiver.Address);
        var endpoints = database.Node.Services.GetRequiredService<OutboxEndpoints>();
        var (secret, _) = await endpoints.RotateAsync(tenant.Id, endpoint, atOnce: false, OutboxLook.Someone, default);
        var rotated = WebhookSignature.Text(secret);
        await using var sender = await database.StartSenderAsync();
        await tenant.Http.ResolveAsync("4711");
        await database.SentAsync(tenant.Id);
        var arrival = receiver.Ledger.ShouldHaveSingleItem();
        var script = Repository.PathOf("tests", "webhook-sender", "verify.mjs");
        Directory
            .Exists(Repository.PathOf("tests", "webhook-sender", "node_modules"))
            .ShouldBeTrue("run: npm ci --prefix tests/webhook-sender --ignore-scripts");
        var strange = "whsec_" + Convert.ToBase64String(new byte[32]);
        JsonNode[] asked =
        [
            Of(old, arrival.Body),
            Of(rotated, arrival.Body),
            Of(strange, arrival.Body),
            Of(old, arrival.Body + " "),
        ];
        JsonObject Of(string by, string body) =>
            new()
            {
                ["secret"] = by,
                ["id"] = arrival.Id,
                ["timestamp"] = arrival.Timestamp,
                ["signature"] = arrival.Signature,
                ["body"] = body,
            };
        var answer = await Command.RunAsync(Interpreters.Node(), [script], new JsonArray(asked).ToJsonString());
        answer.Succeeded().Trim().ShouldBe("genuine genuine refused refused");
    }
}
