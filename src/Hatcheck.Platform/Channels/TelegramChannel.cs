using System.Diagnostics.CodeAnalysis;
using Hatcheck.Crypto;

namespace Hatcheck.Platform.Channels;

/// <summary>Telegram: users by their numeric id (core.telegram.org/bots/api#user: at most 52 significant bits).</summary>
internal sealed class TelegramChannel : IChannel
{
    public string Name => "telegram";

    public string Kind => "user";

    public string Form =>
        "A Telegram user id is ASCII decimal digits, 1 to 4503599627370496 (2^52), without sign, space or leading zero, as a "
        + "JSON string.";

    public bool TryCanonical(string id, [NotNullWhen(true)] out string? canonical) => CanonicalId.TryTelegram(id, out canonical);
}
