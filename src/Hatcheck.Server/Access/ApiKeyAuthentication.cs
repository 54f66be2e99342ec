using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Access;

/// <summary>
/// Knows the caller by <c>Authorization: Bearer hck_…</c>. The key is read from the database with every request, so a revoked one is dead
/// on every node at once; the same read brings the tenant and its key epoch.
/// </summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    UrlEncoder encoder,
    Database database,
    ApiKeyUse use,
    DemoKeys demoKeys,
    // The base class would log under this class's name, as if its messages were Hatcheck's own and known to hold no data.
    TimeProvider time) : AuthenticationHandler<AuthenticationSchemeOptions>(options, NullLoggerFactory.Instance, encoder)
{
    public const string SchemeName = "ApiKey";

    private const string Query =
        "select k.key_id, k.scopes, k.expires_at, k.revoked_at, t.name, t.blind_only, t.index_scheme, t.key_epoch "
        + "from api_keys k join tenants t on t.tenant_id = k.tenant_id where k.tenant_id = $1 and k.hash = $2";

    private static readonly AuthenticateResult Unknown = AuthenticateResult.Fail("unknown");

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // A health check answers also while the database, which knows the keys, is away.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null) return AuthenticateResult.NoResult();
        var header = Request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } text || !text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        if (!ApiKeyText.TryParse(text.AsSpan(7).Trim(), out var tenant, out var hash, out var demo) || (demo && !DemoAllowed())) return Unknown;
        var found = await database.QueryAsync(tenant, Query, [tenant, hash], row => Read(tenant, row), Context.RequestAborted);
        if (found is not [{ } caller]) return Unknown;
        use.Note(caller.Tenant, caller.Key);
        Context.Features.Set(caller);
        var identity = new ClaimsIdentity(caller.Scopes.Select(scope => new Claim("scope", scope)), SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        new Problem(StatusCodes.Status401Unauthorized, ProblemCodes.Unauthenticated, "Send `Authorization: Bearer` with a live API key; `hatcheck apikeys add` makes one.").ExecuteAsync(Context);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        new Problem(StatusCodes.Status403Forbidden, ProblemCodes.MissingScope, $"The key lacks the scope that this end point needs: {NeededScope()}.").ExecuteAsync(Context);

    private string NeededScope() => string.Join(' ', (Context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>() ?? []).Select(data => data.Policy).OfType<string>());

    // The settings say where to listen; whatever overrides them, a request that came in by another address than loopback shows itself.
    private bool DemoAllowed() => demoKeys.Allowed && Context.Connection.LocalIpAddress is { } address && IPAddress.IsLoopback(address);

    private Caller? Read(Guid tenant, Row row)
    {
        if (!row.IsNull(3) || row.InstantOrNull(2) <= time.GetUtcNow()) return null;
        var scopes = row.Text(1).Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
        return new Caller(tenant, row.Text(4), row.Flag(5), row.Number(6), row.Number(7), row.Guid(0), scopes);
    }
}

/// <summary>Whether keys that begin with <c>hck_demo_</c> open anything: only where every address that is listened on is loopback.</summary>
internal sealed record DemoKeys(bool Allowed);
