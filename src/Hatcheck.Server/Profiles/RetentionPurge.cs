using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Privacy;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Profiles;

/// <summary>Somebody whose grace period is over.</summary>
internal sealed record DueUser(Guid Tenant, Guid User, DateTimeOffset DeletedAt);

/// <summary>How a purge went.</summary>
/// <param name="Erased">People who were erased by it.</param>
/// <param name="Failed">People whom the next one will try again.</param>
internal sealed record PurgeReport(int Erased, int Failed);

/// <summary>
/// Erases users who were deleted longer ago than the grace period. Each is a transaction that looks once more whether the user is
/// still to be erased: a node that is killed in between leaves whole users, and two that meet erase no one twice.
/// </summary>
internal sealed partial class RetentionPurge(
    Database database, IEngine engine, Erasure erasure, IOptions<ProfileOptions> options, ILogger<RetentionPurge> logger)
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
            cancellation);

    /// <summary>Erases everybody who is due; null if another node is doing so.</summary>
    public async Task<PurgeReport?> RunAsync(Actor actor, CancellationToken cancellation)
    {
        await using var lease = await engine.TryLeaseAsync(Lease.Purge, cancellation);
        if (lease is null) return null;
        for (var (erased, failed) = (0, 0); ;)
        {
            var progress = false;
            failed = 0;
            foreach (var user in await DueAsync(cancellation))
            {
                if (await TryEraseAsync(user, actor, cancellation) is not { } done) failed++;
                else if (done)
                {
                    erased++;
                    progress = true;
                }
            }

            if (progress) continue;
            await database.CompactAsync(cancellation);
            return new PurgeReport(erased, failed);
        }
    }

    /// <summary>True if this erased the user, false if there was nothing to do any more, null if it could not.</summary>
    private async Task<bool?> TryEraseAsync(DueUser user, Actor actor, CancellationToken cancellation)
    {
        try
        {
            return await erasure.PurgeAsync(user.Tenant, user.User, options.Value.GracePeriod, actor, cancellation);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // One person's fault keeps nobody else.
            NotErased(StorageFaults.Classify(fault));
            return null;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "A deleted user could not be erased ({Kind}); the next purge tries again.")]
    private partial void NotErased(StorageFault kind);
}
