using System.Text;
using System.Text.Json;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.BotApi;

/// <summary>Reads the inline keyboard under a message; other keyboards are checked by the table, and not shown.</summary>
internal static class Keyboards
{
    private const int MaxCallbackData = 64;
    private const int MostButtons = 100;

    public static InlineKeyboardMarkup? Read(Arguments arguments)
    {
        if (arguments.Json("reply_markup") is not { } markup || !markup.TryGetProperty("inline_keyboard", out var rows)) return null;
        var keyboard = rows.EnumerateArray().Select(row => row.EnumerateArray().Select(Button).ToArray()).Where(row => row.Length > 0).ToArray();
        if (keyboard.Sum(row => row.Length) > MostButtons) throw Refusal.BadRequest("REPLY_MARKUP_TOO_LONG");
        return keyboard.Length == 0 ? null : new InlineKeyboardMarkup(keyboard);
    }

    private static InlineKeyboardButton Button(JsonElement button)
    {
        var text = button.GetProperty("text").GetString()!;
        if (text.Length == 0) throw Refusal.BadRequest("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard");
        var data = button.TryGetProperty("callback_data", out var d) ? d.GetString() : null;
        var url = button.TryGetProperty("url", out var u) ? u.GetString() : null;
        if (data is not null && Encoding.UTF8.GetByteCount(data) is (0 or > MaxCallbackData)) throw Refusal.BadRequest("BUTTON_DATA_INVALID");
        if (url is not null && !IsUrl(url)) throw Refusal.BadRequest($"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL");
        if (button.EnumerateObject().All(p => p.Name is "text" or "style" or "icon_custom_emoji_id"))
            throw Refusal.BadRequest("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard");
        return new InlineKeyboardButton(text, url, data);
    }

    private static bool IsUrl(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https" or "tg");
}
