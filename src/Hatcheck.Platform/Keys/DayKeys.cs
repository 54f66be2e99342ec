using System.Collections.Concurrent;
using Hatcheck.Crypto;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// A tenant's daily keys, for data that arrives before its user is known. After <see cref="LifeInDays"/> a key is
/// destroyed, and everything still sealed under it is lost. That is intended: no personal data stays in a side store.
/// </summary>
internal sealed class DayKeys(IKeyEncryptionKey kek, Database database, NodeClock clock)
{
    public const int LifeInDays = 8;

    private readonly ConcurrentDictionary<(Guid Tenant, int Day), DataKey> cache = new();

    /// <summary>The day of an instant, counted from 1970-01-01 UTC.</summary>
    public static int DayOf(DateTimeOffset instant) => (int)(instant - DateTimeOffset.UnixEpoch).TotalDays;

    /// <summary>Returns today's key; the first node that needs it creates it. The caller must not dispose it.</summary>
    public async ValueTask<(DataKey Key, int Day)> TodayAsync(Guid tenant, CancellationToken cancellation)
    {
        var today = await TodayAsync(cancellation);
        if (await FindAsync(tenant, today, cancellation) is { } known)
            return (known, today);
        using (var bytes = SecretBytes.Random(DataKey.Length))
        {
            var wrapped = await kek.WrapAsync(bytes, Context(tenant, today), cancellation);
            // The first node's key wins; every node reads it back.
            await database.ExecuteAsync(
                tenant,
                [
                    (
                        "insert into day_keys (tenant_id, day, kek_id, wrapped, created_at) values ($1, $2, $3, $4, {now}) "
                            + "on conflict do nothing",
                        [tenant, today, kek.Id, wrapped]
                    ),
                ],
                cancellation
            );
        }

        return (await FindAsync(tenant, today, cancellation) ?? throw new CannotOpenException(), today);
    }

    /// <summary>Returns the key of a day; null if it was destroyed. The caller must not dispose it.</summary>
    public async ValueTask<DataKey?> FindAsync(Guid tenant, int day, CancellationToken cancellation)
    {
        if (IsOver(day, await TodayAsync(cancellation)))
            return null;
        if (cache.TryGetValue((tenant, day), out var cached))
            return cached;
        var rows = await database.QueryAsync(
            tenant,
            "select kek_id, wrapped from day_keys where tenant_id = $1 and day = $2",
            [tenant, day],
            row => (KekId: row.Text("kek_id"), Wrapped: row.Bytes("wrapped")),
            cancellation
        );
        if (rows.Count == 0)
            return null;
        if (rows[0].KekId != kek.Id)
            throw new CannotOpenException();
        using var bytes = await kek.UnwrapAsync(rows[0].Wrapped, Context(tenant, day), cancellation);
        // The version is the day: a cell names the day whose key it needs.
        return cache.GetOrAdd((tenant, day), new DataKey(bytes, day));
    }

    /// <summary>
    /// Destroys the tenant's expired keys; returns how many. <see cref="ForgetAsync"/> drops the nodes' copies in memory.
    /// </summary>
    public async Task<int> DestroyAsync(JobRun run, Guid tenant, CancellationToken cancellation)
    {
        await ForgetAsync(cancellation);
        var destroyed = await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                await run.HoldAsync(db, stop);
                const string Delete = "delete from day_keys where tenant_id = $1 and day < $2";
                return await db.Statements.ExecuteAsync(Delete, [tenant, DayOf(db.Now) - LifeInDays], stop);
            },
            cancellation
        );
        if (destroyed > 0)
            await database.ScrubAsync(Compaction.Later, cancellation);
        return destroyed;
    }

    /// <summary>Drops expired keys from this node's memory; returns how many.</summary>
    public async Task<int> ForgetAsync(CancellationToken cancellation)
    {
        var (today, forgotten) = (DayOf((await clock.ReadAsync(cancellation)).Database), 0);
        foreach (var (place, key) in cache.Where(entry => IsOver(entry.Key.Day, today)))
        {
            if (!cache.TryRemove(place, out _))
                continue;
            key.Dispose();
            forgotten++;
        }

        return forgotten;
    }

    private async ValueTask<int> TodayAsync(CancellationToken cancellation) => DayOf(await clock.DatabaseAsync(cancellation));

    private static bool IsOver(int day, int today) => day < today - LifeInDays;

    private static WrapContext Context(Guid tenant, int day) => new(tenant, Guid.Empty, KeyPurpose.Side, day);
}
