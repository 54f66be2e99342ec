using System.Text;
using Hatcheck.Cli;
using Hatcheck.Platform.Verbs;
using Hatcheck.TestKit;

namespace Hatcheck.ServerKit.Cli;

/// <summary>Runs a command line in this process, for tests that need no process of their own.</summary>
internal static class CommandLine
{
    public static Task<CommandResult> RunAsync(params string[] arguments) => RunAsync(arguments, "");

    public static async Task<CommandResult> RunAsync(string[] arguments, string input, bool interactive = false)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var terminal = new Terminal(new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error, interactive, 100, 1000);
        var exit = await HatcheckCommand.RunAsync(new Invocation(arguments, terminal, host: null), CancellationToken.None);
        return new CommandResult(exit, output.ToString(), error.ToString());
    }
}
