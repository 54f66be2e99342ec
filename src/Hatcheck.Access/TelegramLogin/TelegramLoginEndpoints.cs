using Hatcheck.Access.Sessions;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Limits;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Access.TelegramLogin;

/// <summary>Sign-in with data that Telegram signed.</summary>
internal static class TelegramLoginEndpoints
{
    private const string Refused = "Telegram did not sign the data for this bot, it is too old, or the user was deleted.";

    public static void MapTelegramLogin(this IEndpointRouteBuilder routes)
    {
        var telegram = routes.MapGroup("/auth/telegram").WithTags("Sessions").AllowAnonymous();
        telegram
            .MapPost("/login", LoginAsync)
            .WithName("telegramLogin")
            .WithSummary("Starts a session for the user in the data of Telegram's Login Widget.")
            .Fails(401, Refused);
        telegram
            .MapPost("/webapp", WebAppAsync)
            .WithName("telegramWebApp")
            .WithSummary("Starts a session for the user in the `initData` of a Telegram web app.")
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
