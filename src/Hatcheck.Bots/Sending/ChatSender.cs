using System.Collections.Concurrent;
using Hatcheck.Bots.Telegram;

namespace Hatcheck.Bots.Sending;

/// <summary>
/// Writes to chats at Telegram's pace, waits after a 429, and follows a group that became a supergroup.
/// </summary>
internal sealed class ChatSender(TelegramClient client, SendPacer pacer)
{
    private const int MaxTries = 5;

    // Telegram punishes flooding with longer pauses. Waiting for them in a handler would only block the chat.
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<long, long> migrated = new();
    private readonly ChatTurns turns = new();

    /// <summary>Sends text, in several messages if it is long. Returns the last one's id.</summary>
    public async Task<long> SendTextAsync(long chat, string text, CancellationToken cancellation)
    {
        long last = 0;
        foreach (var part in TextSplitter.Split(text))
        {
            // Telegram refuses a message that has only blanks.
            if (string.IsNullOrWhiteSpace(part))
                continue;
            last = await SendAsync(chat, part, parseMode: null, keyboard: null, cancellation);
        }

        return last;
    }

    public Task<long> SendHtmlAsync(long chat, string html, WireKeyboard? keyboard, CancellationToken cancellation) =>
        SendAsync(chat, html, "HTML", keyboard, cancellation);

    public Task EditHtmlAsync(long chat, long message, string html, WireKeyboard? keyboard, CancellationToken cancellation) =>
        PacedAsync(
            chat,
            async target =>
            {
                var request = new EditMessageTextRequest
                {
                    ChatId = target,
                    MessageId = message,
                    Text = html,
                    ParseMode = "HTML",
                    ReplyMarkup = keyboard,
                };
                await client.EditMessageTextAsync(request, cancellation);
                return message;
            },
            cancellation
        );

    public Task<long> SendFileAsync(
        long chat,
        string fileName,
        byte[] content,
        string mimeType,
        string? caption,
        CancellationToken cancellation
    ) =>
        PacedAsync(
            chat,
            async target =>
                (await client.SendDocumentAsync(target, fileName, content, mimeType, caption, cancellation)).MessageId,
            cancellation
        );

    public Task DeleteAsync(long chat, long message, CancellationToken cancellation) =>
        PacedAsync(
            chat,
            async target =>
            {
                await client.DeleteMessageAsync(target, message, cancellation);
                return message;
            },
            cancellation
        );

    /// <summary>Shows "is typing": not paced, not repeated after a 429, and no fault if refused.</summary>
    public async Task ShowTypingAsync(long chat, CancellationToken cancellation)
    {
        try
        {
            await client.SendChatActionAsync(Current(chat), "typing", cancellation);
        }
        catch (TelegramException)
        {
            // The answer itself follows anyway.
        }
    }

    /// <summary>Any other call about a chat; <paramref name="call"/> gets the chat's current id.</summary>
    public Task<T> CallAsync<T>(long chat, Func<long, Task<T>> call, CancellationToken cancellation) =>
        PacedAsync(chat, call, cancellation);

    /// <summary>A call about no chat: goes at once, and again after a 429.</summary>
    public async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (TelegramException refusal) when (attempt < MaxTries && refusal.RetryAfter <= LongestPause)
            {
                await pacer.PauseAsync(refusal.RetryAfter.Value, cancellation);
            }
        }
    }

    /// <summary>Sends the messages of a group to the supergroup that it became.</summary>
    public void Migrate(long from, long to)
    {
        // A chain that Telegram never makes (A to B to A) must not turn into a circle here.
        if (from != to)
            migrated[from] = to;
    }

    private long Current(long chat) => migrated.TryGetValue(chat, out var to) ? to : chat;

    private Task<long> SendAsync(
        long chat,
        string text,
        string? parseMode,
        WireKeyboard? keyboard,
        CancellationToken cancellation
    ) =>
        PacedAsync(
            chat,
            async target =>
            {
                var request = new SendMessageRequest
                {
                    ChatId = target,
                    Text = text,
                    ParseMode = parseMode,
                    ReplyMarkup = keyboard,
                };
                return (await client.SendMessageAsync(request, cancellation)).MessageId;
            },
            cancellation
        );

    private Task<T> PacedAsync<T>(long chat, Func<long, Task<T>> send, CancellationToken cancellation) =>
        turns.TakeAsync(Current(chat), () => InTurnAsync(chat, send, cancellation), cancellation);

    private async Task<T> InTurnAsync<T>(long chat, Func<long, Task<T>> send, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var target = Current(chat);
            await pacer.WaitAsync(target, cancellation);
            try
            {
                return await send(target);
            }
            catch (TelegramException refusal) when (refusal.MigrateTo is { } to && attempt < MaxTries)
            {
                Migrate(chat, to);
                if (target != chat)
                    Migrate(target, to);
            }
            catch (TelegramException refusal)
                when (refusal.RetryAfter is { } pause && pause <= LongestPause && attempt < MaxTries)
            {
                pacer.Block(target, pause);
            }
        }
    }
}
