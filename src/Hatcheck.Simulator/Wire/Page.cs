namespace Hatcheck.Simulator.Wire;

// Bodies under /sim, for the chat page and tests.

internal sealed record PageBot(
    string TokenHint,
    long Id,
    string Username,
    string FirstName,
    string Mode,
    IReadOnlyList<BotCommand> Commands
);

internal sealed record PagePerson(long Id, string FirstName, string? Username, string LanguageCode);

internal sealed record NewPerson(string FirstName, string? Username = null, string? LanguageCode = null, long? Id = null);

internal sealed record PageChat(IReadOnlyList<PageMessage> Messages);

internal sealed record PageMessage
{
    public required int MessageId { get; init; }

    /// <summary>"person" or "bot".</summary>
    public required string From { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long Date { get; init; }

    public string? Text { get; init; }

    public IReadOnlyList<MessageEntity>? Entities { get; init; }

    public IReadOnlyList<IReadOnlyList<InlineKeyboardButton>>? Buttons { get; init; }

    public PageFile? File { get; init; }

    public bool Edited { get; init; }

    public bool Deleted { get; init; }
}

internal sealed record PageFile(string Name, long Size, string MimeType, string Url);

internal sealed record NewText(string Text);

internal sealed record EditedText(int MessageId, string Text);

internal sealed record PressedButton(int MessageId, string CallbackData);

internal sealed record CallbackAnswer(bool Answered, string? Text, bool ShowAlert, string? Url = null);

internal sealed record PageEvent(
    long? PersonId = null,
    string? BotUsername = null,
    PageMessage? Message = null,
    CallbackAnswer? Answer = null,
    string? Action = null
);

internal sealed record PageProblem(string Error);
