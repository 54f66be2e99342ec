namespace Hatcheck.Simulator.Wire;

internal sealed record User(
    long Id,
    bool IsBot,
    string FirstName,
    string? Username = null,
    string? LanguageCode = null,
    bool? CanJoinGroups = null,
    bool? CanReadAllGroupMessages = null,
    bool? SupportsInlineQueries = null
);

internal sealed record Chat(long Id, string Type, string? Title = null, string? Username = null, string? FirstName = null);

/// <summary>The answer of <c>getChat</c>, for people without photos.</summary>
internal sealed record ChatFullInfo(
    long Id,
    string Type,
    string? Title,
    string? Username,
    string? FirstName,
    int AccentColorId,
    int MaxReactionCount,
    IReadOnlyList<string>? ActiveUsernames,
    AcceptedGiftTypes AcceptedGiftTypes
);

internal sealed record AcceptedGiftTypes(
    bool UnlimitedGifts,
    bool LimitedGifts,
    bool UniqueGifts,
    bool PremiumSubscription,
    bool GiftsFromChannels
);

/// <summary>Offsets and lengths count UTF-16 code units.</summary>
internal sealed record MessageEntity(string Type, int Offset, int Length, string? Url = null, string? Language = null);

internal sealed record InlineKeyboardMarkup(IReadOnlyList<IReadOnlyList<InlineKeyboardButton>> InlineKeyboard);

internal sealed record InlineKeyboardButton(string Text, string? Url = null, string? CallbackData = null);

internal sealed record Document(string FileId, string FileUniqueId, string? FileName, string? MimeType, long FileSize);

internal sealed record FileInfo(string FileId, string FileUniqueId, long FileSize, string FilePath);

internal sealed record Message
{
    public required int MessageId { get; init; }

    public User? From { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long Date { get; init; }

    public required Chat Chat { get; init; }

    public long? EditDate { get; init; }

    public Message? ReplyToMessage { get; init; }

    public string? Text { get; init; }

    public IReadOnlyList<MessageEntity>? Entities { get; init; }

    public Document? Document { get; init; }

    public string? Caption { get; init; }

    public IReadOnlyList<MessageEntity>? CaptionEntities { get; init; }

    public InlineKeyboardMarkup? ReplyMarkup { get; init; }
}

internal sealed record BotCommand(string Command, string Description);
