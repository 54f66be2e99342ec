using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Tests.Storage;
using Hatcheck.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Server.Tests.Webhooks;

/// <summary>
/// A lease reads what it leases, not all that waits, also by the statistics that PostgreSQL has of an inbox which is mostly empty: none, or
/// those of a few rows. It read 8,000 events 64 times over.
/// </summary>
public sealed class InboxPlanTests(OnPostgres database) : IClassFixture<OnPostgres>
{
    private const int Waiting = 8000;
    private const int Leased = 64;

    private const string Wait =
        """
        insert into inbox (tenant_id, event_hash, entry_id, endpoint, event_type, subject_hash, event_at, received_at, state, attempts, due_at, day, body)
        select '{t}', md5(n::text), gen_random_uuid(), 'mine', 'planted', md5((n % ({n} / 2))::text), now(), clock_timestamp(), 'pending', 0,
            clock_timestamp(), 1, decode(repeat('00', 800), 'hex') from generate_series(1, {n}) n
        """;

    private const string EndConnections =
        "select count(pg_terminate_backend(pid, 30000)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    public async Task A_lease_does_not_read_the_backlog_whatever_the_planner_believes(int analyzed)
    {
        var tenant = await database.Node.NewTenantAsync();
        // As after a quiet night: statistics of a handful of rows, which are gone.
        await database.ExecuteAsync("truncate inbox");
        if (analyzed > 0) await FillAsync(tenant.Id, analyzed);
        await database.ExecuteAsync("vacuum analyze inbox");
        await database.ExecuteAsync("delete from inbox");
        await FillAsync(tenant.Id, Waiting);
        await database.ScalarAsync(EndConnections);
        var before = await ReadAsync();
        (await LeaseAsync(tenant.Id)).Count.ShouldBe(Leased);
        await database.ScalarAsync(EndConnections);
        (await ReadAsync() - before).ShouldBeInRange(Leased, Leased * 10);
    }

    // Not repeated by the queue itself: the node's pool still has connections that were ended.
    private async Task<List<Claim>> LeaseAsync(Guid tenant)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await database.Node.Services.GetRequiredService<InboxQueue>().ClaimAsync(tenant, untried: true, Leased, default);
            }
            catch (Exception fault) when (attempt < 10 && StorageFaults.IsBrokenConnection(fault))
            {
                // The next one.
            }
        }
    }

    private Task<int> FillAsync(Guid tenant, int count) => database.ExecuteAsync(
        Wait.Replace("{t}", $"{tenant}", StringComparison.Ordinal).Replace("{n}", $"{count}", StringComparison.Ordinal)
            .Replace($"({count} / 2)", $"greatest(1, {count} / 2)", StringComparison.Ordinal));

    private Task<long> ReadAsync() => database.NumberAsync(
        "select (select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes where relname = 'inbox') + seq_tup_read from pg_stat_user_tables where relname = 'inbox'");
}
