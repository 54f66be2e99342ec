using System.Globalization;
using System.Text.Json;
using Hatcheck.Bots.Commands;
using Hatcheck.Bots.Routing;
using Hatcheck.Bots.Telegram;
using Hatcheck.Bots.Updates;

namespace Hatcheck.Bots;

/// <summary>
/// What a handler knows of the update that it answers, and how it answers. Everything goes out at Telegram's pace.
/// </summary>
public abstract class BotContext
{
    private readonly Desk desk;

    private protected BotContext(Desk desk, Update update, Person person, long chatId, CancellationToken cancellation)
    {
        this.desk = desk;
        Original = update;
        Person = person;
        ChatId = chatId;
        Cancellation = cancellation;
    }

    /// <summary>Telegram's number of the update. After a crash the same update may come again, with the same number.</summary>
    public long UpdateId => Original.Id;

    /// <summary>Who wrote or pressed.</summary>
    public Person Person { get; }

    /// <summary>Where the answers go; a private chat has the person's id.</summary>
    public long ChatId { get; }

    /// <summary>Whether nobody else reads along.</summary>
    public bool IsPrivateChat => ChatId == Person.Id;

    /// <summary>The update as Telegram sent it.</summary>
    internal Update Original { get; }

    internal CancellationToken Cancellation { get; }

    internal Desk Counter => desk;

    /// <summary>
    /// An idempotency key for a write to Hatcheck that belongs to this update: the same after a crash and a repeat, so that
    /// the write happens once. Give each write of a handler another <paramref name="what"/> (1 to 20 of <c>a-z 0-9 . _
    /// -</c>).
    /// </summary>
    public string WriteKey(string what) => string.Create(CultureInfo.InvariantCulture, $"tg-{desk.BotId}-{UpdateId}-{what}");

    /// <summary>Answers with plain text; a long one goes out as several messages.</summary>
    public Task ReplyAsync(string text) => desk.Sender.SendTextAsync(ChatId, text, Cancellation);

    /// <summary>
    /// Answers with Telegram's HTML (escape with <see cref="TelegramHtml.Escape"/>), at most 4,096 characters, and a row of
    /// buttons.
    /// </summary>
    public Task ReplyHtmlAsync(string html, params Button[] buttons) => ReplyHtmlAsync(html, [buttons]);

    /// <summary>The same with several rows of buttons; on a phone three short ones fit beside each other.</summary>
    public Task ReplyHtmlAsync(string html, IReadOnlyList<IReadOnlyList<Button>> rows) =>
        desk.Sender.SendHtmlAsync(ChatId, html, Button.Keyboard(rows), Cancellation);

    /// <summary>Answers with a file of at most 50 MB.</summary>
    public Task ReplyFileAsync(string fileName, byte[] content, string mimeType, string? caption = null) =>
        desk.Sender.SendFileAsync(ChatId, fileName, content, mimeType, caption, Cancellation);

    /// <summary>Shows "is typing" for some seconds.</summary>
    public Task ShowTypingAsync() => desk.Sender.ShowTypingAsync(ChatId, Cancellation);
}

/// <summary>A command with its arguments read.</summary>
public sealed class CommandContext : BotContext
{
    private readonly IReadOnlyDictionary<Argument, object> values;

    internal CommandContext(
        Desk desk,
        Update update,
        Person person,
        long chatId,
        IReadOnlyDictionary<Argument, object> values,
        CancellationToken cancellation
    )
        : base(desk, update, person, chatId, cancellation) => this.values = values;

    /// <summary>
    /// The value of a declared argument; the default of <typeparamref name="T"/> if it is optional and was left out.
    /// </summary>
    public T? Get<T>(Argument<T> argument) => values.TryGetValue(argument, out var value) ? (T)value : default;

    /// <summary>Whether an optional argument was given.</summary>
    public bool Has(Argument argument) => values.ContainsKey(argument);
}

/// <summary>A message that is no declared command.</summary>
public sealed class MessageContext : BotContext
{
    private readonly WireMessage message;

    internal MessageContext(Desk desk, Update update, Person person, WireMessage message, CancellationToken cancellation)
        : base(desk, update, person, message.Chat!.Id, cancellation) => this.message = message;

    /// <summary>The text; empty if it has none.</summary>
    public string Text => message.Text ?? "";

    /// <summary>Whether a file came with it.</summary>
    public bool HasFile => message.Document is not null;

    /// <summary>The file's name as its sender called it: any text; null if there is no file or it has no name.</summary>
    public string? FileName => message.Document?.FileName;

    /// <summary>Downloads the file, at most 20 MB (Telegram's limit for bots).</summary>
    /// <exception cref="InvalidOperationException">There is no file.</exception>
    public Task<byte[]> DownloadAsync() =>
        message.Document is { } file
            ? Counter.Client.DownloadAsync(file.FileId, Cancellation)
            : throw new InvalidOperationException("The message has no file.");

    /// <summary>
    /// Deletes the person's message, for example one that holds a secret. Telegram allows it in private chats for 48 hours.
    /// </summary>
    public Task DeleteAsync() => Counter.Sender.DeleteAsync(ChatId, message.MessageId, Cancellation);
}

/// <summary>A pressed button. The runtime ends Telegram's waiting mark if the handler does not.</summary>
public sealed class ButtonContext : BotContext
{
    private readonly WireCallback callback;

    internal ButtonContext(
        Desk desk,
        Update update,
        Person person,
        WireCallback callback,
        string payload,
        CancellationToken cancellation
    )
        : base(desk, update, person, callback.Message?.Chat?.Id ?? person.Id, cancellation)
    {
        this.callback = callback;
        Payload = payload;
    }

    /// <summary>As given to <see cref="Button"/>; a modified app can send any text here, so check it.</summary>
    public string Payload { get; }

    internal bool IsAnswered { get; set; }

    /// <summary>
    /// Shows a note of at most 200 characters to the one who pressed; with <paramref name="alert"/> they have to close it.
    /// </summary>
    public async Task AnswerAsync(string text, bool alert = false)
    {
        IsAnswered = true;
        // Too old to be answered: nobody waits for it any more.
        await Counter.Client.AnswerCallbackQueryAsync(
            new AnswerCallbackRequest
            {
                CallbackQueryId = callback.Id,
                Text = text.Length > 0 ? text : null,
                ShowAlert = alert ? true : null,
            },
            Cancellation
        );
    }

    /// <summary>Puts another text in place of the message that the button is under; without buttons given, they go.</summary>
    public Task EditHtmlAsync(string html, params Button[] buttons) => EditHtmlAsync(html, [buttons]);

    /// <summary>The same with several rows of buttons.</summary>
    public Task EditHtmlAsync(string html, IReadOnlyList<IReadOnlyList<Button>> rows) =>
        callback.Message is { } message
            ? Counter.Sender.EditHtmlAsync(ChatId, message.MessageId, html, Button.Keyboard(rows), Cancellation)
            : ReplyHtmlAsync(html, rows);
}

/// <summary>An update of a kind that the runtime only passes on.</summary>
public sealed class UpdateContext
{
    internal UpdateContext(Desk desk, Update update, CancellationToken cancellation)
    {
        Counter = desk;
        Original = update;
        Cancellation = cancellation;
    }

    /// <summary>Telegram's number of the update.</summary>
    public long UpdateId => Original.Id;

    /// <summary>Telegram's name of the kind.</summary>
    public string Kind => Original.Kind;

    /// <summary>The object as Telegram sent it.</summary>
    public JsonElement Content => Original.Raw;

    internal Desk Counter { get; }

    internal Update Original { get; }

    internal CancellationToken Cancellation { get; }
}
