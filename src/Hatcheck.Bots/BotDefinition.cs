using Hatcheck.Bots.Commands;
using Hatcheck.Bots.Updates;

namespace Hatcheck.Bots;

/// <summary>The handlers of a bot. Fill it before the bot starts; a mistake in a declaration throws at once.</summary>
public sealed class BotDefinition
{
    private readonly Dictionary<string, CommandDefinition> commands = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<ButtonContext, CancellationToken, Task>> buttons = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<UpdateContext, CancellationToken, Task>> updates = new(StringComparer.Ordinal);

    internal IReadOnlyDictionary<string, CommandDefinition> Commands => commands;

    internal IReadOnlyDictionary<string, Func<ButtonContext, CancellationToken, Task>> Buttons => buttons;

    internal IReadOnlyDictionary<string, Func<UpdateContext, CancellationToken, Task>> Updates => updates;

    internal Func<MessageContext, CancellationToken, Task>? UnknownCommand { get; private set; }

    internal Func<MessageContext, CancellationToken, Task>? Message { get; private set; }

    internal Func<ButtonContext, CancellationToken, Task>? UnknownButton { get; private set; }

    /// <summary>The bot requests only these kinds from Telegram.</summary>
    internal IReadOnlyList<string> Kinds => [UpdateReader.Message, UpdateReader.CallbackQuery, .. updates.Keys];

    /// <summary>
    /// Declares a command. It is listed in Telegram's menu, in the order of declaration; its arguments are checked before the
    /// handler runs, and a wrong one is answered with a sentence and the usage.
    /// </summary>
    /// <param name="name">1 to 32 of a-z, 0-9 and _, without the slash.</param>
    /// <param name="description">For the menu, 1 to 256 characters.</param>
    /// <param name="handler">Runs with the arguments read; updates of one chat run one after the other.</param>
    /// <param name="arguments">In order; optional ones last.</param>
    public BotDefinition OnCommand(
        string name,
        string description,
        Func<CommandContext, CancellationToken, Task> handler,
        params Argument[] arguments
    )
    {
        commands.Add(name, new CommandDefinition(name, description, arguments, handler));
        return this;
    }

    /// <summary>Declares the handler of every <see cref="Button"/> with this prefix.</summary>
    public BotDefinition OnButton(string prefix, Func<ButtonContext, CancellationToken, Task> handler)
    {
        Button.CheckPrefix(prefix);
        buttons.Add(prefix, handler);
        return this;
    }

    /// <summary>A button without a declared prefix; its data is the payload. Without a handler it is called dead.</summary>
    public BotDefinition OnUnknownButton(Func<ButtonContext, CancellationToken, Task> handler)
    {
        UnknownButton = handler;
        return this;
    }

    /// <summary>A command that was not declared, in a private chat or addressed to this bot by name.</summary>
    public BotDefinition OnUnknownCommand(Func<MessageContext, CancellationToken, Task> handler)
    {
        UnknownCommand = handler;
        return this;
    }

    /// <summary>Any message that is no command.</summary>
    public BotDefinition OnMessage(Func<MessageContext, CancellationToken, Task> handler)
    {
        Message = handler;
        return this;
    }

    /// <summary>
    /// Another kind of update, by Telegram's name (<c>poll_answer</c>, …). Kinds without a handler are skipped.
    /// </summary>
    public BotDefinition OnUpdate(string kind, Func<UpdateContext, CancellationToken, Task> handler)
    {
        if (kind is UpdateReader.Message or UpdateReader.CallbackQuery)
        {
            throw new ArgumentException("Messages and buttons have handlers of their own.", nameof(kind));
        }

        updates.Add(kind, handler);
        return this;
    }
}
