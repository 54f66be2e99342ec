using System.Text.RegularExpressions;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.Text;

/// <summary>
/// Finds bot commands like Telegram: a slash, 1 to 32 of <c>A-Za-z0-9_</c>, an optional <c>@bot_name</c>, as a whole word.
/// </summary>
internal static partial class CommandEntities
{
    public static IReadOnlyList<MessageEntity> Find(string text) =>
        Command().Matches(text).Select(m => new MessageEntity("bot_command", m.Index, m.Length)).ToArray();

    [GeneratedRegex(
        @"(?<![\p{L}\p{M}\p{N}_/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\p{L}\p{M}\p{N}_/<>@])",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1_000
    )]
    private static partial Regex Command();
}
