using Hatcheck.People.Privacy;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.People.Profiles;

/// <summary>Somebody whose grace period is over.</summary>
internal sealed record DueUser(Guid Tenant, Guid User, DateTimeOffset DeletedAt);

/// <summary>How a purge went.</summary>
/// <param name="Erased">People who were erased by it.</param>
/// <param name="Failed">People whom the next one will try again.</param>
/// <param name="First">What the first of these failed with.</param>
internal sealed record PurgeReport(int Erased, int Failed, Exception? First = null)
{
    /// <summary>How many were erased.</summary>
    /// <exception cref="PartlyFailedException">Somebody could not be erased.</exception>
    public int OrThrow() => First is null ? Erased : throw new PartlyFailedException(Erased, Failed, Erased + Failed, First);
}

/// <summary>
/// Erases users who were deleted longer ago than the grace period. Each is a transaction that looks once more whether the user is
/// still to be erased, and whether this node still has the job: a node that is killed in between leaves whole users.
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

    /// <summary>The first who are due by the database's clock, longest deleted first.</summary>
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
                    // False: there was nothing to do any more.
                    if (await erasure.PurgeAsync(run, user.Tenant, user.User, options.Value.GracePeriod, actor, cancellation))
                        erased++;
                }
                catch (Exception fault) when (fault is not (OperationCanceledException or LeaseLostException))
                {
                    // One person's fault keeps nobody else.
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
