using System.Globalization;
using System.Text.Json;
using Hatcheck.Bots.Commands;
using Hatcheck.Bots.Routing;
using Hatcheck.Bots.Telegram;
using Hatcheck.Bots.Updates;

namespace Hatcheck.Bots;

/// <summary>
/// The update that a handler answers, and the ways to answer it. Messages go out at Telegram's pace.
/// </summary>
public abstract class BotContext
{
    private readonly Responder responder;

    private protected BotContext(Responder responder, Update update, Person person, long chatId, CancellationToken cancellation)
    {
        this.responder = responder;
        Original = update;
        Person = person;
        ChatId = chatId;
        Cancellation = cancellation;
    }

    /// <summary>Telegram's number of the update. After a crash the same update may come again, with the same number.</summary>
    public long UpdateId => Original.Id;

    /// <summary>The person who wrote or pressed.</summary>
    public Person Person { get; }

    /// <summary>Where the answers go; a private chat has the person's id.</summary>
    public long ChatId { get; }

    /// <summary>Whether only this person and the bot are in the chat.</summary>
    public bool IsPrivateChat => ChatId == Person.Id;

    /// <summary>The update as Telegram sent it.</summary>
    internal Update Original { get; }

    internal CancellationToken Cancellation { get; }

    internal Responder Responder => responder;

    /// <summary>
    /// An idempotency key for a write to Hatcheck that belongs to this update: the same after a crash and a repeat, so that
    /// the write happens once. Give each write of a handler another <paramref name="what"/> (1 to 20 of <c>a-z 0-9 . _
    /// -</c>).
    /// </summary>
    public string WriteKey(string what) => string.Create(CultureInfo.InvariantCulture, $"tg-{responder.BotId}-{UpdateId}-{what}");

    /// <summary>Answers with plain text; a long one goes out as several messages.</summary>
    public Task ReplyAsync(string text) => responder.Sender.SendTextAsync(ChatId, text, Cancellation);

    /// <summary>
    /// Answers with Telegram's HTML (escape with <see cref="TelegramHtml.Escape"/>), at most 4,096 characters, and a row of
    /// buttons.
    /// </summary>
    public Task ReplyHtmlAsync(string html, params Button[] buttons) => ReplyHtmlAsync(html, [buttons]);

    /// <summary>The same with several rows of buttons; on a phone three short ones fit beside each other.</summary>
    public Task ReplyHtmlAsync(string html, IReadOnlyList<IReadOnlyList<Button>> rows) =>
        responder.Sender.SendHtmlAsync(ChatId, html, Button.Keyboard(rows), Cancellation);

    /// <summary>Answers with a file of at most 50 MB.</summary>
    public Task ReplyFileAsync(string fileName, byte[] content, string mimeType, string? caption = null) =>
        responder.Sender.SendFileAsync(ChatId, fileName, content, mimeType, caption, Cancellation);

    /// <summary>Shows "is typing" for some seconds.</summary>
    public Task ShowTypingAsync() => responder.Sender.ShowTypingAsync(ChatId, Cancellation);
}

/// <summary>A command with its arguments read.</summary>
public sealed class CommandContext : BotContext
{
    private readonly IReadOnlyDictionary<Argument, object> values;

    internal CommandContext(
        Responder responder,
        Update update,
        Person person,
        long chatId,
        IReadOnlyDictionary<Argument, object> values,
        CancellationToken cancellation
    )
        : base(responder, update, person, chatId, cancellation) => this.values = values;

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

    internal MessageContext(
        Responder responder,
        Update update,
        Person person,
        WireMessage message,
        CancellationToken cancellation
    )
        : base(responder, update, person, message.Chat!.Id, cancellation) => this.message = message;

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
            ? Responder.Sender.CallAsync(() => Responder.Client.DownloadAsync(file.FileId, Cancellation), Cancellation)
            : throw new InvalidOperationException("The message has no file.");

    /// <summary>
    /// Deletes the person's message, for example one that holds a secret. Telegram allows it in private chats for 48 hours.
    /// </summary>
    public Task DeleteAsync() => Responder.Sender.DeleteAsync(ChatId, message.MessageId, Cancellation);
}

/// <summary>A pressed button. The runtime ends Telegram's waiting mark if the handler does not.</summary>
public sealed class ButtonContext : BotContext
{
    private readonly WireCallback callback;

    internal ButtonContext(
        Responder responder,
        Update update,
        Person person,
        WireCallback callback,
        string payload,
        CancellationToken cancellation
    )
        : base(responder, update, person, callback.Message?.Chat?.Id ?? person.Id, cancellation)
    {
        this.callback = callback;
        Payload = payload;
    }

    /// <summary>The payload given to <see cref="Button"/>. Check it: a modified app can send any text.</summary>
    public string Payload { get; }

    internal bool IsAnswered { get; set; }

    internal string QueryId => callback.Id;

    /// <summary>
    /// Shows a note of at most 200 characters to the person who pressed. With <paramref name="alert"/> they have to close
    /// it.
    /// </summary>
    public async Task AnswerAsync(string text, bool alert = false)
    {
        IsAnswered = true;
        var request = new AnswerCallbackRequest
        {
            CallbackQueryId = QueryId,
            Text = text.Length > 0 ? text : null,
            ShowAlert = alert ? true : null,
        };
        // The result is ignored: a query that is too old no longer shows its waiting mark.
        await Responder.Sender.CallAsync(() => Responder.Client.AnswerCallbackQueryAsync(request, Cancellation), Cancellation);
    }

    /// <summary>Replaces the text and all buttons of the message that the button is under.</summary>
    public Task EditHtmlAsync(string html, params Button[] buttons) => EditHtmlAsync(html, [buttons]);

    /// <summary>The same with several rows of buttons.</summary>
    public Task EditHtmlAsync(string html, IReadOnlyList<IReadOnlyList<Button>> rows) =>
        callback.Message is { } message
            ? Responder.Sender.EditHtmlAsync(ChatId, message.MessageId, html, Button.Keyboard(rows), Cancellation)
            : ReplyHtmlAsync(html, rows);
}

/// <summary>An update of a kind that the runtime only passes on.</summary>
public sealed class UpdateContext
{
    internal UpdateContext(Responder responder, Update update, CancellationToken cancellation)
    {
        Responder = responder;
        Original = update;
        Cancellation = cancellation;
    }

    /// <summary>Telegram's number of the update.</summary>
    public long UpdateId => Original.Id;

    /// <summary>Telegram's name of the kind.</summary>
    public string Kind => Original.Kind;

    /// <summary>The object as Telegram sent it.</summary>
    public JsonElement Content => Original.Raw;

    internal Responder Responder { get; }

    internal Update Original { get; }

    internal CancellationToken Cancellation { get; }
}
