using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Limits;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Access.Sessions;

/// <summary>Own tokens: exchange, refresh and logout, and the public keys that verify them.</summary>
internal static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/auth").WithTags("Sessions");
        auth.MapPost("/exchange", ExchangeAsync)
            .RequirePermission(KnownPermissions.TenantRead, Reach.Caller)
            .WithName("exchangeToken")
            .WithSummary("Exchanges a token of a trusted issuer for a session with own tokens.")
            .Fails(409, "The caller sent a session's own token.")
            .Fails(422, "The caller is a service key.");
        auth.MapPost("/refresh", RefreshAsync)
            .AllowAnonymous()
            .WithName("refreshSession")
            .WithSummary("Exchanges a refresh token for the next two tokens. Reuse after the grace period ends the session.")
            .Fails(401, "The refresh token belongs to no active session: sign in again.");
        auth.MapPost("/logout", LogOutAsync)
            .AllowAnonymous()
            .WithName("logOut")
            .WithSummary("Ends the session of a refresh token at once, on every node. Repeating it is harmless.")
            .Fails(401, "Not a refresh token of this server.");
        routes
            .MapGet("/.well-known/jwks.json", KeysAsync)
            .AllowAnonymous()
            .WithTags("Sessions")
            .WithName("getJwks")
            .WithSummary("The public keys of access tokens, including the next one. May be cached for five minutes.");
    }

    private static async Task<Results<Ok<SessionTokens>, Problem>> ExchangeAsync(Call call, SessionStart start)
    {
        var caller = call.Caller;
        if (caller is Caller.ServiceKey)
        {
            return Problems.Unprocessable(
                ProblemCodes.NoSessionForKeys,
                "An API key is for services, which need no session. To sign a user in, POST /users/{id}/sessions."
            );
        }

        // Else a session could be extended for ever, and outlive its own revocation.
        if (caller.Session is not null)
        {
            return Problems.Conflict(ProblemCodes.HasSession, "The caller already has a session: POST /auth/refresh extends it.");
        }

        var (kind, id) = caller is Caller.Member member
            ? (SessionRow.Member, member.Id)
            : (SessionRow.Person, ((Caller.Person)caller).User);
        var content = SessionContent.Of("exchange", call.Http);
        var wanted = new NewSession(call.Tenant, kind, id, caller.Actor, content, call.Http.Connection.RemoteIpAddress);
        var begun = await start.BeginAsync(wanted, call.Cancellation);
        if (begun.Refusal is not (null or Refusal.Busy))
            begun = new SessionRefusal.CallerGone();
        return begun.ToResult(TypedResults.Ok);
    }

    private static async Task<Results<Ok<SessionTokens>, Problem>> RefreshAsync(
        RefreshTokenRequest request,
        HttpContext context,
        RefreshTokens tokens,
        FailedSignIns failed
    )
    {
        var address = context.Connection.RemoteIpAddress;
        var refreshed = await tokens.RefreshAsync(request.RefreshToken!, address, context.RequestAborted);
        return failed.Count(refreshed, context).ToResult(TypedResults.Ok);
    }

    private static async Task<Results<NoContent, Problem>> LogOutAsync(
        RefreshTokenRequest request,
        HttpContext context,
        RefreshTokens tokens,
        FailedSignIns failed
    )
    {
        var ended = await tokens.LogOutAsync(request.RefreshToken!, context.RequestAborted);
        return failed.Count(ended, context).ToResult(_ => TypedResults.NoContent());
    }

    private static async Task<Ok<JsonWebKeySet>> KeysAsync(HttpContext context, SigningKeys keys, CancellationToken cancellation)
    {
        var published = await keys.PublishedAsync(cancellation);
        context.Response.Headers.CacheControl = "public, max-age=300";
        return TypedResults.Ok(
            new JsonWebKeySet([
                .. published.Select(key => new PublishedKey(key.Kty, key.Crv, key.Alg, key.Use, key.Kid, key.X, key.Y)),
            ])
        );
    }
}
