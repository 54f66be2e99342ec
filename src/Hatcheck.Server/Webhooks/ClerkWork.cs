using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Users;

namespace Hatcheck.Server.Webhooks;

/// <summary>One leased event of Clerk, opened.</summary>
internal sealed class ClerkWork(ClerkEndpoint endpoint, Claim claim, ClerkEvent happened, ReadOnlyMemory<byte> body) : InboxWork(claim, body)
{
    public ClerkEndpoint Endpoint => endpoint;

    public ClerkEvent Event => happened;

    /// <summary>The subject's index value under every live key, newest first.</summary>
    public IReadOnlyList<string> Values(TenantKeySet keys, bool blindOnly) => [.. Name(keys, blindOnly).Values.Select(value => value.Value)];

    public IdentityName Name(TenantKeySet keys, bool blindOnly) => IdentityName.Of(keys, endpoint.Channel, happened.Subject, blindOnly);
}
