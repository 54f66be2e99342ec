using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Inbox;

/// <summary>An endpoint whose deliveries a handler takes.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Name">As <see cref="Claim.Endpoint"/> has it. In one tenant, no two handlers have an endpoint of the same
/// name.</param>
internal sealed record InboxEndpoint(Guid Tenant, string Name);

/// <summary>One leased event, opened. A handler derives its own, with what it reads from the body.</summary>
internal class InboxEvent(Claim claim, ReadOnlyMemory<byte> body)
{
    public Claim Claim => claim;

    public ReadOnlyMemory<byte> Body => body;
}

/// <summary>The result of one event.</summary>
internal abstract record InboxResult
{
    private InboxResult() { }

    /// <summary>Done, or nothing to do: older than what is known, or about a user who is gone.</summary>
    internal sealed record Done : InboxResult;

    /// <summary>Done but for something that an operator has to decide: now a dead letter.</summary>
    /// <param name="Fault">A code, never a message.</param>
    /// <param name="Owner">The user under whose key the dead letter is sealed; the transaction holds their row.</param>
    internal sealed record Partly(string Fault, Guid Owner) : InboxResult;

    /// <summary>
    /// Nothing was done, and no try is counted: another event of the batch comes first, or the tenant's keys have just changed.
    /// </summary>
    internal sealed record Again : InboxResult;

    /// <summary>
    /// Nothing was done: something stands in the way that another event may be about to move. The try counts, and the next is
    /// after a wait.
    /// </summary>
    /// <param name="Fault">A code, never a message.</param>
    internal sealed record Later(string Fault) : InboxResult;

    /// <summary>The lease has passed to another node, which does it. The inbox says so, never a handler.</summary>
    internal sealed record Lost : InboxResult;
}

/// <summary>
/// Does what the events of one source say. The inbox leases and opens them, holds the transaction, removes what is done, retries
/// what failed, and dead-letters what never succeeds. A test class inherits <c>InboxHandlerConformance</c> for each handler.
/// </summary>
internal interface IInboxHandler
{
    /// <summary>The source's endpoints.</summary>
    IReadOnlyList<InboxEndpoint> Endpoints { get; }

    /// <summary>The tenants whose inboxes have events of this source.</summary>
    IReadOnlyList<Guid> Tenants => [.. Endpoints.Select(endpoint => endpoint.Tenant).Distinct()];

    /// <summary>Reads a body; null if it is not an event of this source. Never throws.</summary>
    InboxEvent? Read(Claim claim, ReadOnlyMemory<byte> body);

    /// <summary>
    /// Processes a batch in its transaction. It writes through <see cref="InboxBatch.Db"/> only, so that a node killed anywhere
    /// has done all of the batch once, or nothing. It throws only where the whole batch is to be rolled back and tried one by
    /// one.
    /// </summary>
    /// <returns>The result of each event, in their order.</returns>
    Task<IReadOnlyList<InboxResult>> ProcessAsync(InboxBatch batch, CancellationToken cancellation);

    /// <summary>
    /// The user of an event, with their row locked: a dead letter is sealed under their key. Null: not known.
    /// </summary>
    Task<Guid?> OwnerAsync(HatcheckDb db, TenantKeySet keys, InboxEvent happened, CancellationToken cancellation);
}

/// <summary>The handlers of all capabilities, found by endpoint.</summary>
internal sealed class InboxHandlers
{
    private readonly Dictionary<InboxEndpoint, IInboxHandler> byEndpoint = [];

    /// <summary>Gathers what the handlers serve.</summary>
    /// <exception cref="OperatorException">Two handlers take the deliveries of one endpoint.</exception>
    public InboxHandlers(IEnumerable<IInboxHandler> handlers)
    {
        foreach (var handler in handlers)
        {
            foreach (var endpoint in handler.Endpoints)
            {
                if (byEndpoint.TryAdd(endpoint, handler) || byEndpoint[endpoint] == handler)
                    continue;
                throw new OperatorException($"Two sources have an endpoint {endpoint.Name} of {endpoint.Tenant}: rename one.");
            }
        }

        Tenants = [.. byEndpoint.Keys.Select(endpoint => endpoint.Tenant).Distinct()];
    }

    /// <summary>The tenants whose inboxes this node processes.</summary>
    public IReadOnlyList<Guid> Tenants { get; }

    /// <summary>The handler of an event; null if its endpoint is gone, or another tenant's.</summary>
    public IInboxHandler? Find(Claim claim) => byEndpoint.GetValueOrDefault(new InboxEndpoint(claim.Tenant, claim.Endpoint));
}
