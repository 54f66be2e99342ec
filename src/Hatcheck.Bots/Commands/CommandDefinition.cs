namespace Hatcheck.Bots.Commands;

/// <summary>A command as it was declared.</summary>
internal sealed class CommandDefinition
{
    public CommandDefinition(
        string name,
        string description,
        IReadOnlyList<Argument> arguments,
        Func<CommandContext, CancellationToken, Task> handler
    )
    {
        // Telegram: setMyCommands takes 1 to 32 of a-z, 0-9, _ and a description of 1 to 256 characters.
        if (name.Length is 0 or > 32 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            throw new ArgumentException("A command's name is 1 to 32 of a-z, 0-9 and _.", nameof(name));
        }

        if (description.Length is 0 or > 256)
            throw new ArgumentException("A command's description has 1 to 256 characters.", nameof(description));
        for (var i = 0; i < arguments.Count; i++)
        {
            var isLast = i == arguments.Count - 1;
            if (arguments[i].TakesRest && !isLast)
                throw new ArgumentException("Only the last argument can take the rest.", nameof(arguments));
            if (arguments[i].IsOptional && !isLast && !arguments[i + 1].IsOptional)
            {
                throw new ArgumentException("An argument after an optional one must be optional too.", nameof(arguments));
            }
        }

        Name = name;
        Description = description;
        Arguments = arguments;
        Handler = handler;
    }

    public string Name { get; }

    public string Description { get; }

    public IReadOnlyList<Argument> Arguments { get; }

    public Func<CommandContext, CancellationToken, Task> Handler { get; }

    public string Usage => string.Join(' ', [$"/{Name}", .. Arguments.Select(a => a.Usage)]);
}
