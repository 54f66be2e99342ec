using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.TelegramLogin;

/// <summary>A bot of the settings. Only the keys that verify Telegram's signatures are kept, not its token.</summary>
internal sealed record LoginBot(LoginBotOptions Options, TelegramSignature Signature);

/// <summary>The bots of the settings.</summary>
internal sealed class LoginBots(IOptions<TelegramLoginOptions> options) : IDisposable
{
    private readonly List<LoginBot> bots = [.. options.Value.Bots.Select(Open)];

    public LoginBot? Find(string? name) => bots.Find(bot => bot.Options.Name == name);

    /// <summary>
    /// Stops the start if a bot's tenant does not exist, or is blind-only, so that Hatcheck must never see its ids.
    /// </summary>
    /// <exception cref="OperatorException">There is such a bot.</exception>
    public async Task EnsureTenantsAsync(IEngine engine, CancellationToken cancellation)
    {
        foreach (var bot in bots)
        {
            var tenant = bot.Options.Tenant;
            var rows = await engine.QueryAsync(
                tenant,
                "select blind_only from tenants where tenant_id = $1",
                [tenant],
                row => row.Flag("blind_only"),
                cancellation
            );
            if (rows is not [var blindOnly])
                throw new OperatorException(
                    $"The bot {bot.Options.Name} is set up for the tenant {tenant}, which does not exist; `hatcheck tenants "
                        + "list` shows those that do."
                );
            if (blindOnly)
                throw new OperatorException(
                    $"The bot {bot.Options.Name} is set up for the tenant {tenant}, which is blind-only: login "
                        + "data would show Hatcheck its users' ids. Let the bot check the data itself and POST "
                        + "/users/{id}/sessions."
                );
        }
    }

    public void Dispose()
    {
        foreach (var bot in bots)
            bot.Signature.Dispose();
    }

    private static LoginBot Open(LoginBotOptions bot)
    {
        using var token = new SecretText(TelegramLoginOptionsCheck.TokenOf(bot) ?? "");
        return new LoginBot(bot, new TelegramSignature(token));
    }
}
