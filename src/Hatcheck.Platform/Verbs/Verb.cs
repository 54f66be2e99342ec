using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Hatcheck.Platform.Verbs;

/// <summary>A command whose help ends with examples.</summary>
internal class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    private const string SomeId = "0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11";

    public IReadOnlyList<string> Examples => examples;

    /// <summary>A group of verbs, which does nothing itself.</summary>
    public static Verb Group(string name, string description, string[] examples, IEnumerable<Verb> verbs)
    {
        var group = new Verb(name, description, examples);
        foreach (var verb in verbs)
            group.Add(verb);
        return group;
    }

    public static Option<bool> JsonOption() => new("--json") { Description = "Prints JSON." };

    /// <summary>An argument that is an id.</summary>
    /// <param name="name">Such as <c>user</c>.</param>
    /// <param name="whose">Such as <c>a user's</c>.</param>
    /// <param name="source">Where to find an id, as a clause.</param>
    public static Argument<Guid> Id(string name, string whose, string source) =>
        new(name)
        {
            Description = $"The {name}'s id, a UUID: {source}.",
            CustomParser = result =>
            {
                var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (Guid.TryParse(text, out var id))
                    return id;
                result.AddError($"`{text}` is not {whose} id, which is a UUID such as {SomeId}: {source}.");
                return default;
            },
        };

    /// <summary>Adds examples to <c>--help</c> of every command below <paramref name="root"/>.</summary>
    public static void ShowExamples(RootCommand root, IReadOnlyList<string> ofRoot)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
            option.Action = new HelpWithExamples((HelpAction)option.Action!, ofRoot);
    }

    private sealed class HelpWithExamples(HelpAction help, IReadOnlyList<string> ofRoot) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            var examples = parseResult.CommandResult.Command is Verb verb ? verb.Examples : ofRoot;
            var output = parseResult.InvocationConfiguration.Output;
            if (examples.Count == 0)
                return code;
            output.WriteLine("Examples:");
            foreach (var example in examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
            return code;
        }
    }
}
