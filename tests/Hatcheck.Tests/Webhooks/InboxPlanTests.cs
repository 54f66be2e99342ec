using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Webhooks;

/// <summary>
/// The reads of a lease of 64 events do not depend on the number of waiting ones, also with the statistics of a mostly empty
/// inbox: none, those of a few rows, or those of another tenant. Earlier it read 8,000 events 64 times over. (Of one
/// subject with very many events, all due ones are still read.)
/// </summary>
public sealed class InboxPlanTests(OnPostgres database) : IClassFixture<OnPostgres>
{
    private const int Waiting = 8000;
    private const int Leased = 64;

    private const string Wait = """
        insert into inbox (tenant_id, event_hash, entry_id, endpoint, event_type, subject_hash,
            event_at, received_at, state, attempts, due_at, day, body)
        select '{t}', repeat(md5(n::text), 2), gen_random_uuid(), 'mine', 'planted', repeat(md5((n % {half})::text), 2),
            now(), clock_timestamp(), 'pending', 0, clock_timestamp(), 1, decode(repeat('00', 800), 'hex')
        from generate_series(1, {n}) n
        """;

    private readonly TableReads reads = new(database, "inbox");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    public async Task A_lease_does_not_read_the_backlog_for_each_event_whatever_the_planner_believes(int analyzed)
    {
        var tenant = await TableReads.RepeatAsync(() => database.Node.NewTenantAsync());
        // Like after a quiet night: statistics of a handful of deleted rows.
        await reads.ExecuteAsync("truncate inbox");
        if (analyzed > 0)
            await FillAsync(tenant.Id, analyzed);
        await reads.ExecuteAsync("vacuum analyze inbox");
        await reads.ExecuteAsync("delete from inbox");
        await FillAsync(tenant.Id, Waiting);
        // A few leases before: their dead entries are in the indexes too.
        for (var i = 0; i < 3; i++)
            (await LeaseAsync(tenant.Id, untried: true)).Count.ShouldBe(Leased);
        var claims = new List<Claim>();
        var read = await reads.DuringAsync(async () => claims = await LeaseAsync(tenant.Id, untried: true));
        claims.Count.ShouldBe(Leased);
        // The due row, the first of its subject, and itself by its place.
        read.ShouldBeInRange(Leased, Leased * 8);
        // Those that are leased.
        read = await reads.DuringAsync(async () => (await LeaseAsync(tenant.Id, untried: false)).ShouldBeEmpty());
        read.ShouldBeLessThanOrEqualTo(Leased * 8);
        read = await reads.DuringAsync(async () => (await HoldAsync(tenant.Id, claims)).Count.ShouldBe(Leased));
        read.ShouldBeInRange(Leased, Leased * 4);
    }

    [Fact]
    public async Task What_waits_for_its_next_try_is_not_read()
    {
        var tenant = await TableReads.RepeatAsync(() => database.Node.NewTenantAsync());
        await reads.ExecuteAsync("truncate inbox");
        await FillAsync(tenant.Id, Waiting);
        await reads.ExecuteAsync("update inbox set attempts = 1, due_at = now() + interval '30 minutes'");
        await reads.ExecuteAsync("vacuum analyze inbox");
        var read = await reads.DuringAsync(async () => (await LeaseAsync(tenant.Id, untried: false)).ShouldBeEmpty());
        read.ShouldBeLessThanOrEqualTo(Leased);
    }

    private Task<List<Claim>> LeaseAsync(Guid tenant, bool untried) =>
        database.Node.Services.GetRequiredService<InboxQueue>().ClaimAsync(tenant, untried, Leased, default);

    private Task<IReadOnlySet<string>> HoldAsync(Guid tenant, List<Claim> claims)
    {
        var storage = database.Node.Services.GetRequiredService<Database>();
        return storage.WriteAsync(tenant, (db, stop) => InboxQueue.HoldAsync(db, claims, stop), default);
    }

    private Task FillAsync(Guid tenant, int count) =>
        reads.ExecuteAsync(
            Wait.Replace("{t}", $"{tenant}", StringComparison.Ordinal)
                .Replace("{half}", $"{Math.Max(1, count / 2)}", StringComparison.Ordinal)
                .Replace("{n}", $"{count}", StringComparison.Ordinal)
        );
}
