using Hatcheck.Ids.Values;

namespace Hatcheck.Ids;

/// <summary>The options of a step.</summary>
/// <param name="Table">The table, as typed.</param>
/// <param name="Column">The column with the ids.</param>
internal sealed record IdsOptions(string Table, string Column)
{
    public const int DefaultBatch = 5000;
    public const int MaxBatch = 50_000;

    /// <summary>Rows per transaction: 1 to 50,000, default 5,000.</summary>
    public int Batch { get; init; } = DefaultBatch;

    /// <summary>How to read values.</summary>
    public IdText Text { get; init; } = new(Normalize: false, KeepHashed: false);

    /// <summary>Hash or ticket, for steps without a replacement.</summary>
    public ReplacementKind Kind { get; init; } = ReplacementKind.Hash;

    /// <summary>Checks everything, changes nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>The contract sets rows whose value is no id to NULL; else they stop it.</summary>
    public bool NullRejects { get; init; }

    /// <summary>The new column keeps its own name after the contract.</summary>
    public bool KeepColumnName { get; init; }

    /// <summary>The tables are rewritten after the contract, so that dropped bytes leave their files.</summary>
    public bool Rewrite { get; init; }

    /// <summary>The file that lists rejected rows; null for none.</summary>
    public string? RejectsFile { get; init; }
}
