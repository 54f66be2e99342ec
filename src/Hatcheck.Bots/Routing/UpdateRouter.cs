using System.Diagnostics;
using Hatcheck.Bots.Commands;
using Hatcheck.Bots.Faults;
using Hatcheck.Bots.Telegram;
using Hatcheck.Bots.Updates;
using Hatcheck.Client;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Bots.Routing;

/// <summary>
/// Finds the handler of an update and runs it. If the handler throws, the person gets a plain sentence and the owner a
/// notice; the next update follows. Only the cancellation of a stop passes through: the update then counts as not handled.
/// </summary>
internal sealed class UpdateRouter(
    BotDefinition definition,
    Responder responder,
    OwnerNotices owner,
    TimeSpan handlerTimeout,
    TimeProvider time,
    ILogger logger
)
{
    private static readonly ActivitySource Source = new("Hatcheck.Bots");

    /// <summary>The bot's username, known after <c>getMe</c>; needed to recognise <c>/command@this_bot</c>.</summary>
    public string? Username { get; set; }

    public async Task HandleAsync(Update update, CancellationToken stop)
    {
        var route = Find(update);
        if (route is null)
        {
            BotLog.Skipped(logger, update.Kind);
            return;
        }

        // Starts without listeners too, since Hatcheck and the owner's notice need the trace id. Tags would name people.
        using var activity = Source.StartActivity(route.Name) ?? new Activity(route.Name).Start();
        var began = time.GetTimestamp();
        using var deadline = new CancellationTokenSource(handlerTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            await route.RunAsync(linked.Token);
            BotLog.Handled(
                logger,
                route.Name,
                (long)time.GetElapsedTime(began).TotalMilliseconds,
                activity.TraceId.ToHexString()
            );
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception fault) when (TelegramException.In(fault) is { IsRefusedByPerson: true })
        {
            BotLog.RefusedByPerson(logger, route.Name);
        }
        catch (Exception fault)
        {
            var kind = deadline.IsCancellationRequested ? "HandlerTimeout" : fault.GetType().Name;
            await ReportAsync(route, fault, kind, activity.TraceId.ToHexString(), stop);
        }
    }

    private async Task ReportAsync(Route route, Exception fault, string kind, string trace, CancellationToken stop)
    {
        var traceId = (fault as HatcheckException)?.TraceId ?? trace;
        BotLog.HandlerFailed(logger, route.Name, kind, traceId);
        owner.Report(route.Name, kind, traceId);
        try
        {
            await route.ApologiseAsync(fault is HatcheckUnavailableException ? Sentences.HatcheckDown : Sentences.Fault, stop);
        }
        catch (Exception second) when (second is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            BotLog.HandlerFailed(logger, "apology", second.GetType().Name, traceId);
        }
    }

    private Route? Find(Update update) =>
        update switch
        {
            { Message: { } message } => FindForMessage(update, message),
            { Callback: { } callback } => FindForCallback(update, callback),
            _ when definition.Updates.TryGetValue(update.Kind, out var handler) => new Route(
                update.Kind,
                c => handler(new UpdateContext(responder, update, c), c),
                (_, _) => Task.CompletedTask
            ),
            _ => null,
        };

    private Route? FindForMessage(Update update, WireMessage message)
    {
        if (message is { Chat: { } group, MigrateToChatId: { } to })
            responder.Sender.Migrate(group.Id, to);
        // Channels, other bots and anonymous group administrators have no person behind them.
        if (message.Chat is not { } chat || PersonOf(message.From) is not { } person)
            return null;
        var apologise = (string sentence, CancellationToken c) => (Task)responder.Sender.SendTextAsync(chat.Id, sentence, c);
        MessageContext Context(CancellationToken c) => new(responder, update, person, message, c);

        if (CommandText.TryParse(message.Text ?? "") is not { } command)
        {
            return definition.Message is { } onMessage ? new Route("message", c => onMessage(Context(c), c), apologise) : null;
        }

        var isNamed = command.Bot is not null;
        if (isNamed && !command.Bot!.Equals(Username, StringComparison.OrdinalIgnoreCase))
            return null;
        if (definition.Commands.TryGetValue(command.Name, out var known))
        {
            return new Route($"command.{known.Name}", c => RunAsync(known, command, update, person, chat.Id, c), apologise);
        }

        // In a group an unknown command is probably another bot's.
        return definition.UnknownCommand is { } unknown && (isNamed || chat.Id == person.Id)
            ? new Route("command.unknown", c => unknown(Context(c), c), apologise)
            : null;
    }

    private async Task RunAsync(
        CommandDefinition known,
        CommandText command,
        Update update,
        Person person,
        long chat,
        CancellationToken cancellation
    )
    {
        switch (ArgumentReader.Read(known.Arguments, command.Tail))
        {
            case CommandArguments.Read read:
                await known.Handler(new CommandContext(responder, update, person, chat, read.Values, cancellation), cancellation);
                break;
            case CommandArguments.Wrong wrong:
                await responder.Sender.SendTextAsync(chat, Sentences.Wrong(wrong.Sentence, known.Usage), cancellation);
                break;
        }
    }

    private Route? FindForCallback(Update update, WireCallback callback)
    {
        if (PersonOf(callback.From) is not { } person)
            return null;
        var (prefix, payload) = Button.Split(callback.Data ?? "");
        ButtonContext Context(string given, CancellationToken c) => new(responder, update, person, callback, given, c);
        Task Apologise(string sentence, CancellationToken c) => Context(payload, c).AnswerAsync(sentence, alert: true);
        if (definition.Buttons.TryGetValue(prefix, out var handler))
        {
            return new Route($"button.{prefix}", c => PressAsync(handler, Context(payload, c), c), Apologise);
        }

        return definition.UnknownButton is { } unknown
            ? new Route("button.unknown", c => PressAsync(unknown, Context(callback.Data ?? "", c), c), Apologise)
            : new Route("button.unknown", c => Context(payload, c).AnswerAsync(Sentences.DeadButton), Apologise);
    }

    private static async Task PressAsync(
        Func<ButtonContext, CancellationToken, Task> handler,
        ButtonContext context,
        CancellationToken cancellation
    )
    {
        await handler(context, cancellation);
        // Otherwise the button shows its waiting mark for a minute.
        if (!context.IsAnswered)
            await context.AnswerAsync("");
    }

    private static Person? PersonOf(WireUser? user) =>
        user is { IsBot: false, Id: > 0 } ? new Person(user.Id, user.FirstName, user.LanguageCode) : null;

    private sealed record Route(
        string Name,
        Func<CancellationToken, Task> RunAsync,
        Func<string, CancellationToken, Task> ApologiseAsync
    );
}
