using Hatcheck.Bots.Sending;
using Hatcheck.Bots.Telegram;

namespace Hatcheck.Bots.Routing;

/// <summary>The client and the sender that contexts answer with.</summary>
internal sealed record Responder(TelegramClient Client, ChatSender Sender, long BotId);
