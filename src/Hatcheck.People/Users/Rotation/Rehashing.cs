using System.Runtime.CompilerServices;
using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Users.Rotation;

/// <summary>
/// A value that could not be brought to the newest key; ids of ours only, which say nothing about the person. The identity's
/// id is the user's for a value of the profile.
/// </summary>
internal sealed record LeftIdentity(Guid UserId, Guid IdentityId, string Reason);

/// <summary>How far a rehash is.</summary>
/// <param name="Done">Identities and values of profiles that this run gave a row.</param>
/// <param name="Left">Those that still lacked one at the last count, less what was done since.</param>
internal sealed record RehashProgress(long Done, long Left);

/// <summary>What a rehash ended with; complete if <paramref name="Left"/> is empty.</summary>
internal sealed record RehashResult(long Done, IReadOnlyList<LeftIdentity> Left);

/// <summary>
/// Gives every identity, and every e-mail address and phone number of a profile, a row under the newest index key, in bounded
/// batches, each a transaction. There is no checkpoint to lose: what is to do is what has no such row yet, so that a run
/// killed anywhere is gone on with by the next, and two runs at once only share the work.
/// </summary>
internal sealed class Rehashing(
    Database database,
    TenantKeys keys,
    PersonVaults vaults,
    RotationStatus status,
    IEnumerable<IRehashed> tables
)
{
    private const int Attempts = 5;
    private const int IdlePasses = 3;

    private const string EpochQuery = "select key_epoch from tenants where tenant_id = $1";

    /// <summary>Rehashes until nothing is left that can be.</summary>
    /// <param name="tenant">Whose identities.</param>
    /// <param name="blindOnly">Their ids are not there to be hashed anew: the older hash is nested.</param>
    /// <param name="batch">Rows read, and at most written, at a time: 1 to 1,000.</param>
    /// <param name="report">Told after every batch.</param>
    /// <param name="cancellation">Ends it between batches; what is done stays done.</param>
    /// <exception cref="OperatorException">Somebody else changed the tenant's keys meanwhile.</exception>
    public async Task<RehashResult> RunAsync(
        Guid tenant,
        bool blindOnly,
        int batch,
        Action<RehashProgress> report,
        CancellationToken cancellation
    )
    {
        var epoch = await EpochAsync(tenant, cancellation);
        var set = await keys.GetAsync(tenant, epoch, cancellation);
        var left = await status.LeftAsync(tenant, set.Index[0].Version, cancellation);
        var done = 0L;
        report(new RehashProgress(done, left));
        var idle = 0;
        while (true)
        {
            // What a merge, erasure or unlink changed while it was looked at is met by another pass, or gone by then.
            var before = done;
            var failed = new List<LeftIdentity>();
            var unwritten = new List<LeftIdentity>();
            foreach (var table in tables)
            {
                await foreach (var (wrote, without, lost) in PassAsync(table, tenant, blindOnly, set, epoch, batch, cancellation))
                {
                    done += wrote;
                    failed.AddRange(without);
                    unwritten.AddRange(lost);
                    report(new RehashProgress(done, Math.Max(0, left - done)));
                }
            }

            idle = done == before ? idle + 1 : 0;
            if (unwritten.Count == 0 || idle == IdlePasses)
                return new RehashResult(done, [.. failed, .. unwritten]);
        }
    }

    // Each page is bounded whatever is done already: it counts rows, done ones too.
    private async IAsyncEnumerable<(int Wrote, List<LeftIdentity> Failed, List<LeftIdentity> Unwritten)> PassAsync(
        IRehashed table,
        Guid tenant,
        bool blindOnly,
        TenantKeySet set,
        int epoch,
        int batch,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var newest = set.Index[0].Version;
        var (group, value, user) = ("", "", Guid.Empty);
        while (true)
        {
            var rows = await database.QueryAsync(
                tenant,
                table.PageQuery,
                [tenant, newest, group, value, batch, user],
                Read,
                cancellation
            );
            if (rows.Count == 0)
                yield break;
            (group, value, user) = (rows[^1].Group, rows[^1].Value, rows[^1].User);
            var copies = new List<(OldValue Row, string Value)>();
            var failed = new List<LeftIdentity>();
            var due = rows.FindAll(row => !row.Done);
            using var vault = vaults.Open(tenant);
            await vault.BringAsync(
                [.. due.Where(row => row.Sealed is not null).Select(row => row.SealedUnder).Distinct()],
                cancellation
            );
            foreach (var row in due)
            {
                if (await NewValueAsync(table, vault, blindOnly, set, row, cancellation) is { } fresh)
                    copies.Add((row, fresh));
                else
                    failed.Add(new LeftIdentity(row.User, row.Id, "what it was made from can't be opened"));
            }

            if (copies.Count == 0 && failed.Count == 0)
                continue;
            // In the order in which a merge locks two users, so that the two seldom wait for each other in a ring.
            copies.Sort((one, other) => one.Row.User.CompareTo(other.Row.User));
            var changed =
                copies.Count == 0
                    ? []
                    : await WriteAsync(
                        tenant,
                        [
                            .. copies.Select(copy =>
                                (
                                    table.CopyStatement,
                                    (object?[])[tenant, copy.Row.Group, copy.Row.Value, copy.Value, newest, epoch, copy.Row.User]
                                )
                            ),
                        ],
                        cancellation
                    );
            if (copies.Count > 0 && changed.Sum() == 0 && await EpochAsync(tenant, cancellation) != epoch)
                throw new OperatorException(
                    "Somebody else changed this tenant's keys meanwhile. What was rehashed stays; run it again."
                );
            var unwritten = copies
                .Where((_, i) => changed[i] == 0)
                .Select(copy => new LeftIdentity(copy.Row.User, copy.Row.Id, "its row could not be written"))
                .ToList();
            yield return (changed.Sum(), failed, unwritten);
        }
    }

    private async Task<int> EpochAsync(Guid tenant, CancellationToken cancellation) =>
        (await database.QueryAsync(tenant, EpochQuery, [tenant], row => row.Number("key_epoch"), cancellation))[0];

    // Safe to repeat: what is there already is left alone.
    private async Task<int[]> WriteAsync(
        Guid tenant,
        IReadOnlyList<(string Sql, object?[] Parameters)> statements,
        CancellationToken cancellation
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.ExecuteAsync(tenant, statements, cancellation);
            }
            catch (Exception fault)
                when (attempt < Attempts
                    && (StorageFaults.Classify(fault) == StorageFault.RolledBack || StorageFaults.IsBrokenConnection(fault))
                )
            {
                // A deadlock with a merge, or a connection that died; the batch is whole or not there.
            }
        }
    }

    private static async Task<string?> NewValueAsync(
        IRehashed table,
        PersonVault vault,
        bool blindOnly,
        TenantKeySet set,
        OldValue row,
        CancellationToken cancellation
    )
    {
        try
        {
            return await table.NewValueAsync(set, blindOnly, row, vault, cancellation);
        }
        catch (CannotOpenException)
        {
            // Told at the end, and it keeps the old key from being retired: never passed over in silence.
            return null;
        }
    }

    private static OldValue Read(Row row) =>
        new(
            row.Text("value_group"),
            row.Text("index_value"),
            row.Number("key_version"),
            row.Text("kind"),
            row.Guid("id"),
            row.Guid("user_id"),
            row.Guid("sealed_under"),
            row.IsNull("cell") ? null : row.Bytes("cell"),
            row.Flag("is_done")
        );
}
