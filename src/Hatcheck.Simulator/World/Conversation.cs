using System.Text.Json;
using Hatcheck.Simulator.Text;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.World;

/// <summary>The result of a person's action.</summary>
internal abstract record Deed
{
    public sealed record Done(PageMessage Message) : Deed;

    public sealed record Refused(string Why) : Deed;
}

internal abstract record Press
{
    /// <summary>The task completes when the bot answers.</summary>
    public sealed record Pressed(Task<CallbackAnswer> Answer) : Press;

    public sealed record NoButton : Press;
}

/// <summary>The actions of one person in the chat with one bot; each is an update for the bot.</summary>
internal sealed class Conversation(TelegramWorld world, Bot bot, Person person)
{
    public const int MaxText = 4_096;

    public long PersonId => person.Id;

    public string BotUsername => bot.Username;

    public PageChat Read()
    {
        lock (bot.Gate)
        {
            return new PageChat(bot.FindChat(person.Id)?.Messages.Select(MessageView.ForPage).ToArray() ?? []);
        }
    }

    public Deed Write(string text)
    {
        text = text.Trim();
        if (text.Length is 0 or > MaxText)
            return new Deed.Refused($"text: 1 to {MaxText} UTF-16 units");
        lock (bot.Gate)
        {
            return Send(
                new StoredMessage
                {
                    Id = bot.NextMessageId(),
                    Author = person.ToUser(),
                    Date = world.Now,
                    Text = FormattedText.Plain(text),
                }
            );
        }
    }

    public Deed SendFile(string name, string mimeType, byte[] content, string? caption)
    {
        if (caption is { Length: > 1_024 })
            return new Deed.Refused("caption: at most 1,024 UTF-16 units");
        var file = world.Files.Add(name, mimeType, content);
        lock (bot.Gate)
        {
            return Send(
                new StoredMessage
                {
                    Id = bot.NextMessageId(),
                    Author = person.ToUser(),
                    Date = world.Now,
                    File = file,
                    Text = string.IsNullOrEmpty(caption) ? null : FormattedText.Plain(caption),
                }
            );
        }
    }

    public Deed Edit(int messageId, string text)
    {
        if (text.Length is 0 or > MaxText)
            return new Deed.Refused($"text: 1 to {MaxText} UTF-16 units");
        lock (bot.Gate)
        {
            if (bot.FindChat(person.Id) is not { } chat || chat.Find(messageId) is not { Author: not null, File: null } message)
                return new Deed.Refused("message_id: not a text that the person wrote");
            message = message with { Text = FormattedText.Plain(text), EditDate = world.Now };
            chat.Replace(message);
            Enqueue("edited_message", id => new Update { UpdateId = id, EditedMessage = MessageView.ForBot(bot, chat, message) });
            return Show("edit", message);
        }
    }

    public Press Press(int messageId, string data)
    {
        lock (bot.Gate)
        {
            if (bot.FindChat(person.Id) is not { } chat || chat.Find(messageId) is not { Keyboard: { } keyboard } message)
                return new Press.NoButton();
            if (!keyboard.InlineKeyboard.Any(row => row.Any(b => b.CallbackData == data)))
                return new Press.NoButton();
            var id = bot.NextCallbackId();
            var answer = bot.Callbacks.Add(id, world.Time.GetUtcNow());
            var query = new CallbackQuery(id, person.ToUser(), MessageView.ForBot(bot, chat, message), ChatInstance(), data);
            Enqueue("callback_query", u => new Update { UpdateId = u, CallbackQuery = query });
            return new Press.Pressed(answer);
        }
    }

    /// <summary>Blocks or unblocks the bot.</summary>
    public void Block(bool blocked)
    {
        lock (bot.Gate)
        {
            var chat = bot.OpenChat(person.ToChat());
            if (chat.Blocked == blocked)
                return;
            chat.Blocked = blocked;
            var (kicked, member) = (new ChatMember(bot.User, "kicked", UntilDate: 0), new ChatMember(bot.User, "member"));
            var change = new ChatMemberUpdated(
                chat.Chat,
                person.ToUser(),
                world.Now,
                blocked ? member : kicked,
                blocked ? kicked : member
            );
            Enqueue("my_chat_member", id => new Update { UpdateId = id, MyChatMember = change });
            world.Events.Tell("bot", new PageEvent(person.Id, bot.Username));
        }
    }

    private Deed Send(StoredMessage message)
    {
        // Telegram does not let a person write to a bot they blocked; the page unblocks first.
        var chat = bot.OpenChat(person.ToChat());
        if (chat.Blocked)
            return new Deed.Refused("the person has blocked the bot");
        chat.Add(message);
        Enqueue("message", id => new Update { UpdateId = id, Message = MessageView.ForBot(bot, chat, message) });
        return Show("message", message);
    }

    private Deed.Done Show(string what, StoredMessage message)
    {
        var shown = MessageView.ForPage(message);
        world.Events.Tell(what, new PageEvent(person.Id, bot.Username, shown));
        return new Deed.Done(shown);
    }

    private void Enqueue(string kind, Func<long, Update> make) =>
        bot.Updates.Add(kind, person.Id, id => JsonSerializer.SerializeToUtf8Bytes(make(id), SimulatorJson.Default.Update));

    /// <summary>Same for all buttons of one chat; meaningless.</summary>
    private string ChatInstance() => $"{unchecked((person.Id * 2_654_435_761) ^ (bot.Id * 40_503))}";
}
