using System.CommandLine;
using Hatcheck.Server.Demo;
using Hatcheck.Server.Platform;

namespace Hatcheck.Server.Cli;

/// <summary>The verbs of <c>hatcheck</c>.</summary>
internal static class HatcheckCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("The backend to which chat bots hand their users' data.") { ServeCommand.Create(), DemoCommand.Create() };
        try
        {
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (OperatorException fault)
        {
            await Console.Error.WriteLineAsync($"hatcheck: {fault.Message}");
            return 1;
        }
    }
}
