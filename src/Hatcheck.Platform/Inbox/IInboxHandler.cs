using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Inbox;

/// <summary>An endpoint whose deliveries a handler processes.</summary>
/// <param name="Tenant">The endpoint's tenant.</param>
/// <param name="Name">
/// The name in <see cref="Claim.Endpoint"/>. In one tenant, no two handlers have an endpoint of the same name.
/// </param>
internal sealed record InboxEndpoint(Guid Tenant, string Name);

/// <summary>One leased event, opened. A handler derives its own type, with what it reads from the body.</summary>
internal class InboxEvent(Claim claim, ReadOnlyMemory<byte> body)
{
    public Claim Claim => claim;

    public ReadOnlyMemory<byte> Body => body;
}

/// <summary>The result of one event.</summary>
internal abstract record InboxResult
{
    private InboxResult() { }

    /// <summary>Done, or nothing to do: the event is outdated, or about a user who is gone.</summary>
    internal sealed record Done : InboxResult;

    /// <summary>Done except for something that an operator has to decide: now a dead letter.</summary>
    /// <param name="Fault">A code, never a message.</param>
    /// <param name="Owner">The user whose key seals the dead letter; the transaction has locked their row.</param>
    internal sealed record Partly(string Fault, Guid Owner) : InboxResult;

    /// <summary>
    /// Nothing was done, and the try does not count: another event of the batch comes first, or the tenant's keys have just
    /// changed.
    /// </summary>
    internal sealed record Again : InboxResult;

    /// <summary>
    /// Nothing was done: an obstacle remains that another event may remove. The try counts, and the next one waits.
    /// </summary>
    /// <param name="Fault">A code, never a message.</param>
    internal sealed record Later(string Fault) : InboxResult;

    /// <summary>
    /// The lease passed to another node, which processes the event. Only the inbox returns this, never a handler.
    /// </summary>
    internal sealed record Lost : InboxResult;
}

/// <summary>
/// Processes the events of one source. The inbox leases and opens them, holds the transaction, removes finished ones,
/// retries failed ones, and dead-letters those that never succeed. A test class inherits <c>InboxHandlerConformance</c> for
/// each handler.
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
    /// Processes a batch in its transaction. It writes through <see cref="InboxBatch.Db"/> only, so that a node killed at
    /// any point has done all of the batch once, or nothing. It throws only to roll back the whole batch, which is then
    /// retried one by one.
    /// </summary>
    /// <returns>The result of each event, in the events' order.</returns>
    Task<IReadOnlyList<InboxResult>> ProcessAsync(InboxBatch batch, CancellationToken cancellation);

    /// <summary>
    /// Finds the user of an event and locks their row: a dead letter is sealed under their key. Null if unknown.
    /// </summary>
    Task<Guid?> OwnerAsync(HatcheckDb db, TenantKeySet keys, InboxEvent happened, CancellationToken cancellation);
}

/// <summary>The handlers of all capabilities, found by endpoint.</summary>
internal sealed class InboxHandlers
{
    private readonly Dictionary<InboxEndpoint, IInboxHandler> byEndpoint = [];

    /// <summary>Gathers the handlers' endpoints.</summary>
    /// <exception cref="OperatorException">Two handlers share one endpoint.</exception>
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

    /// <summary>Finds the handler of an event; null if its endpoint is gone or belongs to another tenant.</summary>
    public IInboxHandler? Find(Claim claim) => byEndpoint.GetValueOrDefault(new InboxEndpoint(claim.Tenant, claim.Endpoint));
}
