using System.ComponentModel.DataAnnotations;
using Hatcheck.Platform.Http;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.TelegramLogin;

/// <summary>
/// Settings under <c>TelegramLogin</c>: bots whose users sign in by Telegram's Login Widget or from a web app. None by
/// default.
/// </summary>
internal sealed class TelegramLoginOptions
{
    public const string Section = "TelegramLogin";

    /// <summary>The bots, each with the settings below.</summary>
    public IList<LoginBotOptions> Bots { get; set; } = [];

    /// <summary>The maximum age of login data, from Telegram's signature. Default 10 minutes; 1 minute to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(10);
}

/// <summary>One bot for one tenant.</summary>
internal sealed class LoginBotOptions
{
    /// <summary>The bot's name in requests: 1 to 64 of <c>a-z 0-9 . _ -</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// The id of the tenant whose users sign in; <c>hatcheck tenants list</c> shows it. Not a blind-only tenant.
    /// </summary>
    public Guid Tenant { get; set; }

    /// <summary>The bot's token from BotFather.</summary>
    public string? Token { get; set; }

    /// <summary>A file with the token (a mounted secret), in place of <c>Token</c>.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Whether an unknown Telegram user becomes a new user. Default true.</summary>
    public bool CreateUsers { get; set; } = true;
}

/// <summary>
/// Reports every fault of the bots at once, each with the setting's name and the remedy. Values are never repeated.
/// </summary>
internal sealed class TelegramLoginOptionsCheck : IValidateOptions<TelegramLoginOptions>
{
    public ValidateOptionsResult Validate(string? name, TelegramLoginOptions options)
    {
        var faults = options.Bots.SelectMany((bot, index) => Faults(bot, index)).ToList();
        var names = options
            .Bots.Select((bot, index) => (bot.Name, Index: index))
            .GroupBy(bot => bot.Name, StringComparer.Ordinal);
        faults.AddRange(
            names
                .Where(group => group.Key.Length > 0 && group.Count() > 1)
                .Select(group => Fault(group.Last().Index, nameof(LoginBotOptions.Name), "another bot has this name."))
        );
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>The token of a bot; null if it is absent, or its file cannot be read.</summary>
    public static string? TokenOf(LoginBotOptions bot)
    {
        if (bot.TokenFile is not { Length: > 0 } file)
            return bot.Token;
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Faults(LoginBotOptions bot, int index)
    {
        if (!BoundedText.IsCode(bot.Name))
            yield return Fault(index, nameof(bot.Name), "1 to 64 of a-z 0-9 . _ -");
        if (bot.Tenant == Guid.Empty)
            yield return Fault(index, nameof(bot.Tenant), "it is missing: the tenant's id, from `hatcheck tenants list`.");
        if (string.IsNullOrEmpty(bot.Token) == string.IsNullOrEmpty(bot.TokenFile))
            yield return Fault(index, nameof(bot.Token), "give either Token or TokenFile.");
        else if (!IsToken(TokenOf(bot)))
            yield return Fault(
                index,
                string.IsNullOrEmpty(bot.TokenFile) ? nameof(bot.Token) : nameof(bot.TokenFile),
                "a readable bot token from BotFather: digits, a colon, and 30 to 60 of A-Z a-z 0-9 _ -"
            );
    }

    private static bool IsToken(string? text) =>
        text?.Split(':') is [{ Length: > 0 and <= 20 } id, { Length: >= 30 and <= 60 } secret]
        && id.All(char.IsAsciiDigit)
        && secret.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-');

    private static string Fault(int index, string setting, string words) =>
        $"{TelegramLoginOptions.Section}:Bots:{index}:{setting} ({TelegramLoginOptions.Section}__Bots__{index}__{setting}): "
        + $"{words}";
}
