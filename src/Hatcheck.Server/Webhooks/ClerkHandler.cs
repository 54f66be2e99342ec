using Hatcheck.Server.Platform.Inbox;

namespace Hatcheck.Server.Webhooks;

/// <summary>Does what Clerk's events say; see <see cref="ClerkUsers"/>.</summary>
internal sealed class ClerkHandler(ClerkEndpoints endpoints, ClerkUsers users) : IInboxHandler
{
    public IReadOnlyList<Guid> Tenants => endpoints.Tenants;

    public bool Takes(Claim claim) => EndpointOf(claim) is not null;

    public InboxWork? Read(Claim claim, ReadOnlyMemory<byte> body) =>
        EndpointOf(claim) is { } endpoint && ClerkEvent.Read(body, claim.EventAt) is ClerkBody.User { Event: var happened }
            ? new ClerkWork(endpoint, claim, happened, body)
            : null;

    public Task<IReadOnlyList<WorkResult>> WorkAsync(Guid tenant, IReadOnlyList<InboxWork> works, CancellationToken cancellation) =>
        users.WorkAsync(tenant, [.. works.Cast<ClerkWork>()], cancellation);

    public Task<bool> BuryAsync(InboxWork work, string fault, CancellationToken cancellation) =>
        users.BuryAsync((ClerkWork)work, fault, cancellation);

    private ClerkEndpoint? EndpointOf(Claim claim) =>
        endpoints.Find(claim.Endpoint) is { } endpoint && endpoint.Tenant == claim.Tenant ? endpoint : null;
}
