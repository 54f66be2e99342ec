using Hatcheck.Ids.Steps;

namespace Hatcheck.Ids;

/// <summary>What a step did and found.</summary>
/// <param name="Verb">The step.</param>
/// <param name="Table">The named table.</param>
/// <param name="Column">The named column.</param>
/// <param name="Phase">How far the migration is now.</param>
internal sealed record IdsResult(string Verb, string Table, string Column, string Phase)
{
    public bool DryRun { get; init; }

    /// <summary>Something is other than before.</summary>
    public bool Changed { get; init; }

    /// <summary>It is not as it should be: blockers, rejects or differences.</summary>
    public bool Failed { get; init; }

    /// <summary>Rows that got their replacement now.</summary>
    public long Filled { get; init; }

    public long Rejected { get; init; }

    /// <summary>How often each reason for a reject came up.</summary>
    public IReadOnlyDictionary<string, long> Reasons { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    public IReadOnlyList<SiteCount> Columns { get; init; } = [];

    public IReadOnlyList<SiteVerdict> Verified { get; init; } = [];

    public IReadOnlyList<SiteProgress> Progress { get; init; } = [];

    /// <summary>What stands in the way, or differs.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>What is worth knowing, and stops nothing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What happens, or would, in order.</summary>
    public IReadOnlyList<PlannedStep> Steps { get; init; } = [];

    /// <summary>Where plaintext still lives, and what to do about it.</summary>
    public IReadOnlyList<string> PlaintextRemains { get; init; } = [];

    /// <summary>What to run next; null if nothing is left.</summary>
    public string? Next { get; init; }

    public double Seconds { get; init; }
}

/// <summary>How far a column is.</summary>
internal sealed record SiteProgress(
    string Table,
    string Column,
    string NewColumn,
    long Rows,
    long Filled,
    long Unfilled,
    bool FirstPassDone
);

/// <summary>A step of the plan.</summary>
/// <param name="Step">The verb.</param>
/// <param name="Does">What it does.</param>
/// <param name="Locks">What it locks, and for how long.</param>
/// <param name="Breaks">What could break, and how one sees it.</param>
/// <param name="Statements">Its statements, where they are known beforehand.</param>
internal sealed record PlannedStep(string Step, string Does, string Locks, string Breaks, IReadOnlyList<string> Statements);
