using System.CommandLine;
using Hatcheck.Server.Platform.Http;

namespace Hatcheck.Server.Demo;

/// <summary><c>hatcheck demo</c>: everything in one process, offline, in the first minute.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var urls = new Option<string>("--urls") { Description = "Where to listen; loopback only.", DefaultValueFactory = _ => Listening.Default };
        var data = new Option<string>("--data") { Description = "Where the demo's database and key live.", DefaultValueFactory = _ => Path.Combine("data", "demo") };
        var keep = new Option<bool>("--keep") { Description = "Keep what an earlier demo stored there; else it is thrown away first." };
        var command = new Command("demo", "Server, simulated Telegram, music bot and chat page in one process, with throw-away data.\n\nExample:\n  hatcheck demo --urls http://127.0.0.1:9000") { urls, data, keep };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(urls)!, parsed.GetValue(data)!, parsed.GetValue(keep), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string urls, string folder, bool keep, CancellationToken cancellation)
    {
        await using var demo = await DemoHost.StartAsync(urls, folder, keep, line => Console.Error.WriteLine(line), cancellation);
        Console.Error.WriteLine();
        Console.Error.WriteLine($"  Chat with the bot:   {demo.Address}");
        Console.Error.WriteLine($"  The API's document:  {demo.Address}openapi/v1.json");
        Console.Error.WriteLine($"  An API key:          {demo.ApiKey}");
        Console.Error.WriteLine();
        Console.Error.WriteLine("  Everything runs on this machine; Ctrl+C stops it.");
        await demo.WaitAsync(cancellation);
        return 0;
    }
}
