using Hatcheck.Access.Sessions;
using Hatcheck.Access.SignIn;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Channels;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.TelegramLogin;

/// <summary>
/// Signs users in with data that Telegram signed for a bot of the settings. <c>POST /users/resolve</c> returns the same
/// users.
/// </summary>
internal sealed class TelegramSignIn(
    LoginBots bots,
    ExternalPersons persons,
    SessionStart start,
    IOptions<TelegramLoginOptions> options,
    TimeProvider time
)
{
    private static readonly TelegramChannel Telegram = new();

    /// <summary>Data of the Login Widget.</summary>
    public Task<Outcome<SessionTokens>> LoginAsync(TelegramSignInRequest request, HttpContext context) =>
        SignInAsync(request, isWebApp: false, context);

    /// <summary><c>initData</c> of a web app.</summary>
    public Task<Outcome<SessionTokens>> WebAppAsync(TelegramSignInRequest request, HttpContext context) =>
        SignInAsync(request, isWebApp: true, context);

    private async Task<Outcome<SessionTokens>> SignInAsync(TelegramSignInRequest request, bool isWebApp, HttpContext context)
    {
        if (bots.Find(request.Bot) is not { } bot)
            return new SessionRefusal.NoSuchBot();
        if (!LoginData.TryRead(request.Data!, out var data))
            return new SessionRefusal.LoginData(Forged: true);
        var isSigned = isWebApp
            ? bot.Signature.SignedWebApp(data.Signed, data.Hash)
            : bot.Signature.SignedLogin(data.Signed, data.Hash);
        if (!isSigned)
            return new SessionRefusal.LoginData(Forged: true);
        var refused = new SessionRefusal.LoginData(Forged: false);
        var now = time.GetUtcNow();
        if (data.SignedAt + options.Value.MaxAge < now || data.SignedAt - OwnSessionOptions.ClockSkew > now)
            return refused;
        if ((isWebApp ? data.WebAppUser : data.LoginUser) is not { } id)
            return refused;
        var (tenant, create) = (bot.Options.Tenant, bot.Options.CreateUsers);
        if (await persons.FindAsync(tenant, Telegram, id, create, context.RequestAborted) is not { } person)
            return refused;
        var content = SessionContent.Of(isWebApp ? "telegram.webapp" : "telegram.login", context);
        var address = context.Connection.RemoteIpAddress;
        var wanted = new NewSession(person.Tenant, SessionRow.Person, person.User, person.Actor, content, address);
        var begun = await start.BeginAsync(wanted, context.RequestAborted);
        // Deleted since the look-up.
        return begun.Refusal is null or Refusal.Busy ? begun : refused;
    }
}
