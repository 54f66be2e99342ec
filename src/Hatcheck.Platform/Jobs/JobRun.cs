using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Jobs;

/// <summary>One run of a job: a node's right to run it, for as long as no other node has taken it.</summary>
internal sealed class JobRun
{
    private const string Held = "select token from jobs where name = $1 and token = $2 {for key share}";

    private readonly string? job;
    private readonly TimeSpan lease;

    private JobRun(string? job, long token, TimeSpan lease) => (this.job, Token, this.lease) = (job, token, lease);

    /// <summary>The run of a job per node: no other node can take it.</summary>
    public static JobRun PerNode { get; } = new(null, 0, default);

    /// <summary>Greater than the token of every earlier run of the job; 0 where there is no lease.</summary>
    public long Token { get; }

    /// <summary>The run of a claimed job.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="lease">How long the claim is valid without a heartbeat.</param>
    public static JobRun Of(JobClaim claim, TimeSpan lease) => new(claim.Job, claim.Token, lease);

    /// <summary>
    /// Call first in a transaction that writes: no other node gets the job until it ends. If this node sleeps within it,
    /// the database ends it after one lease, so that other nodes wait no longer than that.
    /// </summary>
    /// <exception cref="LeaseLostException">Another node has taken the job. Nothing is written.</exception>
    public async Task HoldAsync(Statements transaction, CancellationToken cancellation)
    {
        if (job is null)
            return;
        await transaction.EndIfIdleAsync(lease, cancellation);
        var rows = await transaction.QueryAsync(Held, [job, Token], row => row.LongNumber("token"), cancellation);
        if (rows.Count == 0)
            throw new LeaseLostException(job);
    }

    /// <inheritdoc cref="HoldAsync(Statements, CancellationToken)"/>
    public Task HoldAsync(HatcheckDb db, CancellationToken cancellation) => HoldAsync(db.Statements, cancellation);
}

/// <summary>
/// A node slept, or could not reach the database, for longer than its lease, and another node has taken the job.
/// </summary>
internal sealed class LeaseLostException(string job) : Exception($"The lease of the job {job} is lost.");
