using System.Globalization;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Jobs;

/// <summary>A job's row, and the database's clock at the time of reading.</summary>
internal sealed record JobState(
    string Job,
    string Schedule,
    DateTimeOffset DueAt,
    string? Node,
    DateTimeOffset? LeaseUntil,
    int Attempts,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? Outcome,
    int? Done,
    string? Fault,
    DateTimeOffset Now
)
{
    /// <summary>The node that holds the lease; null while none does.</summary>
    public string? Holder => LeaseUntil > Now ? Node : null;

    /// <summary>The time until it is due and free, as far as known; zero or less if it is.</summary>
    public TimeSpan Wait => WaitUntil(DueAt);

    /// <summary>The time until an instant at which it is also free.</summary>
    public TimeSpan WaitUntil(DateTimeOffset at) => (LeaseUntil > at ? LeaseUntil.Value : at) - Now;
}

/// <summary>A job that this node has taken.</summary>
/// <param name="Job">Its name.</param>
/// <param name="Token">Greater than the token of every earlier claim.</param>
/// <param name="Attempts">The number of runs begun since the last success, including this one.</param>
/// <param name="At">The time, by the database's clock.</param>
internal sealed record JobClaim(string Job, long Token, int Attempts, DateTimeOffset At);

/// <summary>
/// The table of jobs. Each change is one statement using the database's clock, so that exactly one of several racing nodes
/// wins.
/// </summary>
internal sealed class JobLeases(IEngine engine, IOptions<JobOptions> options)
{
    private const int Tries = 3;

    // Correcting a clock by less than this ends no lease early.
    private static readonly TimeSpan farthestLease = JobOptions.LongestLease + JobRounds.ClockSlack;

    private const string Columns =
        "name, schedule, due_at, node, lease_until, attempts, started_at, ended_at, outcome, done, fault, {now} as clock";

    private const string One = $"select {Columns} from jobs where name = $1";
    private const string All = $"select {Columns} from jobs order by name";

    private const string Insert =
        "insert into jobs (name, schedule, due_at, token, attempts) values ($1, $2, $3, 0, 0) on conflict (name) do nothing";

    // An overdue run stays due.
    private const string Reschedule =
        "update jobs set schedule = $2, due_at = case when due_at <= {now} then due_at else $3 end "
        + "where name = $1 and schedule <> $2";

    // Skips a row that a job's transaction has locked, like one whose lease is valid. A lease that ends later than possible
    // was written by a node whose clock was ahead.
    private const string Claim = """
        update jobs set node = $2, lease_until = {now} + $3, token = token + 1, attempts = attempts + 1, started_at = {now}
        where name = (
            select name from jobs
            where name = $1 and ($4 or due_at <= {now} or due_at = $5)
                and (lease_until is null or lease_until <= {now} or lease_until > {now} + $6) {skip locked})
        returning token, attempts, started_at
        """;

    private const string Extend =
        "update jobs set lease_until = {now} + $3 " + "where name = $1 and token = $2 and lease_until is not null";

    private const string Release = "update jobs set lease_until = null, attempts = attempts - 1 where name = $1 and token = $2";

    private const string Finish = """
        update jobs set lease_until = null, due_at = $3, attempts = $4, ended_at = {now}, outcome = $5, done = $6, fault = $7
        where name = $1 and token = $2
        """;

