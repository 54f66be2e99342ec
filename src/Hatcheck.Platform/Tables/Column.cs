namespace Hatcheck.Platform.Tables;

/// <summary>What a column's values are to a reader of the raw database.</summary>
internal enum ColumnKind
{
    /// <summary>In the clear: random ids, times, codes, and what a tenant's keeper wrote.</summary>
    Plain,

    /// <summary>A hash, keyed wherever its input could be guessed.</summary>
    Hash,

    /// <summary>A cell, sealed under a key of its owner and bound to its place.</summary>
    Sealed,

    /// <summary>A key, wrapped by the key-encryption key.</summary>
    Wrapped,
}

/// <summary>One column and a sentence about it.</summary>
internal sealed record Column
{
    private Column(string name, ColumnKind kind, string says, SealedColumn? cell = null) =>
        (Name, Kind, Says, Cell) = (name, kind, says, cell);

    /// <summary>The column that says which key-encryption key wraps a row's key.</summary>
    public const string Kek = "kek_id";

    /// <summary>The column that row-level security compares.</summary>
    public static Column Tenant { get; } = Plain("tenant_id", "The tenant whose row it is.");

    public string Name { get; }

    public ColumnKind Kind { get; }

    public string Says { get; }

    /// <summary>Given exactly where the column is sealed.</summary>
    public SealedColumn? Cell { get; }

    public static Column Plain(string name, string says) => new(name, ColumnKind.Plain, says);

    public static Column Hash(string name, string says) => new(name, ColumnKind.Hash, says);

    public static Column Wrapped(string name, string says) => new(name, ColumnKind.Wrapped, says);

    public static Column Sealed(string name, SealedColumn cell, string says) => new(name, ColumnKind.Sealed, says, cell);
}
