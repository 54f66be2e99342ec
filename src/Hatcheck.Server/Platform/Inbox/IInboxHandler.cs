namespace Hatcheck.Server.Platform.Inbox;

/// <summary>One leased event, opened. Each handler adds what it reads from the body.</summary>
internal class InboxWork(Claim claim, ReadOnlyMemory<byte> body)
{
    public Claim Claim => claim;

    public ReadOnlyMemory<byte> Body => body;
}

/// <summary>What became of one event.</summary>
internal abstract record WorkResult
{
    /// <summary>Done, or nothing to do: older than what is known, or about somebody who is gone.</summary>
    internal sealed record Done : WorkResult;

    /// <summary>Done but for something that an operator has to decide; now a dead letter.</summary>
    internal sealed record Partly(string Fault) : WorkResult;

    /// <summary>The lease has passed to somebody else, who does it.</summary>
    internal sealed record Lost : WorkResult;

    /// <summary>Not now: the tenant's keys have just changed, or another event of the batch comes first.</summary>
    internal sealed record Again : WorkResult;
}

/// <summary>
/// Does what the events of one source say. <see cref="InboxWorker"/> leases and opens them, tries again what failed, and dead-letters what
/// never succeeds; a handler decides and writes. A test class inherits <c>InboxHandlerConformance</c> for each.
/// </summary>
internal interface IInboxHandler
{
    /// <summary>Whose inboxes have events of this source.</summary>
    IReadOnlyList<Guid> Tenants { get; }

    /// <summary>Whether an event came by an endpoint of this source, of the same tenant. At most one handler says so.</summary>
    bool Takes(Claim claim);

    /// <summary>Reads a body; null if it is not an event of this source.</summary>
    InboxWork? Read(Claim claim, ReadOnlyMemory<byte> body);

    /// <summary>
    /// Does events of one claim, each of another subject, in one transaction that holds their leases
    /// (<see cref="InboxQueue.HoldAsync"/>) and removes the entries: killed anywhere, it has done all of them once or none.
    /// </summary>
    /// <returns>The result of each, in their order.</returns>
    Task<IReadOnlyList<WorkResult>> WorkAsync(Guid tenant, IReadOnlyList<InboxWork> works, CancellationToken cancellation);

    /// <summary>Dead-letters an event sealed under the key of the user whom it is about; false if no one is known.</summary>
    Task<bool> BuryAsync(InboxWork work, string fault, CancellationToken cancellation);
}
