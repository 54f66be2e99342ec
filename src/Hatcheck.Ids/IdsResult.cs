using Hatcheck.Ids.Steps;

namespace Hatcheck.Ids;

/// <summary>The result of a step.</summary>
/// <param name="Verb">The step.</param>
/// <param name="Table">The named table.</param>
/// <param name="Column">The named column.</param>
/// <param name="Phase">The migration's phase now.</param>
internal sealed record IdsResult(string Verb, string Table, string Column, string Phase)
{
    public bool DryRun { get; init; }

    /// <summary>True if the step changed something.</summary>
    public bool Changed { get; init; }

    /// <summary>True with blockers, rejects or differences.</summary>
    public bool Failed { get; init; }

    /// <summary>Rows that this step filled.</summary>
    public long Filled { get; init; }

    public long Rejected { get; init; }

    /// <summary>Rejected rows by reason.</summary>
    public IReadOnlyDictionary<string, long> Reasons { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    public IReadOnlyList<SiteCount> Columns { get; init; } = [];

    public IReadOnlyList<SiteVerdict> Verified { get; init; } = [];

    public IReadOnlyList<SiteProgress> Progress { get; init; } = [];

    /// <summary>Blockers or differences.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>Facts worth knowing, which stop nothing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The planned steps, in order.</summary>
    public IReadOnlyList<PlannedStep> Steps { get; init; } = [];

    /// <summary>Places that still hold plaintext, each with a remedy.</summary>
    public IReadOnlyList<string> PlaintextRemains { get; init; } = [];

    /// <summary>The next command; null if nothing is left.</summary>
    public string? Next { get; init; }

    public double Seconds { get; init; }
}

/// <summary>A column's progress.</summary>
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
/// <param name="Breaks">What could break, and how to notice it.</param>
/// <param name="Statements">Its statements, if they are known beforehand.</param>
internal sealed record PlannedStep(string Step, string Does, string Locks, string Breaks, IReadOnlyList<string> Statements);
