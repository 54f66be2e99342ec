namespace Hatcheck.Simulator.Wire;

/// <summary>The kinds of update that the simulator creates itself; all others arrive as raw JSON.</summary>
internal sealed record Update
{
    public required long UpdateId { get; init; }

    public Message? Message { get; init; }

    public Message? EditedMessage { get; init; }

    public CallbackQuery? CallbackQuery { get; init; }

    public ChatMemberUpdated? MyChatMember { get; init; }
}

internal sealed record CallbackQuery(string Id, User From, Message? Message, string ChatInstance, string Data);

internal sealed record ChatMemberUpdated(Chat Chat, User From, long Date, ChatMember OldChatMember, ChatMember NewChatMember);

internal sealed record ChatMember(User User, string Status, long? UntilDate = null);

internal sealed record WebhookInfo
{
    public required string Url { get; init; }

    public bool HasCustomCertificate { get; init; }

    public required int PendingUpdateCount { get; init; }

    public string? IpAddress { get; init; }

    public long? LastErrorDate { get; init; }

    public string? LastErrorMessage { get; init; }

    public int? MaxConnections { get; init; }

    public IReadOnlyList<string>? AllowedUpdates { get; init; }
}
