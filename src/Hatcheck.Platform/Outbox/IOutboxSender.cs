using Hatcheck.Crypto;

namespace Hatcheck.Platform.Outbox;

/// <summary>One event for one endpoint, about to be sent.</summary>
/// <param name="Id">Of the entry: the same with every try and replay, by which a receiver knows a repeat.</param>
/// <param name="Payload">What is sent, the same bytes with every try.</param>
/// <param name="At">When this try begins, by the database's clock.</param>
/// <param name="Target">Where to: an address, which may hold a secret.</param>
/// <param name="Secrets">What signs, the newest first; the sender's no longer than the call.</param>
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

/// <summary>What became of one try.</summary>
internal abstract record SendResult
{
    /// <summary>The receiver has it.</summary>
    internal sealed record Delivered : SendResult;

    /// <summary>It never can be sent: a dead letter at once.</summary>
    /// <param name="Fault">A code.</param>
    internal sealed record Refused(string Fault) : SendResult;

    /// <summary>Not now: the schedule says when next, but not sooner than the receiver asked for.</summary>
    /// <param name="Fault">A code.</param>
    /// <param name="After">The wait that the receiver asked for; null if it did not.</param>
    internal sealed record Again(string Fault, TimeSpan? After = null) : SendResult;

    /// <summary>The receiver wants nothing more: its endpoint is switched off.</summary>
    /// <param name="Fault">A code.</param>
    internal sealed record Gone(string Fault) : SendResult;
}

/// <summary>
/// Sends events to endpoints of one kind. <see cref="OutboxWorker"/> leases and orders them, tries again what failed and
/// dead-letters what never succeeds. A test class inherits <c>OutboxSenderConformance</c> for each.
/// </summary>
internal interface IOutboxSender
{
    /// <summary>The kind of its endpoints, such as <c>webhook</c>.</summary>
    string Kind { get; }

    /// <summary>Sends once. A fault's code holds nothing of the target or of an answer.</summary>
    /// <exception cref="OperationCanceledException">It took longer than the worker allows.</exception>
    Task<SendResult> SendAsync(OutboxDelivery delivery, CancellationToken cancellation);
}
