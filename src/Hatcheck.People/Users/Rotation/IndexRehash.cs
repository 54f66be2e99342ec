using System.Runtime.CompilerServices;
using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Users.Rotation;

/// <summary>
/// A value that could not be rehashed to the newest key. It holds random ids only, nothing personal; for a profile's value
/// the identity's id is the user's.
/// </summary>
internal sealed record LeftIdentity(Guid UserId, Guid IdentityId, string Reason);

/// <summary>A rehash's progress.</summary>
/// <param name="Done">Identities and values of profiles that this run added a row for.</param>
/// <param name="Left">Those that lacked one at the last count, less those done since.</param>
internal sealed record RehashProgress(long Done, long Left);

/// <summary>A rehash's result; complete if <paramref name="Left"/> is empty.</summary>
internal sealed record RehashResult(long Done, IReadOnlyList<LeftIdentity> Left);

/// <summary>
/// Adds a row under the newest index key for every identity, e-mail address and phone number, in bounded batches, each a
/// transaction. It needs no checkpoint: the missing rows are the remaining work. So the next run continues a killed one,
/// and two runs at once share the work.
/// </summary>
internal sealed class IndexRehash(
    Database database,
    TenantKeys keys,
    PersonVaults vaults,
    RotationStatus status,
    IEnumerable<IBlindIndexTable> tables
)
{
    private const int Attempts = 5;
    private const int IdlePasses = 3;

    private const string EpochQuery = "select key_epoch from tenants where tenant_id = $1";

    /// <summary>Rehashes until nothing more can be rehashed.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="blindOnly">The ids are not stored, so the older hash is nested.</param>
    /// <param name="batch">Rows read, and at most written, at a time: 1 to 1,000.</param>
    /// <param name="report">Called after every batch.</param>
    /// <param name="cancellation">Stops between batches; finished batches stay.</param>
    /// <exception cref="OperatorException">The tenant's keys were changed meanwhile.</exception>
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
            // Another pass finds what a merge, erasure or unlink changed during this one, unless it is gone.
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

    // The page size counts all rows, including finished ones, so each page is bounded.
    private async IAsyncEnumerable<(int Wrote, List<LeftIdentity> Failed, List<LeftIdentity> Unwritten)> PassAsync(
        IBlindIndexTable table,
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
            await vault.ReadKeysAsync(
                [.. due.Where(row => row.Sealed is not null).Select(row => row.SealedUnder).Distinct()],
                cancellation
            );
            foreach (var row in due)
            {
                if (await NewValueAsync(table, vault, blindOnly, set, row, cancellation) is { } fresh)
                    copies.Add((row, fresh));
                else
                    failed.Add(new LeftIdentity(row.User, row.Id, "its sealed value cannot be decrypted"));
            }

            if (copies.Count == 0 && failed.Count == 0)
                continue;
            // In the order in which a merge locks two users, so that the two rarely deadlock.
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
                throw new OperatorException("This tenant's keys were changed meanwhile. Rehashed rows stay; run it again.");
            var unwritten = copies
                .Where((_, i) => changed[i] == 0)
                .Select(copy => new LeftIdentity(copy.Row.User, copy.Row.Id, "its row could not be written"))
                .ToList();
            yield return (changed.Sum(), failed, unwritten);
        }
    }

    private async Task<int> EpochAsync(Guid tenant, CancellationToken cancellation) =>
        (await database.QueryAsync(tenant, EpochQuery, [tenant], row => row.Number("key_epoch"), cancellation))[0];

    // Safe to repeat: existing rows are left unchanged.
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
                // A deadlock with a merge, or a lost connection; the batch is stored wholly or not at all.
            }
        }
    }

    private static async Task<string?> NewValueAsync(
        IBlindIndexTable table,
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
            // Reported at the end, and prevents retiring the old key: never skipped silently.
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
