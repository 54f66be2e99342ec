using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.World;

/// <summary>The command menus of a bot, by scope and language.</summary>
internal sealed class CommandLists
{
    public const string DefaultScope = "default";

    private readonly Dictionary<(string Scope, string Language), IReadOnlyList<BotCommand>> lists = [];

    public IReadOnlyList<BotCommand> Find(string scope, string language) => lists.GetValueOrDefault((scope, language), []);

    public void Set(string scope, string language, IReadOnlyList<BotCommand> commands) => lists[(scope, language)] = commands;

    public void Remove(string scope, string language) => lists.Remove((scope, language));
}
