using Hatcheck.Server.Access.Tokens;
using Hatcheck.Server.Platform.Jobs;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Access.Sessions;

/// <summary>
/// Deletes expired sessions, and signing keys whose last token has expired. Neither opens anything any more; two nodes that do it at once do
/// no harm.
/// </summary>
internal sealed class SessionPurge(IEngine engine, SigningKeys keys, IOptions<OwnSessionOptions> options, TimeProvider time) : IJob
{
    private readonly string statement = DatabaseClock.Statement(engine, "delete from sessions where expires_at <= {now}");

    public string Name => "session-purge";

    public string Counts => "expired sessions deleted";

    public TimeSpan Interval => options.Value.PurgeInterval;

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await keys.PurgeAsync(cancellation);
        using var turn = await engine.EnterWriterAsync(cancellation);
        await using var connection = await engine.OpenAcrossTenantsAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        if (engine.InstantsAreNumbers) command.Parameters.Add(new Microsoft.Data.Sqlite.SqliteParameter("$1", Instants.ToMicroseconds(time.GetUtcNow())));
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
