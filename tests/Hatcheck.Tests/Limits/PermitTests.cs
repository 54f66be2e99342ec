using Hatcheck.Platform.Limits;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Limits;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hatcheck.Tests.Limits;

public sealed class PermitOnSqlite(OnSqlite database, ITestOutputHelper output)
    : PermitTests(database, output),
        IClassFixture<OnSqlite>;

public sealed class PermitOnPostgres(OnPostgres database, ITestOutputHelper output)
    : PermitTests(database, output),
        IClassFixture<OnPostgres>;

/// <summary>Permits over several nodes on one database: each node has its own table, as in its own process.</summary>
public abstract class PermitTests(TestedDatabase database, ITestOutputHelper output)
{
    private const int Seed = 20261122;
    private readonly ManualTime time = new();

    [Fact]
    public async Task However_many_nodes_and_threads_ask_at_once_never_more_than_the_limit_is_given_and_never_much_less()
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        for (var round = 0; round < 12; round++)
        {
            var nodes = random.Next(1, 6);
            var policy = new LimitPolicy("caller", random.Next(1, 600), TimeSpan.FromHours(1), nodes);
            var subject = Somebody();
            var tables = Enumerable.Range(0, nodes).Select(_ => Table(policy)).ToList();
            // Half of the rounds with the nodes' own reserves open.
            if (round % 2 == 0)
                time.Advance(TimeSpan.FromHours(2));
            var given = await Task.WhenAll(
                tables.SelectMany(table => Enumerable.Range(0, 4).Select(_ => Task.Run(() => DrainAsync(table, subject))))
            );
            var total = given.Sum();
            var told = $"round {round}: {total} of {policy.Permits} by {nodes} nodes with reserves of {policy.Reserve}";
            output.WriteLine(told);
            total.ShouldBeLessThanOrEqualTo(policy.Permits, told);
            total.ShouldBeGreaterThanOrEqualTo(policy.Leasable, told);
        }
    }

    [Fact]
    public async Task A_killed_node_loses_its_block_and_no_more()
    {
        var policy = new LimitPolicy("caller", 1000, TimeSpan.FromHours(1), nodes: 4);
        var subject = Somebody();
        (await Table(policy).TakeAsync(subject)).Allowed.ShouldBeTrue();
        // Its first block: an eighth of all at most, and 64 at first.
        var left = await DrainAsync(Table(policy), subject);
        left.ShouldBe(policy.Leasable - 64);
    }

    [Fact]
    public async Task A_new_window_brings_new_permits_and_what_was_left_of_the_old_block_is_gone()
    {
        var policy = new LimitPolicy("user", 10, TimeSpan.FromMinutes(1), nodes: 1);
        var subject = Somebody();
        var table = Table(policy);
        (await DrainAsync(table, subject)).ShouldBe(10);
        (await table.TakeAsync(subject)).Allowed.ShouldBeFalse();
        await EndWindowAsync();
        (await DrainAsync(table, subject)).ShouldBe(10);
        // An unspent permit of this window does not add to the next.
        await EndWindowAsync();
        (await table.TakeAsync(subject)).Allowed.ShouldBeTrue();
        await EndWindowAsync();
        (await DrainAsync(table, subject)).ShouldBe(10);
    }

    [Fact]
    public async Task Few_requests_cost_no_write_at_all()
    {
        var policy = new LimitPolicy("user", 3000, TimeSpan.FromMinutes(1), nodes: 4);
        var table = Table(policy);
        time.Advance(TimeSpan.FromMinutes(2));
        var before = await RowsAsync();
        for (var person = 0; person < 50; person++)
        {
            var subject = Somebody();
            for (var i = 0; i < policy.Reserve; i++)
                (await table.TakeAsync(subject)).Allowed.ShouldBeTrue();
        }

        (await RowsAsync()).ShouldBe(before);
        // Just started, a node has no reserve: a killed one may have emptied it a moment ago.
        (await Table(policy).TakeAsync(Somebody())).Allowed.ShouldBeTrue();
        (await RowsAsync()).ShouldBe(before + 1);
    }

    [Fact]
    public async Task Many_requests_cost_few_writes()
    {
        var policy = new LimitPolicy("caller", 60_000, TimeSpan.FromHours(1), nodes: 4);
        var counted = new CountingEngine(database.Node.Services.GetRequiredService<IEngine>());
        var table = Table(policy, engine: counted);
        var subject = Somebody();
        for (var i = 0; i < 20_000; i++)
            (await table.TakeAsync(subject)).Allowed.ShouldBeTrue();
        output.WriteLine($"{counted.Queries} statements for 20000 permits");
        counted.Queries.ShouldBeLessThan(30);
    }

    [Fact]
    public async Task Two_tenants_with_the_same_id_and_two_policies_do_not_share_permits()
    {
        var policy = new LimitPolicy("user", 5, TimeSpan.FromHours(1), nodes: 1);
        var id = Guid.NewGuid();
        var table = Table(policy);
        (await DrainAsync(table, LimitSubject.Of(Guid.NewGuid(), id))).ShouldBe(5);
        (await DrainAsync(table, LimitSubject.Of(Guid.NewGuid(), id))).ShouldBe(5);
        var tenant = Guid.NewGuid();
        (await DrainAsync(table, LimitSubject.Of(tenant, id))).ShouldBe(5);
        (
            await DrainAsync(Table(new LimitPolicy("caller", 5, TimeSpan.FromHours(1), nodes: 1)), LimitSubject.Of(tenant, id))
        ).ShouldBe(5);
    }

    [Fact]
    public async Task Memory_is_bounded_and_who_was_forgotten_gets_no_second_helping()
    {
        var policy = new LimitPolicy("address", 3, TimeSpan.FromHours(1), nodes: 1);
        var table = Table(policy, remembered: 100);
        var first = Somebody();
        (await DrainAsync(table, first)).ShouldBe(3);
        for (var i = 0; i < 400; i++)
        {
            await table.TakeAsync(Somebody());
            table.Count.ShouldBeLessThanOrEqualTo(101);
        }

        (await DrainAsync(table, first)).ShouldBe(0);
    }

    [Fact]
    public async Task Without_the_database_a_node_gives_its_fair_share_and_asks_again_soon()
    {
        var policy = new LimitPolicy("address", 240, TimeSpan.FromMinutes(1), nodes: 4);
        var table = Table(policy);
        var subject = Somebody();
        await database.ExecuteAsync("alter table rate_permits rename to rate_permits_away");
        try
        {
            // 240 a minute are 20 in the 5 seconds until its next request to the database; a quarter of that is this node's.
            (await DrainAsync(table, subject)).ShouldBe(5);
            time.Advance(TimeSpan.FromSeconds(6));
            (await DrainAsync(table, subject)).ShouldBe(5);
        }
        finally
        {
            await database.ExecuteAsync("alter table rate_permits_away rename to rate_permits");
        }

        time.Advance(TimeSpan.FromSeconds(6));
        (await DrainAsync(table, subject)).ShouldBe(policy.Leasable);
    }

    [Fact]
    public async Task Ended_windows_are_cleared_away_and_running_ones_stay()
    {
        var ledger = Ledger();
        var tenant = Guid.NewGuid();
        var policy = new LimitPolicy("user", 100, TimeSpan.FromHours(1), nodes: 1);
        await ledger.LeaseAsync(policy, LimitSubject.Of(tenant, Guid.NewGuid()), 1, default);
        await EndWindowAsync(TimeSpan.FromHours(3));
        await ledger.LeaseAsync(policy, LimitSubject.Of(tenant, Guid.NewGuid()), 1, default);
        await ledger.SweepAsync(tenant, default);
        (await database.ScalarAsync($"select count(*) from rate_permits where tenant_id = {RawSql.Literal(tenant)}")).ShouldBe(
            1L
        );
    }

    private static LimitSubject Somebody() => LimitSubject.Of(Guid.NewGuid(), Guid.NewGuid());

    private static async Task<int> DrainAsync(PermitTable table, LimitSubject subject)
    {
        var given = 0;
        while ((await table.TakeAsync(subject)).Allowed)
            given++;
        return given;
    }

    private PermitLedger Ledger(IEngine? engine = null) =>
        new(
            engine ?? database.Node.Services.GetRequiredService<IEngine>(),
            database.Node.Services.GetRequiredService<SubjectNames>()
        );

    private PermitTable Table(LimitPolicy policy, int remembered = 10_000, IEngine? engine = null) =>
        new(policy, remembered, Ledger(engine), time, NullLogger.Instance);

    private async Task<long> RowsAsync() => (long)(await database.ScalarAsync("select count(*) from rate_permits"))!;

    /// <summary>Advances the nodes' clocks; the database's can't be set, so the windows move into its past.</summary>
    private async Task EndWindowAsync(TimeSpan? by = null)
    {
        var step = by ?? TimeSpan.FromMinutes(1.5);
        time.Advance(step);
        await database.AgeAsync("rate_permits.ends_at", step);
    }
}
