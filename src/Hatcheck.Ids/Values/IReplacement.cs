namespace Hatcheck.Ids.Values;

/// <summary>Computes the replacement of an id: its hash, or the user's ticket in Hatcheck.</summary>
internal interface IReplacement
{
    /// <summary>Name in the state table: <c>hash</c> or <c>ticket</c>.</summary>
    string Kind { get; }

    /// <summary>The index scheme; 0 if there is none.</summary>
    int Scheme { get; }

    /// <summary>
    /// A MAC of the nonce, which binds the migration to one key or tenant: a later run with another is refused.
    /// </summary>
    byte[] Prove(byte[] nonce);

    /// <summary>Why this id can't be replaced; null if it can. Never contains the id.</summary>
    string? Refuse(long id);

    /// <summary>The replacement of each id, in its place.</summary>
    ValueTask ComputeAsync(ReadOnlyMemory<long> ids, Memory<string> replacements, CancellationToken cancellation);

    /// <summary>Same, but creates none: an id without a replacement gets an empty text.</summary>
    ValueTask RecallAsync(ReadOnlyMemory<long> ids, Memory<string> replacements, CancellationToken cancellation) =>
        ComputeAsync(ids, replacements, cancellation);
}

/// <summary>A kind of replacement, without its key or server.</summary>
/// <param name="Name">Name in the state table.</param>
/// <param name="SqlType">The new column's type.</param>
internal sealed record ReplacementKind(string Name, string SqlType)
{
    public static readonly ReplacementKind Hash = new("hash", "varchar(64)");
    public static readonly ReplacementKind Ticket = new("ticket", "uuid");

    public static ReplacementKind Of(string name) => name == Ticket.Name ? Ticket : Hash;
}
