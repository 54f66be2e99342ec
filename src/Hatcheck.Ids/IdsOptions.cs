using Hatcheck.Ids.Values;

namespace Hatcheck.Ids;

/// <summary>What a step was asked to do.</summary>
/// <param name="Table">The table, as it was typed.</param>
/// <param name="Column">The column with the ids.</param>
internal sealed record IdsOptions(string Table, string Column)
{
    public const int DefaultBatch = 5000;
    public const int MaxBatch = 50_000;

    /// <summary>Rows per transaction: 1 to 50,000, default 5,000.</summary>
    public int Batch { get; init; } = DefaultBatch;

    /// <summary>How values are read.</summary>
    public IdText Text { get; init; } = new(Normalize: false, KeepHashed: false);

    /// <summary>Hash or ticket, where no replacement says it.</summary>
    public ReplacementKind Kind { get; init; } = ReplacementKind.Hash;

    /// <summary>Everything is checked, nothing is changed.</summary>
    public bool DryRun { get; init; }

    /// <summary>Rows whose value is no id become NULL at the contract; else they stop it.</summary>
    public bool NullRejects { get; init; }

    /// <summary>The new column keeps its own name after the contract.</summary>
    public bool KeepColumnName { get; init; }

    /// <summary>The tables are rewritten after the contract, so that dropped bytes leave their files.</summary>
    public bool Rewrite { get; init; }

    /// <summary>Where rejected rows are listed; null for nowhere.</summary>
    public string? RejectsFile { get; init; }
}
