using System.Diagnostics;
using System.Globalization;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;

namespace Hatcheck.Tests.Webhooks;

/// <summary>
/// A burst of deliveries against real processes of <c>hatcheck serve</c>, killed with SIGKILL, or stopped by SIGSTOP for longer
/// than their lease, at a printed seed. The long form sets <c>HATCHECK_BURST</c> (bench/webhooks.sh): that many deliveries, on
/// a PostgreSQL with fsync on. <c>HATCHECK_BURST_SEED</c> repeats a run's choices; <c>HATCHECK_BURST_KILLS=0</c> measures a
/// burst without kills.
/// </summary>
public sealed class BurstTests
{
    private const int Senders = 100;
    private const int WarmUp = 2000;
    private static readonly int? Long = Number("HATCHECK_BURST");
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(Long is null ? 3 : 5);

    /// <summary>The seed of an earlier run, to repeat it.</summary>
    private static readonly int? Seed = Number("HATCHECK_BURST_SEED");

    private static readonly int Kills = Number("HATCHECK_BURST_KILLS") ?? 12;

    [Fact]
    public async Task Of_a_burst_nothing_is_lost_or_doubled_on_SQLite_though_the_node_is_killed()
    {
        await using var database = new OnSqlite();
        await database.InitializeAsync();
        await RunAsync(database, nodeCount: 1, Long ?? 3000, kills: Long is null ? 3 : Kills);
    }

    [Fact]
    public async Task Of_a_burst_nothing_is_lost_or_doubled_on_PostgreSQL_though_one_of_two_nodes_is_killed()
    {
        await using TestedDatabase database = Long is null ? new OnPostgres() : new OnOwnPostgres();
        await database.InitializeAsync();
        await RunAsync(database, nodeCount: 2, Long ?? 3000, kills: Long is null ? 4 : Kills);
    }

    [Fact]
    public async Task Of_a_burst_nothing_is_lost_or_doubled_on_PostgreSQL_though_nodes_sleep_beyond_their_lease()
    {
        await using TestedDatabase database = Long is null ? new OnPostgres() : new OnOwnPostgres();
        await database.InitializeAsync();
        await RunAsync(database, nodeCount: 2, Long ?? 3000, kills: 0, sleeps: Long is null ? 3 : 8);
    }

    [Fact]
    public async Task With_the_memory_of_deliveries_switched_off_the_same_burst_is_doubled_on_SQLite_and_the_judge_says_so()
    {
        await using var database = new OnSqlite();
        await database.InitializeAsync();
        await ForgetfullyAsync(
            database,
            """
            create trigger forgetful before insert on inbox_seen begin
                update inbox set event_hash = event_hash || hex(randomblob(8))
                    where tenant_id = new.tenant_id and event_hash = new.event_hash;
                delete from inbox_seen where tenant_id = new.tenant_id and event_hash = new.event_hash;
            end
            """
        );
    }

    [Fact]
    public async Task With_the_memory_of_deliveries_switched_off_the_same_burst_is_doubled_on_PostgreSQL_and_the_judge_says_so()
    {
        await using var database = new OnPostgres();
        await database.InitializeAsync();
        await ForgetfullyAsync(
            database,
            """
            create function forget() returns trigger language plpgsql as $$
            begin
                update inbox set event_hash = event_hash || gen_random_uuid()
                    where tenant_id = new.tenant_id and event_hash = new.event_hash;
                delete from inbox_seen where tenant_id = new.tenant_id and event_hash = new.event_hash;
                return new;
            end $$;
            create trigger forgetful before insert on inbox_seen for each row execute function forget()
            """
        );
    }

