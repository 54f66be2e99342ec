using Hatcheck.Bots.Sending;
using Hatcheck.Bots.Telegram;

namespace Hatcheck.Bots.Routing;

/// <summary>What contexts answer with.</summary>
internal sealed record Desk(TelegramClient Client, ChatSender Sender, long BotId);
