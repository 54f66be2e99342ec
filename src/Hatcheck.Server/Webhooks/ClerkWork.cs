using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Users;

namespace Hatcheck.Server.Webhooks;

/// <summary>One leased event, opened.</summary>
internal sealed class ClerkWork(ClerkEndpoint endpoint, Claim claim, ClerkEvent happened, ReadOnlyMemory<byte> body)
{
    public ClerkEndpoint Endpoint => endpoint;

    public Claim Claim => claim;

    public ClerkEvent Event => happened;

    public ReadOnlyMemory<byte> Body => body;

    /// <summary>The subject's index value under every live key, newest first.</summary>
    public IReadOnlyList<string> Values(TenantKeySet keys, bool blindOnly) => [.. Name(keys, blindOnly).Values.Select(value => value.Value)];

    public IdentityName Name(TenantKeySet keys, bool blindOnly) => IdentityName.Of(keys, endpoint.Channel, happened.Subject, blindOnly);
}

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
