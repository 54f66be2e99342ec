using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.World;

/// <summary>The messages between one bot and one chat. Guarded by the bot's lock.</summary>
internal sealed class BotChat(Chat chat, int mostMessages)
{
    private readonly List<StoredMessage> messages = [];

    public Chat Chat { get; } = chat;

    /// <summary>True if the person blocked the bot.</summary>
    public bool Blocked { get; set; }

    public bool IsGroup => Chat.Id < 0;

    public IReadOnlyList<StoredMessage> Messages => messages;

    public void Add(StoredMessage message)
    {
        if (messages.Count >= mostMessages)
            messages.RemoveAt(0);
        messages.Add(message);
    }

    public StoredMessage? Find(long id) => messages.Find(m => m.Id == id && !m.Deleted);

    public void Replace(StoredMessage message)
    {
        var index = messages.FindIndex(m => m.Id == message.Id);
        if (index >= 0)
            messages[index] = message;
    }
}
