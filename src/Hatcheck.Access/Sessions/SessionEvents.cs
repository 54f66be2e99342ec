using System.Diagnostics.Metrics;
using Hatcheck.Platform.Limits;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// What an operator is told about sessions: a counter and a log line with a name to alert on. The entry for the audit log is
/// the act's own.
/// </summary>
internal sealed partial class SessionEvents(ILogger<SessionEvents> logger) : IDisposable
{
    private readonly Meter meter = new(SecurityEvents.MeterName);
    private Counter<long>? reused;

    /// <summary>A refresh token came a second time, after the grace: somebody has a copy, and its session is ended.</summary>
    public void Reused(Guid session, string kind)
    {
        reused ??= meter.CreateCounter<long>(
            "hatcheck.sessions.reused",
            description: "Sessions ended because an old refresh token of theirs was brought again."
        );
        reused.Add(1);
        RefreshTokenReused(session, kind);
    }

    public void Dispose() => meter.Dispose();

    [LoggerMessage(
        EventId = 4003,
        EventName = "RefreshTokenReused",
        Level = LogLevel.Warning,
        Message = "An old refresh token of the session {Session} of a {Kind} was brought again: somebody has a copy, so the "
            + "session was ended."
    )]
    private partial void RefreshTokenReused(Guid session, string kind);
}
