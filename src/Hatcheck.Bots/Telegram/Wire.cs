using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hatcheck.Bots.Telegram;

// Telegram's own objects, as far as they are used. Members that Telegram adds are ignored; none of these is ever printed.

internal sealed class ApiAnswer
{
    public bool Ok { get; init; }

    public JsonElement Result { get; init; }

    public int ErrorCode { get; init; }

    public string? Description { get; init; }

    public AnswerParameters? Parameters { get; init; }

    /// <summary>The body was not Telegram's JSON. Telegram may have done the call, or a proxy may have stopped it.</summary>
    [JsonIgnore]
    public bool IsUnreadable { get; init; }
}

internal sealed class AnswerParameters
{
    public int? RetryAfter { get; init; }

    public long? MigrateToChatId { get; init; }
}

internal sealed class WireUser
{
    public long Id { get; init; }

    public bool IsBot { get; init; }

    public string FirstName { get; init; } = "";

    public string? Username { get; init; }

    public string? LanguageCode { get; init; }
}

internal sealed class WireChat
{
    public long Id { get; init; }

    public string Type { get; init; } = "";
}

internal sealed class WireMessage
{
    public long MessageId { get; init; }

    public WireUser? From { get; init; }

    public WireChat? Chat { get; init; }

    public string? Text { get; init; }

    public WireDocument? Document { get; init; }

    public long? MigrateToChatId { get; init; }
}

internal sealed class WireDocument
{
    public string FileId { get; init; } = "";

    public string? FileName { get; init; }

    public string? MimeType { get; init; }

    public long? FileSize { get; init; }
}

internal sealed class WireFile
{
    public string? FilePath { get; init; }

    public long? FileSize { get; init; }
}

internal sealed class WireCallback
{
    public string Id { get; init; } = "";

    public WireUser? From { get; init; }

    public WireMessage? Message { get; init; }

    public string? Data { get; init; }
}
