using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.State;

/// <summary>
/// How far a migration is. Each is reached by the step of its name and left by the next; see docs/operations/cli.md.
/// </summary>
internal static class Phase
{
    public const string None = "none";
    public const string Expanding = "expanding";
    public const string Expanded = "expanded";
    public const string Filled = "filled";

    /// <summary>The plaintext column is gone; constraints that the short transaction left unchecked are being checked.</summary>
    public const string Finishing = "finishing";

    /// <summary>Nothing is left of the migration but its result.</summary>
    public const string Contracted = "contracted";
}

/// <summary>A migration as the state tables keep it.</summary>
internal sealed record Migration(int Id, string Phase, KeyCheck Key, IdText Text, IReadOnlyList<SiteState> Sites);

/// <summary>A column's progress.</summary>
/// <param name="Number">Of the column in this migration.</param>
/// <param name="Schema">The table's schema.</param>
/// <param name="Table">The table.</param>
/// <param name="Column">The column with the ids.</param>
/// <param name="NewColumn">The column beside it.</param>
/// <param name="UpTo">The first page of the file behind the first pass; null before it began. Later rows are the
/// catch-up's.</param>
/// <param name="Checkpoint">The last row's place that is done. A place, not a key: a key may hold the id.</param>
/// <param name="PassedOnce">The first pass is through.</param>
/// <param name="Filled">Rows that got their replacement.</param>
internal sealed record SiteState(
    int Number,
    string Schema,
    string Table,
    string Column,
    string NewColumn,
    long? UpTo,
    string? Checkpoint,
    bool PassedOnce,
    long Filled
);
