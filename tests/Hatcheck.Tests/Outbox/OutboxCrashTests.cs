using System.Globalization;
using Hatcheck.Platform.Outbox;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Hatcheck.TestKit;
using Microsoft.AspNetCore.Http;

namespace Hatcheck.Tests.Outbox;

/// <summary>
/// Real processes of <c>hatcheck serve</c>, killed with SIGKILL at a printed seed or put to sleep beyond their leases. The
/// receiver's ledger is the judge.
/// </summary>
public sealed class OutboxCrashTests
{
    [Fact]
    public async Task Every_committed_event_arrives_in_order_on_SQLite_though_the_node_is_killed()
    {
        await using var database = new OnSqlite();
        await RunAsync(database, nodeCount: 1);
    }

    [Fact]
    public async Task Every_committed_event_arrives_in_order_on_PostgreSQL_though_one_of_two_nodes_is_killed()
    {
        await using var database = new OnPostgres();
        await RunAsync(database, nodeCount: 2);
    }

    [Fact]
    public async Task A_node_that_sleeps_beyond_its_lease_loses_nothing_and_its_mark_is_refused()
    {
        await using var database = new OnPostgres();
        await using var receiver = await Receiver.StartAsync();
        var tenant = await StartAsync(database, receiver);
        await using var sleeper = new ServeProcess(Settings(database));
        await using var other = new ServeProcess(Settings(database));
        await sleeper.StartAsync();
        var held = new TaskCompletionSource();
        receiver.Answer = async (_, context) =>
        {
            if (receiver.Ledger.Count > 1)
                return;
            await held.Task;
            context.Response.StatusCode = 500;
        };
        using var http = sleeper.Client(tenant.Key);
        var user = await http.ResolveAsync("4711");
        await OutboxLook.UntilAsync(() => receiver.Ledger.Count == 1, "the sleeper sends");
        await sleeper.PauseAsync();
        await other.StartAsync();
        var awake = tenant with { Http = other.Client(tenant.Key) };
        await awake.RenameAsync(user.Id, "Ada");
        await database.SentAsync(tenant.Id);
        // Beyond its time-out: it wakes to a fault that it would record.
        await sleeper.ResumeAsync();
        held.SetResult();
        await OutboxLook.UntilAsync(
            () => sleeper.Said.Contains("had passed to another node", StringComparison.Ordinal),
            "the sleeper's mark is refused"
        );
        (await database.CountAsync("outbox", tenant.Id, "state = 'delivered' and fault is null")).ShouldBe(2);
        receiver.Ledger.Select(arrival => arrival.Type).ShouldBe(["user.created", "user.created", "user.updated"]);
        receiver.Ledger[0].Id.ShouldBe(receiver.Ledger[1].Id);
    }

    private static async Task RunAsync(TestedDatabase database, int nodeCount)
    {
        const int Users = 24;
        const int Renames = 6;
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (_, context) =>
        {
            int choice;
            lock (random)
                choice = random.Next(10);
            if (choice == 0)
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            if (choice == 1)
                await Task.Delay(300);
        };
        var tenant = await StartAsync(database, receiver);
        var nodes = Enumerable.Range(0, nodeCount).Select(_ => new ServeProcess(Settings(database))).ToList();
        try
        {
            foreach (var node in nodes)
                node.Begin();
            foreach (var node in nodes)
                await node.ReadyAsync();
            var acting = Task.WhenAll(
                Enumerable.Range(0, Users).Select(user => Task.Run(() => ActAsync(nodes, tenant, user, Renames)))
            );
            for (var kill = 0; kill < FaultRounds.Count; kill++)
            {
                int pause,
                    victim;
                lock (random)
                    (pause, victim) = (random.Next(200, 1500), random.Next(nodeCount));
                await Task.Delay(pause);
                await nodes[victim].KillAsync();
                await nodes[victim].StartAsync();
            }

            await acting;
            await OutboxLook.UntilAsync(
                async () =>
                {
                    await TryHurryAsync(database, tenant);
                    return await database.CountAsync("outbox", tenant.Id, "state = 'pending'") == 0;
                },
                "all arrive",
                seconds: 180
            );
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }

        await JudgeAsync(database, tenant, receiver, Users);
    }

