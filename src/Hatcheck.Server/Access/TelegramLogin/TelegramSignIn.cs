using Hatcheck.Contracts;
using Hatcheck.Server.Access.Sessions;
using Hatcheck.Server.Access.SignIn;
using Hatcheck.Server.Channels;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Access.TelegramLogin;

/// <summary>What login data came to.</summary>
internal abstract record LoginResult
{
    internal sealed record SignedIn(SessionTokens Tokens) : LoginResult;

    /// <summary>No bot of the settings has the name.</summary>
    internal sealed record NoSuchBot : LoginResult;

    /// <summary>Telegram signed it for this bot, but it is too old, or of nobody, or its person was deleted.</summary>
    internal sealed record Refused : LoginResult;

    /// <summary>Telegram did not sign it for this bot.</summary>
    internal sealed record Forged : LoginResult;
}

/// <summary>Signs people in by what Telegram signed for a bot of the settings. They are who <c>POST /users/resolve</c> says they are.</summary>
internal sealed class TelegramSignIn(LoginBots bots, ExternalPersons persons, SessionStart start, IOptions<TelegramLoginOptions> options, TimeProvider time)
{
    private static readonly TelegramChannel Telegram = new();

    /// <summary>Data of the Login Widget.</summary>
    public Task<LoginResult> LoginAsync(string? bot, string data, HttpContext context) => SignInAsync(bot, data, isWebApp: false, context);

    /// <summary><c>initData</c> of a web app.</summary>
    public Task<LoginResult> WebAppAsync(string? bot, string data, HttpContext context) => SignInAsync(bot, data, isWebApp: true, context);

    private async Task<LoginResult> SignInAsync(string? name, string text, bool isWebApp, HttpContext context)
    {
        if (bots.Find(name) is not { } bot) return new LoginResult.NoSuchBot();
        if (!LoginData.TryRead(text, out var data)) return new LoginResult.Forged();
        if (!(isWebApp ? bot.Signature.SignedWebApp(data.Signed, data.Hash) : bot.Signature.SignedLogin(data.Signed, data.Hash))) return new LoginResult.Forged();
        var now = time.GetUtcNow();
        if (data.SignedAt + options.Value.MaxAge < now || data.SignedAt - OwnSessionOptions.ClockSkew > now) return new LoginResult.Refused();
        if ((isWebApp ? data.WebAppUser : data.LoginUser) is not { } id) return new LoginResult.Refused();
        if (await persons.FindAsync(bot.Options.Tenant, Telegram, id, bot.Options.CreateUsers, context.RequestAborted) is not { } person) return new LoginResult.Refused();
        var content = SessionContent.Of(isWebApp ? "telegram.webapp" : "telegram.login", context);
        var wanted = new NewSession(person.Tenant, SessionRow.Person, person.User, person.Actor, content, context.Connection.RemoteIpAddress);
        return await start.BeginAsync(wanted, context.RequestAborted) is { } tokens ? new LoginResult.SignedIn(tokens) : new LoginResult.Refused();
    }
}
