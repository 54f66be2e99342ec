using System.Text;
using System.Text.Json;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.Requests;

/// <summary>Reads the inline keyboard under a message; other keyboards are checked by the table, but not shown.</summary>
internal static class Keyboards
{
    private const int MaxCallbackData = 64;
    private const int MostButtons = 100;
    private const string TextButton = "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard";

    public static InlineKeyboardMarkup? Read(Arguments arguments)
    {
        if (arguments.Json("reply_markup") is not { } markup || !markup.TryGetProperty("inline_keyboard", out var rows))
            return null;
        var keyboard = rows.EnumerateArray()
            .Select(row => row.EnumerateArray().Select(Button).ToArray())
            .Where(row => row.Length > 0)
            .ToArray();
        if (keyboard.Sum(row => row.Length) > MostButtons)
            throw Refusal.BadRequest("REPLY_MARKUP_TOO_LONG");
        return keyboard.Length == 0 ? null : new InlineKeyboardMarkup(keyboard);
    }

    private static InlineKeyboardButton Button(JsonElement button)
    {
        var text = Member(button, "text")!;
        var (data, url) = (Member(button, "callback_data"), Member(button, "url"));
        if (button.TryGetProperty("pay", out _) || button.TryGetProperty("callback_game", out _))
            throw Refusal.BadRequest("BUTTON_TYPE_INVALID");
        if (text.Length == 0)
            throw Refusal.BadRequest("can't parse inline keyboard button: Text must be non-empty");
        if (data is null or "" && url is null or "" && Decorations(button))
            throw Refusal.BadRequest(TextButton);
        if (data is not null && Encoding.UTF8.GetByteCount(data) > MaxCallbackData)
            throw Refusal.BadRequest("BUTTON_DATA_INVALID");
        if (url is not null && UrlFault(url) is { } wrong)
            throw Refusal.BadRequest($"inline keyboard button URL '{url}' is invalid: {wrong}");
        return new InlineKeyboardButton(text, url, data);
    }

    private static string? Member(JsonElement button, string name) =>
        button.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>True if nothing in the button defines an action.</summary>
    private static bool Decorations(JsonElement button) =>
        button
            .EnumerateObject()
            .All(p =>
                p.Name is "text" or "style" or "icon_custom_emoji_id" or "callback_data" or "url"
                || p.Value.ValueKind == JsonValueKind.Null
            );

    private static string? UrlFault(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return Uri.TryCreate($"http://{url}", UriKind.Absolute, out uri) && uri.Host.Contains('.') ? null : "Wrong HTTP URL";
        return uri.Scheme is "http" or "https" or "tg" or "ton" or "tonsite" ? null : "Unsupported URL protocol";
    }
}
