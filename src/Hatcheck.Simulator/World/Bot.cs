using Hatcheck.Simulator.Updates;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.World;

/// <summary>
/// A bot, its chats and its updates. <see cref="Gate"/> guards everything but the update queue, which has its own lock.
/// </summary>
internal sealed class Bot
{
    private readonly Dictionary<long, BotChat> chats = [];
    private readonly int messagesPerChat;
    private int lastMessageId;
    private long lastCallbackId;

    public Bot(SimulatedBot bot, SimulatorOptions options, TimeProvider time)
    {
        Token = bot.Token;
        Id = long.Parse(bot.Token.AsSpan(0, bot.Token.IndexOf(':')));
        User = new User(Id, IsBot: true, bot.FirstName, bot.Username);
        messagesPerChat = Math.Max(1, options.MessagesPerChat);
        Updates = new UpdateQueue(time, firstUpdateId: 814_000_001 + (Id % 1_000_000));
        Pace = new ChatPace(time);
    }

    public Lock Gate { get; } = new();

    public string Token { get; }

    public long Id { get; }

    public User User { get; }

    public string Username => User.Username!;

    public UpdateQueue Updates { get; }

    public ChatPace Pace { get; }

    public CommandLists Commands { get; } = new();

    /// <summary>The active webhook; null while the bot polls or is idle.</summary>
    public Webhook? Webhook { get; set; }

    /// <summary>True if <c>getUpdates</c> has been called since the last webhook.</summary>
    public bool HasPolled { get; set; }

    /// <summary>The open <c>getUpdates</c> call, if any.</summary>
    public LongPoll? Poll { get; set; }

    public PendingCallbacks Callbacks { get; } = new();

    public string Mode =>
        Webhook is not null ? "webhook"
        : HasPolled ? "polling"
        : "none";

    public User PublicUser => User with { CanJoinGroups = true, CanReadAllGroupMessages = false, SupportsInlineQueries = false };

    public int NextMessageId() => ++lastMessageId;

    /// <summary>Telegram's are 64-bit numbers as text, higher than any other id.</summary>
    public string NextCallbackId() => $"{4_611_686_018_427_000_000 + ++lastCallbackId}";

    public BotChat? FindChat(long id) => chats.GetValueOrDefault(id);

    /// <summary>A chat exists for a bot from the first message that it receives there.</summary>
    public BotChat OpenChat(Chat chat)
    {
        if (!chats.TryGetValue(chat.Id, out var open))
            chats[chat.Id] = open = new BotChat(chat, messagesPerChat);
        return open;
    }

    public PageBot ToPage() =>
        new($"{Id}:…{Token[^4..]}", Id, Username, User.FirstName, Mode, Commands.Find(CommandLists.DefaultScope, ""));
}
