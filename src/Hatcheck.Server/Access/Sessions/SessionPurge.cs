using Hatcheck.Server.Access.Tokens;
using Hatcheck.Server.Platform.Jobs;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Access.Sessions;

/// <summary>
/// Deletes expired sessions, and signing keys whose last token has expired. Neither opens anything any more; two nodes that do it at once do
/// no harm.
/// </summary>
internal sealed class SessionPurge(Database database, SigningKeys keys, IOptions<OwnSessionOptions> options) : IJob
{
    public string Name => "session-purge";

    public string Counts => "expired sessions deleted";

    public TimeSpan Interval => options.Value.PurgeInterval;

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await keys.PurgeAsync(cancellation);
        return await database.WriteAcrossTenantsAsync(
            (all, stop) =>
            {
                // What piled up may take longer than a request may.
                all.TakeTheirTime = true;
                return all.ExecuteAsync("delete from sessions where expires_at <= {now}", [], stop);
            },
            cancellation);
    }
}
