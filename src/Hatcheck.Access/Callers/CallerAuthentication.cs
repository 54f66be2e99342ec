using System.Security.Claims;
using System.Text.Encodings.Web;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Limits;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.Callers;

/// <summary>Finds out who calls, by <c>Authorization: Bearer</c>, and answers those who may not.</summary>
internal sealed class CallerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    UrlEncoder encoder,
    // The base class would log under this class's name, as if its messages were Hatcheck's own and known to hold no data.
    IEnumerable<IBearerCallers> kinds,
    FailedSignIns failed
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, NullLoggerFactory.Instance, encoder)
{
    public const string SchemeName = "Bearer";

    private static readonly AuthenticateResult Unknown = AuthenticateResult.Fail("unknown");

    // Who it is stands in the Caller; ASP.NET only needs to hear that there is one.
    private static readonly AuthenticateResult Known = AuthenticateResult.Success(
        new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(SchemeName)), SchemeName)
    );

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // A health check answers also while the database, which knows the callers, is away.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return AuthenticateResult.NoResult();
        var header = Request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } text || !text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            Context.Features.Set(Problems.Unauthenticated(NotBearer()));
            return AuthenticateResult.NoResult();
        }

        var token = text[7..].Trim();
        var kind = kinds.FirstOrDefault(kind => kind.Takes(token));
        if (kind is null && KeyForm.Mistake(token) is { } mistake)
            Context.Features.Set(Problems.Unauthenticated(mistake));
        if (kind is null || await kind.FindAsync(token, Context) is not { } caller)
        {
            if (Context.Features.Get<NoGuess>() is null)
                failed.Failed(Context);
            return Unknown;
        }

        failed.Succeeded(Context);
        Context.Features.Set(caller);
        return Known;
    }

    private string NotBearer() =>
        Request.Headers.Authorization.Count switch
        {
            0 when Request.Headers.ContainsKey("X-Api-Key") =>
                "A key is taken as `Authorization: Bearer <key>`, never as X-Api-Key.",
            0 => "There is no Authorization header: send `Authorization: Bearer` with an API key (`hatcheck apikeys add` "
                + "makes one) or a token.",
            1 when Request.Headers.Authorization[0]?.Trim().Equals("Bearer", StringComparison.OrdinalIgnoreCase) == true =>
                "Nothing follows `Bearer`: the key is missing, perhaps since the variable that should hold it is empty.",
            1 =>
                "The Authorization header does not begin with `Bearer` and a space: send `Authorization: Bearer <key or token>`.",
            _ => "There are several Authorization headers: send one.",
        };

    // 503 where nobody can tell whether the token is good; what the form alone shows, which is no secret; in every other case
    // one and the same 401.
    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        (Context.Features.Get<Problem>() ?? Problems.Unauthenticated()).ExecuteAsync(Context);

    // Not telling persons apart from strangers is the business of whoever refused; see PermissionHandler.
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        (
            Context.Features.Get<Problem>()
            ?? Problems.MissingPermission(Context.GetEndpoint()?.Metadata.GetMetadata<NeededPermission>()?.Name)
        ).ExecuteAsync(Context);
}
