using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.World;

/// <summary>Views of a stored message for the bot and for the page.</summary>
internal static class MessageView
{
    public static Message ForBot(Bot bot, BotChat chat, StoredMessage message, bool withReply = true) =>
        new()
        {
            MessageId = message.Id,
            From = message.Author ?? bot.User,
            Chat = chat.Chat,
            Date = message.Date,
            EditDate = message.EditDate,
            ReplyToMessage =
                withReply && message.RepliesTo is { } id && chat.Find(id) is { } replied
                    ? ForBot(bot, chat, replied, withReply: false)
                    : null,
            Text = message.File is null ? message.Text?.Text : null,
            Entities = message.File is null ? message.Text?.EntitiesOrNull : null,
            Document = message.File?.ToDocument(),
            Caption = message.File is null ? null : message.Text?.Text,
            CaptionEntities = message.File is null ? null : message.Text?.EntitiesOrNull,
            ReplyMarkup = message.Keyboard,
        };

    public static PageMessage ForPage(StoredMessage message) =>
        new()
        {
            MessageId = message.Id,
            From = message.Author is null ? "bot" : "person",
            Date = message.Date,
            Text = message.Text?.Text,
            Entities = message.Text?.EntitiesOrNull,
            Buttons = message.Keyboard?.InlineKeyboard,
            File = message.File is { } file
                ? new PageFile(file.Name, file.Content.LongLength, file.MimeType, $"/sim/files/{file.UniqueId}")
                : null,
            Edited = message.EditDate is not null,
            Deleted = message.Deleted,
        };
}