    private static async Task JudgeAsync(TestedDatabase database, TestTenant tenant, Receiver receiver, int users)
    {
        await using var behind = await database.OpenAsync();
        var stored = await behind.RowsAsync(
            "select entry_id, user_id, event_type, state from outbox "
                + $"where tenant_id = {RawSql.Literal(tenant.Id)} order by created_at, entry_id"
        );
        var rows = stored.ConvertAll(row => row.Split('|'));
        // An event exists exactly where its act was committed.
        foreach (var (told, act) in new[] { ("user.updated", "user.update"), ("user.deleted", "user.delete") })
        {
            var acts = await database.CountAsync("audit_pending", tenant.Id, $"act = '{act}'");
            rows.Count(row => row[2] == told).ShouldBe((int)acts, told);
        }

        rows.Count(row => row[2] == "user.created").ShouldBe(users);
        rows.Count(row => row[2] == "user.deleted").ShouldBe(users);
        rows.ShouldAllBe(row => row[3] == OutboxRow.Delivered);
        var ledger = receiver.Ledger;
        TestContext.Current.TestOutputHelper!.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{database.Name}: {rows.Count} events, {ledger.Count} deliveries, {receiver.Acknowledged.Count} acknowledged"
            )
        );
        var firsts = ledger
            .DistinctBy(arrival => arrival.Id, StringComparer.Ordinal)
            .ToLookup(arrival => arrival.User, arrival => arrival.Id.ToUpperInvariant());
        foreach (var user in rows.GroupBy(row => Guid.Parse(row[1])))
            firsts[user.Key].ShouldBe(user.Select(row => row[0].ToUpperInvariant()));
        firsts.Sum(user => user.Count()).ShouldBe(rows.Count);
    }

    // Repeats requests without an answer; the ledger decides whether they had been committed.
    private static async Task ActAsync(List<ServeProcess> nodes, TestTenant tenant, int number, int renames)
    {
        var clients = nodes.ConvertAll(node => tenant with { Http = node.Client(tenant.Key) });
        var user = (await AnyhowAsync(clients, number, one => one.Http.ResolveAsync($"{5000 + number}"))).Id;
        for (var i = 0; i < renames; i++)
        {
            await AnyhowAsync(clients, number + i, one => one.RenameAsync(user, $"v{i}"));
            await Task.Delay(100);
        }

        await AnyhowAsync(
            clients,
            number,
            async one =>
            {
                using var response = await one.Http.DeleteAsync(new Uri($"/users/{user}", UriKind.Relative));
                if (!response.IsSuccessStatusCode && (int)response.StatusCode != 410)
                    throw new HttpRequestException("again");
                return true;
            }
        );
    }

    private static async Task<T> AnyhowAsync<T>(List<TestTenant> clients, int first, Func<TestTenant, Task<T>> act)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await act(clients[(first + attempt) % clients.Count]);
            }
            catch (Exception fault)
                when (attempt < 1000 && fault is HttpRequestException or OperationCanceledException or ShouldAssertException)
            {
                await Task.Delay(100);
            }
        }
    }

    private static async Task<TestTenant> StartAsync(TestedDatabase database, Receiver receiver)
    {
        OutboxLook.SendNothing(database.Settings);
        await database.InitializeAsync();
        var tenant = await database.Node.NewTenantAsync();
        await database.Node.AddEndpointAsync(tenant, receiver.Address);
        // The processes own the data from here on.
        await database.Node.DisposeAsync();
        return tenant;
    }

    private static Dictionary<string, string?> Settings(TestedDatabase database) =>
        new(database.Settings, StringComparer.Ordinal)
        {
            ["Outbox:Work"] = "true",
            ["Outbox:Timeout"] = "00:00:02",
            ["Outbox:Lease"] = "00:00:04",
        };

    private static async Task TryHurryAsync(TestedDatabase database, TestTenant tenant)
    {
        try
        {
            await database.HurryAsync(tenant);
        }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            // The process that owns the file is writing.
        }
    }
}
