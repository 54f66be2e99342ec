using Hatcheck.Access.Sessions;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Limits;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Access.TelegramLogin;

/// <summary>Signing in with what Telegram says of a person.</summary>
internal static class TelegramLoginEndpoints
{
    private const string Refused = "Telegram did not sign the data for this bot, it is too old, or its person was deleted.";

    public static void MapTelegramLogin(this IEndpointRouteBuilder routes)
    {
        var telegram = routes.MapGroup("/auth/telegram").WithTags("Sessions").AllowAnonymous();
        telegram
            .MapPost("/login", LoginAsync)
            .WithName("telegramLogin")
            .WithSummary("Begins a session for whom the data of Telegram's Login Widget names.")
            .Fails(401, Refused);
        telegram
            .MapPost("/webapp", WebAppAsync)
            .WithName("telegramWebApp")
            .WithSummary("Begins a session for whom the `initData` of a Telegram web app names.")
            .Fails(401, Refused);
    }

    private static async Task<Results<Ok<SessionTokens>, Problem>> LoginAsync(
        TelegramSignInRequest request,
        HttpContext context,
        TelegramSignIn signIn,
        FailedSignIns failed
    ) => failed.Count(await signIn.LoginAsync(request, context), context).ToResult(TypedResults.Ok);

    private static async Task<Results<Ok<SessionTokens>, Problem>> WebAppAsync(
        TelegramSignInRequest request,
        HttpContext context,
        TelegramSignIn signIn,
        FailedSignIns failed
    ) => failed.Count(await signIn.WebAppAsync(request, context), context).ToResult(TypedResults.Ok);
}
