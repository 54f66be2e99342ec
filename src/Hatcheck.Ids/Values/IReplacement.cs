namespace Hatcheck.Ids.Values;

/// <summary>What the table keeps in place of the id: its hash, or the person's ticket in Hatcheck.</summary>
internal interface IReplacement
{
    /// <summary>As the state table names it: <c>hash</c> or <c>ticket</c>.</summary>
    string Kind { get; }

    /// <summary>The index scheme; 0 where there is none.</summary>
    int Scheme { get; }

    /// <summary>
    /// What the migration is bound to, so that another key or tenant is refused the second time: a MAC of the nonce.
    /// </summary>
    byte[] Prove(byte[] nonce);

    /// <summary>Why this id can't be replaced; null if it can. Never repeats it.</summary>
    string? Refuse(long id);

    /// <summary>The replacement of each id, in its place.</summary>
    ValueTask ComputeAsync(ReadOnlyMemory<long> ids, Memory<string> replacements, CancellationToken cancellation);

    /// <summary>The same without making any: what has none is given an empty text.</summary>
    ValueTask RecallAsync(ReadOnlyMemory<long> ids, Memory<string> replacements, CancellationToken cancellation) =>
        ComputeAsync(ids, replacements, cancellation);
}

/// <summary>What is known of a kind of replacement without a key or a server.</summary>
/// <param name="Name">As the state table names it.</param>
/// <param name="SqlType">The new column's type.</param>
internal sealed record ReplacementKind(string Name, string SqlType)
{
    public static readonly ReplacementKind Hash = new("hash", "varchar(64)");
    public static readonly ReplacementKind Ticket = new("ticket", "uuid");

    public static ReplacementKind Of(string name) => name == Ticket.Name ? Ticket : Hash;
}
