using System.Text.Json;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Tables;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// What one kind of user data needs beyond its table declaration: a more readable export, and special handling on merge,
/// deletion and erasure. <see cref="PersonalData"/> counts, exports and erases ordinary rows.
/// </summary>
internal interface IPersonalData
{
    /// <summary>The name of the <see cref="Section"/> that it exports.</summary>
    string Name { get; }

    /// <summary>The stage in which <see cref="EraseAsync"/> runs, before that stage's rows are deleted.</summary>
    EraseStage Erase => EraseStage.Rows;

    /// <summary>Exports every entry, opened with the vault, which holds all the user's keys.</summary>
    Task<IReadOnlyList<JsonElement>> ExportAsync(
        HatcheckDb db,
        PersonScope person,
        PersonVault vault,
        CancellationToken cancellation
    );

    /// <summary>
    /// Moves data to the survivor, inside the merge's transaction, which has locked both users. Data left in place stays
    /// reachable through <see cref="PersonScope"/>.
    /// </summary>
    Task MergeAsync(HatcheckDb db, Guid tenant, Guid survivor, Guid merged, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>
    /// Ends what a reversible deletion ends, inside the transaction, which has locked the user. Everything else stays for a
    /// restore.
    /// </summary>
    Task EndAsync(HatcheckDb db, PersonScope person, Actor actor, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Erases more than the rows that name the user, inside the erasure's transaction.</summary>
    Task EraseAsync(HatcheckDb db, PersonScope person, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>A user whose data is kept: the survivor of merges and all users merged into it.</summary>
/// <param name="Tenant">The user's tenant.</param>
/// <param name="Users">The ids of all these users.</param>
/// <param name="Keys">
/// Their wrapped data keys, every version; empty for a deletion or an erasure, which open nothing.
/// </param>
internal sealed record PersonScope(Guid Tenant, IReadOnlyList<Guid> Users, IReadOnlyList<WrappedKey> Keys);
