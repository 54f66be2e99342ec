using Hatcheck.Crypto;

namespace Hatcheck.Platform.Outbox;

/// <summary>One event for one endpoint, about to be sent.</summary>
/// <param name="Id">The entry's id. It is the same for every try and replay, so that a receiver recognises a repeat.</param>
/// <param name="Payload">The bytes to send, the same for every try.</param>
/// <param name="At">When this try begins, by the database's clock.</param>
/// <param name="Target">The address, which may hold a secret.</param>
/// <param name="Secrets">The signing secrets, newest first; valid only during the call.</param>
internal sealed record OutboxDelivery(
    Guid Id,
    ReadOnlyMemory<byte> Payload,
    DateTimeOffset At,
    string Target,
    IReadOnlyList<SecretBytes> Secrets
)
{
    // A record prints its members, and the target may hold a secret.
    public override string ToString() => $"{nameof(OutboxDelivery)} {Id}";
}

/// <summary>The result of one try.</summary>
internal abstract record SendResult
{
    /// <summary>The receiver has accepted it.</summary>
    internal sealed record Delivered : SendResult;

    /// <summary>It can never be sent: dead-lettered at once.</summary>
    /// <param name="Fault">A code.</param>
    internal sealed record Refused(string Fault) : SendResult;

    /// <summary>Try again later: by the schedule, but not sooner than the receiver asked for.</summary>
    /// <param name="Fault">A code.</param>
    /// <param name="After">The wait that the receiver asked for; null if it did not.</param>
    internal sealed record Again(string Fault, TimeSpan? After = null) : SendResult;

    /// <summary>The receiver wants no more events: its endpoint is switched off.</summary>
    /// <param name="Fault">A code.</param>
    internal sealed record Gone(string Fault) : SendResult;
}

/// <summary>
/// Sends events to endpoints of one kind. <see cref="OutboxWorker"/> leases and orders them, retries failed ones and
/// dead-letters those that never succeed. A test class inherits <c>OutboxSenderConformance</c> for each.
/// </summary>
internal interface IOutboxSender
{
    /// <summary>The kind of its endpoints, such as <c>webhook</c>.</summary>
    string Kind { get; }

    /// <summary>Sends once. A fault's code contains nothing from the target or its response.</summary>
    /// <exception cref="OperationCanceledException">It took longer than the worker allows.</exception>
    Task<SendResult> SendAsync(OutboxDelivery delivery, CancellationToken cancellation);
}
