namespace Hatcheck.Platform.Tables;

/// <summary>What a reader of the raw database sees in a column.</summary>
internal enum ColumnKind
{
    /// <summary>Plaintext: random ids, times, codes, and texts by the tenant's admins.</summary>
    Plain,

    /// <summary>A hash, keyed wherever its input could be guessed.</summary>
    Hash,

    /// <summary>A cell, sealed under its owner's key and bound to its place.</summary>
    Sealed,

    /// <summary>A key, wrapped by the key-encryption key.</summary>
    Wrapped,
}

/// <summary>One column and its description.</summary>
internal sealed record Column
{
    private Column(string name, ColumnKind kind, string description, SealedColumn? cell = null) =>
        (Name, Kind, Description, Cell) = (name, kind, description, cell);

    /// <summary>The column with the id of the key-encryption key that wraps a row's key.</summary>
    public const string Kek = "kek_id";

    /// <summary>The column that row-level security compares.</summary>
    public static Column Tenant { get; } = Plain("tenant_id", "The tenant whose row it is.");

    public string Name { get; }

    public ColumnKind Kind { get; }

    public string Description { get; }

    /// <summary>Set exactly where the column is sealed.</summary>
    public SealedColumn? Cell { get; }

    public static Column Plain(string name, string description) => new(name, ColumnKind.Plain, description);

    public static Column Hash(string name, string description) => new(name, ColumnKind.Hash, description);

    public static Column Wrapped(string name, string description) => new(name, ColumnKind.Wrapped, description);

    public static Column Sealed(string name, SealedColumn cell, string description) =>
        new(name, ColumnKind.Sealed, description, cell);
}
