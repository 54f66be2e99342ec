using System.Globalization;
using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Tests.Storage;
using Hatcheck.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hatcheck.Server.Tests.Webhooks;

/// <summary>
/// What a lease of 64 events reads does not depend on how many wait, also by the statistics that PostgreSQL has of an inbox
/// which is mostly empty: none, those of a few rows, or those of another tenant. It read 8,000 events 64 times over.
/// </summary>
public sealed class InboxPlanTests(OnPostgres database) : IClassFixture<OnPostgres>
{
    private const int Waiting = 8000;
    private const int Leased = 64;

    private const string Wait =
        """
        insert into inbox (tenant_id, event_hash, entry_id, endpoint, event_type, subject_hash,
            event_at, received_at, state, attempts, due_at, day, body)
        select '{t}', repeat(md5(n::text), 2), gen_random_uuid(), 'mine', 'planted', repeat(md5((n % {half})::text), 2),
            now(), clock_timestamp(), 'pending', 0, clock_timestamp(), 1, decode(repeat('00', 800), 'hex')
        from generate_series(1, {n}) n
        """;

    private const string EndConnections =
        """
        select count(pg_terminate_backend(pid, 30000)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
        """;

    private const string Read =
        """
        select (select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes where relname = 'inbox') + seq_tup_read
        from pg_stat_user_tables where relname = 'inbox'
        """;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    public async Task A_lease_does_not_read_the_backlog_for_each_event_whatever_the_planner_believes(int analyzed)
    {
        var tenant = await RepeatAsync(() => database.Node.NewTenantAsync());
        // As after a quiet night: statistics of a handful of rows, which are gone.
        await ExecuteAsync("truncate inbox");
        if (analyzed > 0) await FillAsync(tenant.Id, analyzed);
        await ExecuteAsync("vacuum analyze inbox");
        await ExecuteAsync("delete from inbox");
        await FillAsync(tenant.Id, Waiting);
        // A few leases before: their dead entries are in the indexes too.
        for (var i = 0; i < 3; i++) (await LeaseAsync(tenant.Id, untried: true)).Count.ShouldBe(Leased);
        var before = await ReadAsync();
        var claims = await LeaseAsync(tenant.Id, untried: true);
        claims.Count.ShouldBe(Leased);
        // The row as it was due, the first of its subject, and itself by its place.
        (await ReadAsync() - before).ShouldBeInRange(Leased, Leased * 8);
        before = await ReadAsync();
        (await LeaseAsync(tenant.Id, untried: false)).ShouldBeEmpty();
        // Those that are leased.
        (await ReadAsync() - before).ShouldBeLessThanOrEqualTo(Leased * 8);
        before = await ReadAsync();
        (await HoldAsync(tenant.Id, claims)).Count.ShouldBe(Leased);
        (await ReadAsync() - before).ShouldBeInRange(Leased, Leased * 4);
    }

    private Task<List<Claim>> LeaseAsync(Guid tenant, bool untried)
    {
        var queue = database.Node.Services.GetRequiredService<InboxQueue>();
        return RepeatAsync(() => queue.ClaimAsync(tenant, untried, Leased, default));
    }

    private Task<IReadOnlySet<string>> HoldAsync(Guid tenant, List<Claim> claims)
    {
        var nodes = database.Node.Services.GetRequiredService<Database>();
        return RepeatAsync(() => nodes.WriteAsync(tenant, (db, stop) => InboxQueue.HoldAsync(db, claims, stop), default));
    }

    // The node's pool still has connections that were ended.
    private static async Task<T> RepeatAsync<T>(Func<Task<T>> work)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (Exception fault) when (attempt < 10 && StorageFaults.IsBrokenConnection(fault))
            {
                // The next one.
            }
        }
    }

    private Task FillAsync(Guid tenant, int count) => ExecuteAsync(
        Wait.Replace("{t}", $"{tenant}", StringComparison.Ordinal)
            .Replace("{half}", $"{Math.Max(1, count / 2)}", StringComparison.Ordinal)
            .Replace("{n}", $"{count}", StringComparison.Ordinal));

    // Each statement on a connection of its own: what it counted is told when it ends, and so is everyone else's.
    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"{database.Database.SuperUser};Pooling=false");
        await connection.OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    private async Task<long> ReadAsync()
    {
        await using var connection = new NpgsqlConnection($"{database.Database.SuperUser};Pooling=false");
        await connection.OpenAsync();
        await connection.ScalarAsync(EndConnections);
        return Convert.ToInt64(await connection.ScalarAsync(Read), CultureInfo.InvariantCulture);
    }
}
