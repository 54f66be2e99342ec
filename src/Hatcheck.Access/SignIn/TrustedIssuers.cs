using Hatcheck.Platform;
using Hatcheck.Platform.Outbound;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.SignIn;

/// <summary>Holds the issuers of the settings.</summary>
internal sealed class TrustedIssuers : IDisposable
{
    private readonly IssuerDocuments documents;

    public TrustedIssuers(
        IOptions<SignInOptions> options,
        OutboundHandler outbound,
        TimeProvider time,
        ILogger<TrustedIssuers> logger
    )
    {
        documents = new IssuerDocuments(outbound);
        All = [.. options.Value.Issuers.Select(issuer => new TrustedIssuer(issuer, KeysOf(issuer, time, logger), time))];
    }

    public IReadOnlyList<TrustedIssuer> All { get; }

    /// <summary>
    /// Stops the start if an issuer's IP address or localhost is refused. Other host names are checked when connecting.
    /// </summary>
    /// <exception cref="OperatorException">Its network is not declared.</exception>
    public void EnsureAllowed(OutboundNetworks networks)
    {
        foreach (var issuer in All.Select(issuer => issuer.Options).Where(issuer => !string.IsNullOrEmpty(issuer.Authority)))
        {
            var host = new Uri(issuer.Authority!).Host;
            if (networks.RefusalOf(host) is { } kind)
            {
                throw new OperatorException(
                    $"The sign-in issuer {issuer.Name} is at {host}, which is {kind}, so its keys would never be fetched. "
                        + $"If that network is yours, declare it in {OutboundOptions.Setting}."
                );
            }
        }
    }

    /// <summary>Stops the start if an issuer's tenant does not exist.</summary>
    /// <exception cref="OperatorException">There is no such tenant.</exception>
    public async Task EnsureTenantsAsync(IEngine engine, CancellationToken cancellation)
    {
        foreach (var issuer in All)
        {
            var tenant = issuer.Options.Tenant;
            if (
                (
                    await engine.QueryAsync(
                        tenant,
                        "select 1 as one from tenants where tenant_id = $1",
                        [tenant],
                        row => row.Number("one"),
                        cancellation
                    )
                ).Count == 0
            )
                throw new OperatorException(
                    $"The sign-in issuer {issuer.Options.Name} is set up for the tenant {tenant}, which does not exist; "
                        + "`hatcheck tenants list` shows those that do."
                );
        }
    }

    public void Dispose() => documents.Dispose();

    private ISigningKeys KeysOf(IssuerOptions issuer, TimeProvider time, ILogger logger)
    {
        if (string.IsNullOrEmpty(issuer.Authority))
            return new SharedSecrets(SignInOptionsCheck.Secrets(issuer));
        var authority = new Uri(issuer.Authority);
        return new DiscoveredKeys(
            issuer.Name,
            cancellation => documents.FetchAsync(authority, TrustedIssuer.IssuerOf(issuer), cancellation),
            time,
            logger
        );
    }
}
