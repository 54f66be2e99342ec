using System.Text.Json;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.Requests;

/// <summary>Reads the entities that a bot sends instead of mark-up.</summary>
internal static class GivenEntities
{
    private static readonly string[] Types =
    [
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
    ];

    public static MessageEntity Read(JsonElement entity, string text)
    {
        var type = entity.GetProperty("type").GetString()!;
        var (offset, length) = (entity.GetProperty("offset").GetInt64(), entity.GetProperty("length").GetInt64());
        if (!Types.Contains(type, StringComparer.Ordinal))
            throw Unreadable("Unsupported type specified");
        if (offset < 0 || offset > int.MaxValue)
            throw Refusal.BadRequest($"receive an entity with incorrect offset {offset}");
        if (length < 0 || length > int.MaxValue)
            throw Refusal.BadRequest($"receive an entity with incorrect length {length}");
        if (offset > text.Length)
            throw Refusal.BadRequest($"entity begins after the end of the text at UTF-16 offset {offset}");
        if (offset + length > text.Length)
            throw Refusal.BadRequest(
                $"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {offset + length}"
            );
        var url = Member(entity, "url");
        if (type == "text_link")
        {
            if (url is null)
                throw Unreadable("Can't find field \"url\"");
            if (url.Length == 0)
                throw Refusal.BadRequest("entity URL '' is invalid: URL host is empty");
            if (!Uri.TryCreate(url, UriKind.Absolute, out _))
                throw Refusal.BadRequest($"entity URL '{url}' is invalid: Wrong HTTP URL");
        }

        if (type == "text_mention" && !entity.TryGetProperty("user", out _))
            throw Unreadable("Can't find field \"user\"");
        if (type == "custom_emoji" && !entity.TryGetProperty("custom_emoji_id", out _))
            throw Unreadable("Can't find field \"custom_emoji_id\"");
        return new MessageEntity(
            type,
            (int)offset,
            (int)length,
            type == "text_link" ? url : null,
            type == "pre" ? Member(entity, "language") : null
        );
    }

    private static string? Member(JsonElement entity, string name) =>
        entity.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static Refusal Unreadable(string why) => Refusal.BadRequest($"can't parse MessageEntity: {why}");
}
