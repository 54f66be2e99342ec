using Hatcheck.Server.Channels;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Webhooks;

/// <summary>One end point for Clerk: whose users it brings, and what signs for it.</summary>
internal sealed class ClerkEndpoint(ClerkOptions options)
{
    public string Name => options.Name;

    public Guid Tenant => options.Tenant;

    /// <summary>The issuer as a channel, the same under which its users sign in.</summary>
    public ExternalChannel Channel { get; } = new(options.IssuerName);

    public SigningSecrets Secrets { get; } = new(options);

    /// <summary>How the end point is named in the audit log.</summary>
    public Actor Actor => Actor.Webhook(Name);
}

/// <summary>The end points of the settings.</summary>
internal sealed class ClerkEndpoints(IOptions<WebhookOptions> options)
{
    private readonly IReadOnlyList<ClerkEndpoint> all = [.. options.Value.Clerk.Select(endpoint => new ClerkEndpoint(endpoint))];

    /// <summary>Whose inboxes are worked.</summary>
    public IReadOnlyList<Guid> Tenants => [.. all.Select(endpoint => endpoint.Tenant).Distinct()];

    /// <summary>By its name; null: the only one, if there is only one.</summary>
    public ClerkEndpoint? Find(string? name) => name is not null ? all.FirstOrDefault(endpoint => endpoint.Name == name) : all.Count == 1 ? all[0] : null;

    /// <summary>Ends the start if an end point is of a tenant that isn't there, or that can't have its users.</summary>
    /// <exception cref="OperatorException">There is no such tenant, or its index scheme is 0.</exception>
    public async Task EnsureTenantsAsync(IEngine engine, CancellationToken cancellation)
    {
        foreach (var endpoint in all)
        {
            var schemes = await engine.QueryAsync(
                endpoint.Tenant,
                "select index_scheme from tenants where tenant_id = $1",
                [endpoint.Tenant],
                row => row.Number("index_scheme"),
                cancellation);
            if (schemes.Count == 0)
                throw new OperatorException($"The webhook end point {endpoint.Name} is set up for the tenant {endpoint.Tenant}, which does not exist; `hatcheck tenants list` shows those that do.");
            if (schemes[0] == Crypto.BlindIndexKey.PlainScheme)
                throw new OperatorException($"The webhook end point {endpoint.Name} is set up for a tenant of index scheme 0, which has Telegram ids only. Give it another tenant.");
        }
    }
}
