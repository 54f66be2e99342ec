using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Limits;

/// <summary>A block of permits from the database.</summary>
/// <param name="Granted">May be 0: the window's permits are used up.</param>
/// <param name="Taken">All permits leased in this window so far, including this block.</param>
/// <param name="Ends">The window's end on the database's clock, which identifies the window.</param>
/// <param name="Left">The time left in the window, as the database saw it at the grant.</param>
internal sealed record PermitLease(int Granted, int Taken, DateTimeOffset Ends, TimeSpan Left);

/// <summary>
/// Grants permits over all nodes: one row per subject, one small upsert per block. A window begins with the first lease
/// after the previous one ended, by the database's clock. So the nodes' clocks don't matter, and subjects don't all begin
/// at the full minute.
/// </summary>
internal sealed class PermitLedger(IEngine engine, SubjectNames names)
{
    /// <summary>After so many leases, the tenant's ended windows are deleted.</summary>
    private const int LeasesPerSweep = 500;

    // $1 tenant, $2 subject, $3 window, $4 first block, $5 permits of a window, $6 block, $7 the divisor of the rest. A
    // window lasts while the clock is before its end, unless the clock was set back by more than a window. A block takes
    // only a part of the rest, so that near the end no node hoards permits that another one needs.
    private const string Live = "(excluded.ends_at - $3 < p.ends_at and excluded.ends_at + $3 > p.ends_at)";
    private const string Next = "{least}($6, {greatest}(1, ($5 - p.taken) / $7))";

    private const string Lease = $$"""
        insert into rate_permits as p (tenant_id, subject, ends_at, taken, granted) values ($1, $2, {now} + $3, $4, $4)
        on conflict (tenant_id, subject) do update set
            ends_at = case when {{Live}} then p.ends_at else excluded.ends_at end,
            granted = case when not {{Live}} then excluded.granted when p.taken >= $5 then 0 else {{Next}} end,
            taken = case when not {{Live}} then excluded.taken when p.taken >= $5 then p.taken else p.taken + {{Next}} end
        returning granted, taken, ends_at, {now} as clock
        """;

    private const string Sweep = "delete from rate_permits where tenant_id = $1 and ends_at < {now} - $2";

    private static readonly TimeSpan KeptAfterItsEnd = TimeSpan.FromHours(1);

    private int leases;

    /// <summary>Leases up to <paramref name="block"/> permits; fewer if few are left.</summary>
    public async Task<PermitLease> LeaseAsync(LimitPolicy policy, LimitSubject subject, int block, CancellationToken cancellation)
    {
        var name = await names.NameAsync(policy.Name, subject, cancellation);
        var divisor = 2 * policy.Nodes;
        var first = Math.Min(block, Math.Max(1, policy.Leasable / divisor));
        var rows = await QueryAsync(
            subject.Tenant,
            [subject.Tenant, name, policy.Window, first, policy.Leasable, block, divisor],
            cancellation
        );
        if (Interlocked.Increment(ref leases) % LeasesPerSweep == 0)
            await SweepAsync(subject.Tenant, cancellation);
        return rows[0];
    }

    /// <summary>Deletes windows that ended an hour ago or more.</summary>
    public Task SweepAsync(Guid tenant, CancellationToken cancellation) =>
        engine.ExecuteAsync(tenant, [(Sweep, [tenant, KeptAfterItsEnd])], cancellation);

    private static PermitLease Read(Row row) =>
        new(row.Number("granted"), row.Number("taken"), row.Instant("ends_at"), row.Instant("ends_at") - row.Instant("clock"));

    private async Task<List<PermitLease>> QueryAsync(Guid tenant, object[] parameters, CancellationToken cancellation)
    {
        using var turn = await engine.EnterWriterAsync(cancellation);
        return await engine.QueryAsync(tenant, Lease, parameters, Read, cancellation);
    }
}
