using System.Runtime.CompilerServices;
using System.Text.Json;
using Telegram.Bot;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;

namespace Hatcheck.Bots.BotApi;

/// <summary>
/// Telegram.Bot's client and updates in the runtime's handlers. Every method of the Bot API works. Calls keep the runtime's
/// pace, order and rules of repeating (docs/reference/telegram-bot-types.md).
/// </summary>
public static class BotApiExtensions
{
    // Each context keeps one client and one update.
    private static readonly ConditionalWeakTable<object, BotApiClient> clients = [];
    private static readonly ConditionalWeakTable<object, Update> updates = [];

    extension(BotContext context)
    {
        /// <summary>Calls the Bot API. Its calls are cancelled when the handler's time is over.</summary>
        public ITelegramBotClient Client =>
            clients.GetValue(context, _ => new BotApiClient(context.Responder, context.Cancellation, context as ButtonContext));

        /// <summary>The update that the handler answers.</summary>
        /// <exception cref="JsonException">Telegram.Bot cannot read the update.</exception>
        public Update Update => updates.GetValue(context, _ => UpdateConverter.Convert(context.Original));
    }

    extension(UpdateContext context)
    {
        /// <summary>Calls the Bot API. Its calls are cancelled when the handler's time is over.</summary>
        public ITelegramBotClient Client =>
            clients.GetValue(context, _ => new BotApiClient(context.Responder, context.Cancellation));

        /// <summary>The update. Of a kind unknown to Telegram.Bot it has only the number; see <c>Content</c>.</summary>
        /// <exception cref="JsonException">Telegram.Bot cannot read the update.</exception>
        public Update Update => updates.GetValue(context, _ => UpdateConverter.Convert(context.Original));
    }

    extension(TelegramBot bot)
    {
        /// <summary>Calls the Bot API outside of handlers, for example from a job.</summary>
        public ITelegramBotClient Client => clients.GetValue(bot, _ => new BotApiClient(bot.Responder, CancellationToken.None));
    }

    extension(BotDefinition definition)
    {
        /// <summary>
        /// A kind of update, with a handler like that of Telegram.Bot's <c>IUpdateHandler</c>. Messages and
        /// buttons reach it only if no declared command and no declared prefix fits them.
        /// </summary>
        /// <exception cref="ArgumentException"><see cref="UpdateType.Unknown"/> is no kind.</exception>
        public BotDefinition OnUpdate(UpdateType type, Func<ITelegramBotClient, Update, CancellationToken, Task> handler) =>
            type switch
            {
                UpdateType.Unknown => throw new ArgumentException("Name the kind as Telegram does.", nameof(type)),
                UpdateType.Message => definition.OnMessage((context, stop) => handler(context.Client, context.Update, stop)),
                UpdateType.CallbackQuery => definition.OnUnknownButton(
                    (context, stop) => handler(context.Client, context.Update, stop)
                ),
                _ => definition.OnUpdate(
                    JsonNamingPolicy.SnakeCaseLower.ConvertName(type.ToString()),
                    (context, stop) => handler(context.Client, context.Update, stop)
                ),
            };
    }
}
