namespace Hatcheck.Platform.Tables;

/// <summary>The owner of a table's rows.</summary>
internal enum TableOwner
{
    /// <summary>A user of a tenant: the rows are part of summary, export and erasure.</summary>
    Person,

    /// <summary>A member of a tenant's staff.</summary>
    Member,

    Tenant,

    /// <summary>The whole installation: the rows belong to no tenant.</summary>
    Installation,
}

/// <summary>
/// The rows that a connection sees; <c>hatcheck_protect</c> turns it into row-level security on PostgreSQL.
/// </summary>
internal enum TablePolicy
{
    /// <summary>Rows of the connection's tenant, enforced by forced row-level security.</summary>
    Tenant,

    /// <summary>All rows: the same for every tenant, without a tenant column.</summary>
    Reference,

    /// <summary>All rows: keys and bookkeeping of the installation, without a tenant column.</summary>
    Installation,
}

/// <summary>When a user's erasure reaches a table. Stages run in this order, whatever the order of registration.</summary>
internal enum EraseStage
{
    /// <summary>Never: the table has no user's rows.</summary>
    None,

    /// <summary>The rows outlive the user, for the reason in <see cref="Table.OutlivesBecause"/>.</summary>
    Outlives,

    /// <summary>Marked before anything is deleted, so that nothing is added during the erasure; the mark stays.</summary>
    Tombstone,

    /// <summary>Reads rows that later stages delete, to keep hashes which stop the user from being created again.</summary>
    Remember,

    /// <summary>Rows about the user.</summary>
    Rows,

    /// <summary>The user's keys, last of all.</summary>
    Keys,
}

/// <summary>Whether a table's rows grant access: anyone who can write such a row can let themselves in.</summary>
internal sealed record Grants
{
    private Grants() { }

    /// <summary>No row of it is used to authorise a caller.</summary>
    public static Grants Nothing { get; } = new();

    /// <summary>The access that a row grants, as a sentence; null if none.</summary>
    public string? Because { get; private init; }

    public static Grants Access(string because) => new() { Because = because };
}

/// <summary>A kind of data, as users see it in summaries and exports.</summary>
/// <param name="Name">A plural noun.</param>
/// <param name="Description">A sentence for the user: what it is and why it is kept.</param>
/// <param name="Place">Its place among the sections, lowest first; unique.</param>
/// <param name="Counted">The column whose distinct values are counted; null counts rows.</param>
internal sealed record Section(string Name, string Description, int Place, string? Counted = null);

/// <summary>One table, as its capability declares it. A missing declaration fails a test, or the start.</summary>
internal sealed record Table
{
    /// <summary>The column with the user's id in a table of users' rows.</summary>
    public const string PersonColumn = "user_id";

    public required string Name { get; init; }

    /// <summary>A sentence for readers of the raw rows.</summary>
    public required string Description { get; init; }

    public required TableOwner Owner { get; init; }

    public required TablePolicy Policy { get; init; }

    public required Grants Grants { get; init; }

    public required EraseStage Erase { get; init; }

    /// <summary>The primary key, in order; empty for an append-only table.</summary>
    public required IReadOnlyList<string> Key { get; init; }

    /// <summary>All columns, in any order.</summary>
    public required IReadOnlyList<Column> Columns { get; init; }

    /// <summary>The column by which the demo shows the newest rows first.</summary>
    public required string NewestBy { get; init; }

    /// <summary>The section that shows its rows to users; null if they are part of another section, or of none.</summary>
    public Section? Section { get; init; }

    /// <summary>Why rows outlive their user; set exactly where they do.</summary>
    public string? OutlivesBecause { get; init; }

    /// <summary>Why the leak drill expects no row in it; null where it expects one.</summary>
    public string? EmptyInDrill { get; init; }
}
