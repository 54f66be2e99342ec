using System.Text;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;

namespace Hatcheck.Server.Users.Rotation;

/// <summary>An identity that could not be brought to the newest key; ids of ours only, which say nothing about the person.</summary>
internal sealed record LeftIdentity(Guid UserId, Guid IdentityId, string Reason);

/// <summary>How far a rehash is.</summary>
/// <param name="Done">Identities that this run gave a row.</param>
/// <param name="Left">Those that still lacked one at the last count, less what was done since.</param>
internal sealed record RehashProgress(long Done, long Left);

/// <summary>What a rehash ended with; complete if <paramref name="Left"/> is empty.</summary>
internal sealed record RehashResult(long Done, IReadOnlyList<LeftIdentity> Left);

/// <summary>
/// Gives every identity a row under the newest index key, in bounded batches, each a transaction. There is no checkpoint to lose: what is
/// to do is what has no such row yet, so that a run killed anywhere is gone on with by the next, and two runs at once only share the work.
/// </summary>
internal sealed class Rehashing(Database database, TenantKeys keys, UserKeys userKeys, RotationStatus status)
{
    private const int Attempts = 5;
    private const int IdlePasses = 3;

    // Bounded whatever is done already: a page counts rows, done ones too.
    private const string Page =
        "select o.channel, o.index_value, o.key_version, o.kind, o.identity_id, o.user_id, o.sealed_under, o.sealed_id, k.version, k.kek_id, k.wrapped, "
        + "exists (select 1 from identities n where n.tenant_id = o.tenant_id and n.user_id = o.user_id and n.identity_id = o.identity_id and n.key_version = $2) "
        + "from identities o left join user_keys k on k.tenant_id = o.tenant_id and k.user_id = o.sealed_under and k.purpose = 'data' "
        + "and k.version = (select max(m.version) from user_keys m where m.tenant_id = o.tenant_id and m.user_id = o.sealed_under and m.purpose = 'data') "
        + "where o.tenant_id = $1 and o.key_version < $2 and (o.channel, o.index_value) > ($3, $4) order by o.channel, o.index_value limit $5";

    // Copied from the old row as it stands now, with tenant, user and row held: an erasure, unlink or merge at the same moment comes wholly
    // before (then there is nothing to copy) or wholly after (then it takes the new row too). A stale key set copies nothing.
    private const string Copy =
        "insert into identities (tenant_id, channel, index_value, key_version, kind, identity_id, user_id, sealed_under, sealed_id, linked_at) "
        + "select o.tenant_id, o.channel, $4, $5, o.kind, o.identity_id, o.user_id, o.sealed_under, o.sealed_id, o.linked_at "
        + "from tenants t join users u on u.tenant_id = t.tenant_id join identities o on o.tenant_id = u.tenant_id and o.user_id = u.user_id "
        + "where t.tenant_id = $1 and t.key_epoch = $6 and o.channel = $2 and o.index_value = $3 and u.erased_at is null and u.merged_into is null "
        + "/*for share*/ on conflict do nothing";

    private const string EpochQuery = "select key_epoch from tenants where tenant_id = $1";

