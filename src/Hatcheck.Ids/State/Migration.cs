using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.State;

/// <summary>
/// The phases of a migration. The step of its name enters each, and the next step leaves it; see docs/operations/cli.md.
/// </summary>
internal static class Phase
{
    public const string None = "none";
    public const string Expanding = "expanding";
    public const string Expanded = "expanded";
    public const string Filled = "filled";

    /// <summary>The plaintext column is gone; constraints that the short transaction left unchecked are checked.</summary>
    public const string Finishing = "finishing";

    /// <summary>The migration is complete.</summary>
    public const string Contracted = "contracted";
}

/// <summary>A migration as the state tables keep it.</summary>
internal sealed record Migration(int Id, string Phase, KeyCheck Key, IdText Text, IReadOnlyList<SiteState> Sites);

/// <summary>A column's progress.</summary>
/// <param name="Number">The column's number in this migration.</param>
/// <param name="Schema">The table's schema.</param>
/// <param name="Table">The table.</param>
/// <param name="Column">The column with the ids.</param>
/// <param name="NewColumn">The new column beside it.</param>
/// <param name="UpTo">
/// The first page of the file after the first pass; null before it begins. A catch-up fills later rows.
/// </param>
/// <param name="Checkpoint">The place of the last row done. A place, not a key: a key may hold the id.</param>
/// <param name="PassedOnce">True once the first pass is complete.</param>
/// <param name="Filled">Rows filled.</param>
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
