using Hatcheck.People.Privacy;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.People.Profiles;

/// <summary>A deleted user whose grace period is over.</summary>
internal sealed record DueUser(Guid Tenant, Guid User, DateTimeOffset DeletedAt);

/// <summary>Result of a purge.</summary>
/// <param name="Erased">Users who were erased.</param>
/// <param name="Failed">Users that the next purge will try again.</param>
/// <param name="First">The first failure.</param>
internal sealed record PurgeReport(int Erased, int Failed, Exception? First = null)
{
    /// <summary>Returns how many were erased.</summary>
    /// <exception cref="PartlyFailedException">A user could not be erased.</exception>
    public int OrThrow() => First is null ? Erased : throw new PartlyFailedException(Erased, Failed, Erased + Failed, First);
}

/// <summary>
/// Erases users who were deleted longer ago than the grace period. Each erasure is a transaction that checks again that
/// the user is due and that this node still holds the job's lease. A killed node leaves no half-erased user.
/// </summary>
internal sealed partial class RetentionPurge(
    Database database,
    Erasure erasure,
    IOptions<ProfileOptions> options,
    ILogger<RetentionPurge> logger
)
{
    private const int Batch = 500;

    private const string Due =
        "select tenant_id, user_id, deleted_at from users where deleted_at <= {now} - $1 and erased_at is null "
        + "order by deleted_at, user_id limit $2";

    /// <summary>The first users who are due by the database's clock, longest deleted first.</summary>
    public Task<List<DueUser>> DueAsync(CancellationToken cancellation) =>
        database.AcrossTenantsAsync(
            Due,
            [options.Value.GracePeriod, Batch],
            row => new DueUser(row.Guid("tenant_id"), row.Guid("user_id"), row.Instant("deleted_at")),
            cancellation
        );

    /// <summary>Erases every user who is due.</summary>
    public async Task<PurgeReport> RunAsync(JobRun run, Actor actor, CancellationToken cancellation)
    {
        var erased = 0;
        while (true)
        {
            var (before, failed) = (erased, new List<Exception>());
            foreach (var user in await DueAsync(cancellation))
            {
                try
                {
                    // False if the user was no longer due.
                    if (await erasure.PurgeAsync(run, user.Tenant, user.User, options.Value.GracePeriod, actor, cancellation))
                        erased++;
                }
                catch (Exception fault) when (fault is not (OperationCanceledException or LeaseLostException))
                {
                    // One user's failure does not stop the others.
                    NotErased(StorageFaults.Classify(fault));
                    failed.Add(fault);
                }
            }

            if (erased > before)
                continue;
            await database.CompactAsync(cancellation);
            return new PurgeReport(erased, failed.Count, failed.FirstOrDefault());
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A deleted user could not be erased ({Kind}); the next purge tries again."
    )]
    private partial void NotErased(StorageFault kind);
}
