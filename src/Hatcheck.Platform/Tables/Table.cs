namespace Hatcheck.Platform.Tables;

/// <summary>Whose the rows of a table are.</summary>
internal enum TableOwner
{
    /// <summary>A user of a tenant: its rows answer to summary, export and erasure.</summary>
    Person,

    /// <summary>One of a tenant's staff.</summary>
    Member,

    Tenant,

    /// <summary>The whole installation: no tenant sees them as its own.</summary>
    Installation,
}

/// <summary>Which rows a connection sees; <c>hatcheck_protect</c> turns it into row-level security on PostgreSQL.</summary>
internal enum TablePolicy
{
    /// <summary>Those of the tenant that the connection names, held by forced row-level security.</summary>
    Tenant,

    /// <summary>All of them: the same for every tenant, without a tenant's column.</summary>
    Reference,

    /// <summary>All of them: keys and bookkeeping of the installation, without a tenant's column.</summary>
    Installation,
}

/// <summary>When the erasure of a person reaches a table. The stages run in this order; registration decides nothing.</summary>
internal enum EraseStage
{
    /// <summary>No person's rows, so no erasure reaches it.</summary>
    None,

    /// <summary>Rows outlive the person, for the reason that <see cref="Table.OutlivesBecause"/> gives.</summary>
    Outlives,

    /// <summary>Marked before anything goes, so that nothing is added behind the erasure; the mark stays.</summary>
    Tombstone,

    /// <summary>Reads what later stages delete: it keeps hashes which stop the person from coming back.</summary>
    Remember,

    /// <summary>Rows about the person.</summary>
    Rows,

    /// <summary>The person's keys, last of all.</summary>
    Keys,
}

/// <summary>Whether a row of a table opens a door: who can write such a row can let themselves in.</summary>
internal sealed record Grants
{
    private Grants() { }

    /// <summary>No row of it is asked when a caller is let in.</summary>
    public static Grants Nothing { get; } = new();

    /// <summary>What a row lets in, as a sentence; null if nothing.</summary>
    public string? Because { get; private init; }

    public static Grants Access(string because) => new() { Because = because };
}

/// <summary>A kind of data, as people are told of it in summaries and exports.</summary>
/// <param name="Name">A plural noun.</param>
/// <param name="Says">A sentence for the person: what it is and why it is kept.</param>
/// <param name="Place">Its place among the sections, lowest first; each is taken once.</param>
/// <param name="Counted">The column whose distinct values are counted; null counts rows.</param>
internal sealed record Section(string Name, string Says, int Place, string? Counted = null);

/// <summary>One table as its capability declares it. What is not said here fails a test, or the start.</summary>
internal sealed record Table
{
    /// <summary>The column that names the person in a table of theirs.</summary>
    public const string PersonColumn = "user_id";

    public required string Name { get; init; }

    /// <summary>A sentence for whoever looks at the raw rows.</summary>
    public required string Says { get; init; }

    public required TableOwner Owner { get; init; }

    public required TablePolicy Policy { get; init; }

    public required Grants Grants { get; init; }

    public required EraseStage Erase { get; init; }

    /// <summary>The primary key, in its order; empty for a table that is only appended to.</summary>
    public required IReadOnlyList<string> Key { get; init; }

    /// <summary>All of them, in any order.</summary>
    public required IReadOnlyList<Column> Columns { get; init; }

    /// <summary>The column by which the newest rows come first in the demo.</summary>
    public required string NewestBy { get; init; }

    /// <summary>The section in which people find its rows; null if they are part of another one's or say nothing.</summary>
    public Section? Section { get; init; }

    /// <summary>Why rows stay when their person is erased; said exactly where they do.</summary>
    public string? OutlivesBecause { get; init; }

    /// <summary>Why the leak drill finds no row in it; null where it has to find one.</summary>
    public string? EmptyInDrill { get; init; }
}
