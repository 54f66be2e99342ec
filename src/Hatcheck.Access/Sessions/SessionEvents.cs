using System.Diagnostics.Metrics;
using Hatcheck.Platform.Limits;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// Reports session events to operators: a counter, and a log line with a name to alert on. The audit entry is separate.
/// </summary>
internal sealed partial class SessionEvents(ILogger<SessionEvents> logger) : IDisposable
{
    private readonly Meter meter = new(SecurityEvents.MeterName);
    private Counter<long>? reused;

    /// <summary>A spent refresh token was used after the grace period: someone has a copy, so the session ends.</summary>
    public void Reused(Guid session, string kind)
    {
        reused ??= meter.CreateCounter<long>(
            "hatcheck.sessions.reused",
            description: "Sessions ended because one of their old refresh tokens was reused."
        );
        reused.Add(1);
        RefreshTokenReused(session, kind);
    }

    public void Dispose() => meter.Dispose();

    [LoggerMessage(
        EventId = 4003,
        EventName = "RefreshTokenReused",
        Level = LogLevel.Warning,
        Message = "An old refresh token of the session {Session} of a {Kind} was reused: someone has a copy, so the session "
            + "was ended."
    )]
    private partial void RefreshTokenReused(Guid session, string kind);
}