    /// <summary>This process, for operators; the token is what decides.</summary>
    private static readonly string node = string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.MachineName}/{Environment.ProcessId}"
    );

    /// <summary>How long a claim is valid without a heartbeat.</summary>
    public TimeSpan Lease => options.Value.Lease;

    /// <summary>Lists every job that was ever due, by name.</summary>
    public Task<List<JobState>> ListAsync(CancellationToken cancellation) =>
        engine.QueryAsync(Guid.Empty, All, [], Read, cancellation);

    /// <summary>Null: no node has created its row yet.</summary>
    public async Task<JobState?> FindAsync(string job, CancellationToken cancellation) =>
        (await engine.QueryAsync(Guid.Empty, One, [job], Read, cancellation)).SingleOrDefault();

    /// <summary>Creates the row, or updates its schedule. Back-off and overdue runs are kept.</summary>
    public async Task<JobState> PrepareAsync(IJob job, DateTimeOffset now, CancellationToken cancellation)
    {
        var (schedule, text) = (job.Schedule, job.Schedule.Text);
        await engine.ExecuteAsync(
            Guid.Empty,
            [(Insert, [job.Name, text, schedule.First(now)]), (Reschedule, [job.Name, text, schedule.Next(now, now)])],
            cancellation
        );
        return await FindAsync(job.Name, cancellation)
            ?? throw new InvalidOperationException($"The row of the job {job.Name} is gone.");
    }

    /// <summary>Claims the job; null if it isn't due, or another node has it.</summary>
    /// <param name="job">Its name.</param>
    /// <param name="evenIfNotDue">Whether an operator requests it.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public Task<JobClaim?> ClaimAsync(string job, bool evenIfNotDue, CancellationToken cancellation) =>
        ClaimAsync(job, evenIfNotDue, stray: null, cancellation);

    /// <summary>Same, also if it is due at an impossible instant.</summary>
    /// <param name="job">Its name.</param>
    /// <param name="evenIfNotDue">Whether an operator requests it.</param>
    /// <param name="stray">That instant; if another node was first, it has changed.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task<JobClaim?> ClaimAsync(string job, bool evenIfNotDue, DateTimeOffset? stray, CancellationToken cancellation)
    {
        var rows = await engine.ClaimAsync(
            Guid.Empty,
            Claim,
            [job, node, Lease, evenIfNotDue, stray ?? DateTimeOffset.UnixEpoch, farthestLease],
            row => new JobClaim(job, row.LongNumber("token"), row.Number("attempts"), row.Instant("started_at")),
            cancellation
        );
        return rows.SingleOrDefault();
    }

    /// <summary>Extends the lease; false if another node has taken the job.</summary>
    public Task<bool> ExtendAsync(JobClaim claim, CancellationToken cancellation) =>
        ChangeAsync(Extend, [claim.Job, claim.Token, Lease], cancellation);

    /// <summary>Releases the claim as if it had not been tried: it is due as before.</summary>
    public Task<bool> ReleaseAsync(JobClaim claim, CancellationToken cancellation) =>
        ChangeAsync(Release, [claim.Job, claim.Token], cancellation);

    /// <summary>Records a run that succeeded.</summary>
    public Task<bool> FinishAsync(JobClaim claim, DateTimeOffset dueAt, int done, CancellationToken cancellation) =>
        ChangeAsync(Finish, [claim.Job, claim.Token, dueAt, 0, "done", done, null], cancellation);

    /// <summary>Records a run that failed.</summary>
    public Task<bool> FailAsync(JobClaim claim, DateTimeOffset dueAt, int done, string fault, CancellationToken cancellation) =>
        ChangeAsync(Finish, [claim.Job, claim.Token, dueAt, claim.Attempts, "failed", done, fault], cancellation);

    /// <summary>
    /// False: the token belongs to another claim. Repeated over a new connection: with the token that is harmless.
    /// </summary>
    private async Task<bool> ChangeAsync(string sql, object?[] parameters, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return (await engine.ExecuteAsync(Guid.Empty, [(sql, parameters)], cancellation))[0] == 1;
            }
            catch (Exception fault) when (attempt < Tries && StorageFaults.IsBrokenConnection(fault))
            {
                // The pooled connection died with the server.
            }
        }
    }

    private static JobState Read(Row row) =>
        new(
            row.Text("name"),
            row.Text("schedule"),
            row.Instant("due_at"),
            row.TextOrNull("node"),
            row.InstantOrNull("lease_until") is { } lease && lease <= row.Instant("clock") + farthestLease ? lease : null,
            row.Number("attempts"),
            row.InstantOrNull("started_at"),
            row.InstantOrNull("ended_at"),
            row.TextOrNull("outcome"),
            row.IsNull("done") ? null : row.Number("done"),
            row.TextOrNull("fault"),
            row.Instant("clock")
        );
}
