using System.Text.Json;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Tables;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// What one kind of data kept about persons does that no declaration of a table can say: an export that reads better than its
/// rows, and whatever is odd about merging, ending and erasing it. Ordinary rows are counted, exported and erased by
/// <see cref="PersonalData"/>.
/// </summary>
internal interface IPersonalData
{
    /// <summary>The name of the <see cref="Section"/> that it exports.</summary>
    string Name { get; }

    /// <summary>The stage in which <see cref="EraseAsync"/> runs, before that stage's rows are deleted.</summary>
    EraseStage Erase => EraseStage.Rows;

    /// <summary>Every entry, opened with the vault, which has every key of the person.</summary>
    Task<IReadOnlyList<JsonElement>> ExportAsync(
        HatcheckDb db,
        PersonScope person,
        PersonVault vault,
        CancellationToken cancellation
    );

    /// <summary>
    /// What becomes the survivor's, inside the merge's transaction, which holds both users. What is left as it is stays
    /// reachable by <see cref="PersonScope"/>.
    /// </summary>
    Task MergeAsync(HatcheckDb db, Guid tenant, Guid survivor, Guid merged, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>
    /// What ends when the person is deleted so that it can be undone, inside the transaction, which holds the user.
    /// Everything else stays for whom it may be restored to.
    /// </summary>
    Task EndAsync(HatcheckDb db, PersonScope person, Actor actor, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>What an erasure does beside deleting the rows that name the person, inside its transaction.</summary>
    Task EraseAsync(HatcheckDb db, PersonScope person, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>A person as data is kept about them: the survivor of merges and everybody merged into it.</summary>
/// <param name="Tenant">Whose person it is.</param>
/// <param name="Users">The ids of all of them.</param>
/// <param name="Keys">Their wrapped data keys, every version; empty for a deletion or an erasure, which open nothing.</param>
internal sealed record PersonScope(Guid Tenant, IReadOnlyList<Guid> Users, IReadOnlyList<WrappedKey> Keys);
