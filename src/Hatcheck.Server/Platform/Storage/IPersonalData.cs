using System.Text.Json;
using Hatcheck.Server.Platform.Keys;

namespace Hatcheck.Server.Platform.Storage;

/// <summary>
/// One kind of data kept about persons: the data inventory. Export, summary and erasure walk all of them, and a test demands that every
/// table with a user's id in it belongs to one.
/// </summary>
internal interface IPersonalData
{
    /// <summary>Its name in exports: a plural noun.</summary>
    string Name { get; }

    /// <summary>A sentence for the person: what it is and why it is kept.</summary>
    string Description { get; }

    /// <summary>The tables that it owns.</summary>
    IReadOnlyList<string> Tables { get; }

    Task<int> CountAsync(HatcheckDb db, PersonScope person, CancellationToken cancellation);

    /// <summary>Every entry, opened.</summary>
    Task<IReadOnlyList<JsonElement>> ExportAsync(HatcheckDb db, PersonScope person, CancellationToken cancellation);

    /// <summary>What becomes the survivor's, inside the merge's transaction, which holds both users. What is left as it is stays reachable by <see cref="PersonScope"/>.</summary>
    Task MergeAsync(HatcheckDb db, Guid tenant, Guid survivor, Guid merged, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>What ends when the person is deleted so that it can be undone, inside the transaction, which holds the user. Everything else stays for whom it may be restored to.</summary>
    Task EndAsync(HatcheckDb db, PersonScope person, string actor, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Deletes every row of the person, inside the erasure's transaction.</summary>
    Task EraseAsync(HatcheckDb db, PersonScope person, CancellationToken cancellation);
}

/// <summary>A person as data is kept about them: the survivor of merges and everybody merged into it.</summary>
/// <param name="Tenant">Whose person it is.</param>
/// <param name="Users">The ids of all of them.</param>
/// <param name="Keys">The wrapped data keys of all of them; empty for a deletion or an erasure, which open nothing.</param>
internal sealed record PersonScope(Guid Tenant, IReadOnlyList<Guid> Users, IReadOnlyList<WrappedKey> Keys);