    // The database forgets each delivery before the look-up: a repeat is then accepted and processed like the first.
    private static async Task ForgetfullyAsync(TestedDatabase database, string trigger)
    {
        const int Deliveries = 1000;
        await RawSql.ExecuteAsync(database, trigger);
        var found = (await Record.ExceptionAsync(() => RunAsync(database, nodeCount: 1, Deliveries, kills: 0))).ShouldNotBeNull();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{database.Name}, memory switched off: {found.Message.ReplaceLineEndings(" ")}"
        );
        found.Message.ShouldContain("events worked");
        found.Message.ShouldContain($"{Deliveries}");
    }

    private static async Task RunAsync(TestedDatabase database, int nodeCount, int deliveries, int kills, int sleeps = 0)
    {
        var tenant = await database.Node.NewTenantAsync();
        // The processes own the data from here on.
        await database.Node.DisposeAsync();
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Webhooks:Clerk:0:Name"] = InboxLook.Mine,
            ["Webhooks:Clerk:0:Tenant"] = tenant.Id.ToString(),
            ["Webhooks:Clerk:0:Secrets:0"] = ClerkSender.Secret,
            ["Inbox:Lease"] = $"{Lease}",
        };
        var nodes = Enumerable.Range(0, nodeCount).Select(_ => new ServeProcess(settings)).ToList();
        try
        {
            foreach (var node in nodes)
                node.Begin();
            foreach (var node in nodes)
                await node.ReadyAsync();
            var seed = Seed ?? Random.Shared.Next();
            TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
            var burst = new Burst([.. nodes.Select(node => node.Client())], deliveries, seed);
            await BurstAsync(database, tenant, nodes, burst, new Random(seed), kills, sleeps);
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    private static async Task BurstAsync(
        TestedDatabase database,
        TestTenant tenant,
        List<ServeProcess> nodes,
        Burst burst,
        Random random,
        int kills,
        int sleeps
    )
    {
        if (Long is not null && kills + sleeps == 0)
        {
            await burst.WarmAsync(Senders, WarmUp);
            await database.DrainedAsync(tenant.Id, seconds: 600);
        }

        var before = burst.Warmed;
        var eventsBefore = await database.CountAsync("inbox_seen", tenant.Id);
        var clock = Stopwatch.StartNew();
        await burst.SendDuringAsync(
            Senders,
            async () =>
            {
                for (var fault = 0; fault < kills + sleeps - 1; fault++)
                {
                    await burst.ReachAsync((fault + random.NextDouble()) / (kills + sleeps));
                    await DisturbAsync(nodes[random.Next(nodes.Count)]);
                }
            }
        );
        var left = await database.CountAsync("inbox", tenant.Id);
        // The last one while the rest is processed.
        if (kills + sleeps > 0)
            await DisturbAsync(nodes[random.Next(nodes.Count)]);
        await database.DrainedAsync(tenant.Id, seconds: 3600);
        var (took, worked) = (burst.Took.TotalSeconds, clock.Elapsed.TotalSeconds);
        var (sent, events) = (burst.Acknowledged - before, burst.Events - eventsBefore);
        TestContext.Current.TestOutputHelper!.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{database.Name}: {sent} deliveries of {events} events acknowledged in {took:F1} s ({sent / took:F0}/s), "
                    + $"{left} left then, all worked after {worked:F1} s ({events / worked:F0}/s), ratio {took / worked:F2}, "
                    + $"{kills} kills, {sleeps} sleeps, {burst.Refusals} refused"
            )
        );
        using var api = nodes[0].Client(tenant.Key);
        await burst.JudgeAsync(database, tenant, api);

        Task DisturbAsync(ServeProcess node) => kills > 0 ? KillAsync(node) : SleepAsync(node);
    }

    private static int? Number(string variable) =>
        int.TryParse(
            Environment.GetEnvironmentVariable(variable),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : null;

    // It stops at any line, also with an open transaction, and wakes after its leases have passed to the other node.
    private static async Task SleepAsync(ServeProcess node)
    {
        await node.PauseAsync();
        await Task.Delay(Lease + TimeSpan.FromSeconds(1));
        await node.ResumeAsync();
    }

    private static async Task KillAsync(ServeProcess node)
    {
        await node.KillAsync();
        await node.StartAsync();
    }
}
