using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Jobs;

/// <summary>One run of a job: a node's right to do it, for as long as no other node has taken it.</summary>
internal sealed class JobRun
{
    private const string Held = "select token from jobs where name = $1 and token = $2 {for key share}";

    private readonly string? job;
    private readonly TimeSpan lease;

    private JobRun(string? job, long token, TimeSpan lease) => (this.job, Token, this.lease) = (job, token, lease);

    /// <summary>Of a job that each node does for itself: nobody can take it away.</summary>
    public static JobRun PerNode { get; } = new(null, 0, default);

    /// <summary>Greater than that of every earlier run of the job; 0 where there is no lease.</summary>
    public long Token { get; }

    /// <summary>A run of a claimed job.</summary>
    /// <param name="claim">What the claim gave.</param>
    /// <param name="lease">How long it is good without a heartbeat.</param>
    public static JobRun Of(JobClaim claim, TimeSpan lease) => new(claim.Job, claim.Token, lease);

    /// <summary>
    /// First in a transaction that writes: no other node gets the job until it ends. If this node sleeps within it, the
    /// database ends it after a lease, so that the others don't wait for longer.
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
/// A node slept, or could not reach the database, for longer than its lease, and another one has taken the job.
/// </summary>
internal sealed class LeaseLostException(string job) : Exception($"The lease of the job {job} is lost.");
