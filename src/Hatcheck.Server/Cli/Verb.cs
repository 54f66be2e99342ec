using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Hatcheck.Server.Cli;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;

    /// <summary>Lets <c>--help</c> of every command below <paramref name="root"/> show its examples.</summary>
    public static void ShowExamples(RootCommand root, IReadOnlyList<string> ofRoot)
    {
        foreach (var option in root.Options.OfType<HelpOption>()) option.Action = new HelpWithExamples((HelpAction)option.Action!, ofRoot);
    }

    private sealed class HelpWithExamples(HelpAction help, IReadOnlyList<string> ofRoot) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            var examples = parseResult.CommandResult.Command is Verb verb ? verb.Examples : ofRoot;
            var output = parseResult.InvocationConfiguration.Output;
            if (examples.Count == 0) return code;
            output.WriteLine("Examples:");
            foreach (var example in examples) output.WriteLine($"  {example}");
            output.WriteLine();
            return code;
        }
    }
}
