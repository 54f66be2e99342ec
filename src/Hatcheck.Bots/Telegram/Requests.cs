namespace Hatcheck.Bots.Telegram;

// Bodies of the methods used. Classes, not records: nothing here may be printed.

internal sealed class GetUpdatesRequest
{
    public long? Offset { get; init; }

    public int? Limit { get; init; }

    public int? Timeout { get; init; }

    public IReadOnlyList<string>? AllowedUpdates { get; init; }
}

internal sealed class SetWebhookRequest
{
    public required string Url { get; init; }

    public required string SecretToken { get; init; }

    public int? MaxConnections { get; init; }

    public IReadOnlyList<string>? AllowedUpdates { get; init; }
}

internal sealed class DeleteWebhookRequest
{
    public bool DropPendingUpdates { get; init; }
}

internal sealed class SendMessageRequest
{
    public required long ChatId { get; init; }

    public required string Text { get; init; }

    public string? ParseMode { get; init; }

    public WireKeyboard? ReplyMarkup { get; init; }
}

internal sealed class EditMessageTextRequest
{
    public required long ChatId { get; init; }

    public required long MessageId { get; init; }

    public required string Text { get; init; }

    public string? ParseMode { get; init; }

    public WireKeyboard? ReplyMarkup { get; init; }
}

internal sealed class WireKeyboard
{
    public required IReadOnlyList<IReadOnlyList<WireButton>> InlineKeyboard { get; init; }
}

internal sealed class WireButton
{
    public required string Text { get; init; }

    public required string CallbackData { get; init; }
}

internal sealed class AnswerCallbackRequest
{
    public required string CallbackQueryId { get; init; }

    public string? Text { get; init; }

    public bool? ShowAlert { get; init; }
}

internal sealed class SendChatActionRequest
{
    public required long ChatId { get; init; }

    public required string Action { get; init; }
}

internal sealed class SetMyCommandsRequest
{
    public required IReadOnlyList<WireCommand> Commands { get; init; }
}

internal sealed class WireCommand
{
    public required string Command { get; init; }

    public required string Description { get; init; }
}

internal sealed class GetFileRequest
{
    public required string FileId { get; init; }
}

internal sealed class DeleteMessageRequest
{
    public required long ChatId { get; init; }

    public required long MessageId { get; init; }
}