    /// <summary>Rehashes until nothing is left that can be.</summary>
    /// <param name="tenant">Whose identities.</param>
    /// <param name="blindOnly">Their ids are not there to be hashed anew: the older hash is nested.</param>
    /// <param name="batch">Rows read, and at most written, at a time: 1 to 1,000.</param>
    /// <param name="report">Told after every batch.</param>
    /// <param name="cancellation">Ends it between batches; what is done stays done.</param>
    /// <exception cref="OperatorException">Somebody else changed the tenant's keys meanwhile.</exception>
    public async Task<RehashResult> RunAsync(Guid tenant, bool blindOnly, int batch, Action<RehashProgress> report, CancellationToken cancellation)
    {
        var epoch = await EpochAsync(tenant, cancellation);
        var set = await keys.GetAsync(tenant, epoch, cancellation);
        var left = await status.LeftAsync(tenant, set.Index[0].Version, cancellation);
        var done = 0L;
        report(new RehashProgress(done, left));
        for (var idle = 0; ;)
        {
            // What a merge, erasure or unlink changed while it was looked at is met by another pass, or gone by then.
            var before = done;
            var failed = new List<LeftIdentity>();
            var unwritten = new List<LeftIdentity>();
            var (channel, value) = ("", "");
            for (; ; )
            {
                var rows = await database.QueryAsync(tenant, Page, [tenant, set.Index[0].Version, channel, value, batch], Read, cancellation);
                if (rows.Count == 0) break;
                (channel, value) = (rows[^1].Channel, rows[^1].Value);
                var copies = new List<(OldRow Row, string Value)>();
                foreach (var row in rows.Where(row => !row.Done))
                {
                    if (await NewValueAsync(tenant, blindOnly, set, row, cancellation) is { } fresh) copies.Add((row, fresh));
                    else failed.Add(new LeftIdentity(row.User, row.Identity, "its sealed id can't be opened"));
                }

                if (copies.Count == 0) continue;
                // In the order in which a merge locks two users, so that the two seldom wait for each other in a ring.
                copies.Sort((one, other) => one.Row.User.CompareTo(other.Row.User));
                var changed = await WriteAsync(tenant, [.. copies.Select(copy => (Copy, (object?[])[tenant, copy.Row.Channel, copy.Row.Value, copy.Value, set.Index[0].Version, epoch]))], cancellation);
                done += changed.Sum();
                unwritten.AddRange(copies.Where((_, i) => changed[i] == 0).Select(copy => new LeftIdentity(copy.Row.User, copy.Row.Identity, "its row could not be written")));
                if (changed.Sum() == 0 && await EpochAsync(tenant, cancellation) != epoch)
                    throw new OperatorException("Somebody else changed this tenant's keys meanwhile. What was rehashed stays; run it again.");
                report(new RehashProgress(done, Math.Max(0, left - done)));
            }

            idle = done == before ? idle + 1 : 0;
            if (unwritten.Count == 0 || idle == IdlePasses) return new RehashResult(done, [.. failed, .. unwritten]);
        }
    }

    private async Task<int> EpochAsync(Guid tenant, CancellationToken cancellation) =>
        (await database.QueryAsync(tenant, EpochQuery, [tenant], row => row.Number(0), cancellation))[0];

    // Safe to repeat: what is there already is left alone.
    private async Task<int[]> WriteAsync(Guid tenant, IReadOnlyList<(string Sql, object?[] Parameters)> statements, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.ExecuteAsync(tenant, statements, cancellation);
            }
            catch (Exception fault) when (attempt < Attempts && (StorageFaults.Classify(fault) == StorageFault.RolledBack || StorageFaults.IsBrokenConnection(fault)))
            {
                // A deadlock with a merge, or a connection that died; the batch is whole or not there.
            }
        }
    }

    private async Task<string?> NewValueAsync(Guid tenant, bool blindOnly, TenantKeySet set, OldRow row, CancellationToken cancellation)
    {
        if (blindOnly) return set.Nest(row.Value, row.Version) is [var newest, ..] ? newest.Value : null;
        if (row.Sealed is not { } cell || row.Key is not { } wrapped) return null;
        try
        {
            using var key = await userKeys.OpenAsync(tenant, KeyPurpose.Data, wrapped, cancellation);
            using var id = Cell.Open(key, new CellAddress(Identity.CellTable, Identity.CellColumn, tenant, row.Identity, row.SealedUnder), cell);
            return set.Index[0].Compute(row.Channel, row.Kind, Encoding.UTF8.GetString(id.Reveal()));
        }
        catch (CannotOpenException)
        {
            // Told at the end, and it keeps the old key from being retired: never passed over in silence.
            return null;
        }
    }

    private static OldRow Read(Row row) => new(
        row.Text(0), row.Text(1), row.Number(2), row.Text(3), row.Guid(4), row.Guid(5), row.Guid(6), row.IsNull(7) ? null : row.Bytes(7),
        row.IsNull(8) ? null : new WrappedKey(row.Guid(6), row.Number(8), row.Text(9), row.Bytes(10)), row.Flag(11));

    private sealed record OldRow(
        string Channel, string Value, int Version, string Kind, Guid Identity, Guid User, Guid SealedUnder, byte[]? Sealed, WrappedKey? Key, bool Done);
}
