using System.Security.Claims;
using System.Text.Encodings.Web;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Limits;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.Callers;

/// <summary>Authenticates callers by <c>Authorization: Bearer</c>, and answers 401 and 403.</summary>
internal sealed class CallerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    UrlEncoder encoder,
    // The base class would log under this class's name, as if its messages were Hatcheck's own and free of data.
    IEnumerable<IBearerCallers> kinds,
    FailedSignIns failed
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, NullLoggerFactory.Instance, encoder)
{
    public const string SchemeName = "Bearer";

    private static readonly AuthenticateResult Unknown = AuthenticateResult.Fail("unknown");

    // The Caller holds who it is; ASP.NET only needs to know that there is one.
    private static readonly AuthenticateResult Known = AuthenticateResult.Success(
        new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(SchemeName)), SchemeName)
    );

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // A health check must answer while the database, which holds the callers, is down.
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
                + "creates one) or a token.",
            1 when Request.Headers.Authorization[0]?.Trim().Equals("Bearer", StringComparison.OrdinalIgnoreCase) == true =>
                "Nothing follows `Bearer`: the key is missing, perhaps since the variable that should hold it is empty.",
            1 =>
                "The Authorization header does not begin with `Bearer` and a space: send `Authorization: Bearer <key or token>`.",
            _ => "There are several Authorization headers: send one.",
        };

    // 503 if the token cannot be checked now; a hint if its form alone shows the mistake, which is no secret; else always
    // the same 401.
    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        (Context.Features.Get<Problem>() ?? Problems.Unauthenticated()).ExecuteAsync(Context);

    // PermissionHandler decides when to answer 404 instead, so that other users look absent.
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        (
            Context.Features.Get<Problem>()
            ?? Problems.MissingPermission(Context.GetEndpoint()?.Metadata.GetMetadata<NeededPermission>()?.Name)
        ).ExecuteAsync(Context);
}
