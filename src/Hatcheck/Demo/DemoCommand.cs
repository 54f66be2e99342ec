using System.CommandLine;
using Hatcheck.Cli;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Demo;

/// <summary><c>hatcheck demo</c>: everything in one process, offline, in the first minute.</summary>
internal static class DemoCommand
{
    private static readonly string Folder = Path.Combine("data", "demo");

    public static Command Create(Invocation invocation)
    {
        var (urls, json) = (ServeCommand.UrlsOption(), Verb.JsonOption());
        var keep = new Option<bool>("--keep") { Description = "Keep what an earlier demo stored; else it is thrown away first." };
        var verb = new Verb(
            "demo",
            $"Server, simulated Telegram, music bot and chat page in one process, on loopback, with throw-away data in {Folder}.",
            "hatcheck demo",
            "hatcheck demo --urls http://127.0.0.1:9000 --keep",
            "hatcheck demo --json"
        )
        {
            urls,
            keep,
            json,
        };
        verb.SetAction(
            (parsed, cancellation) =>
            {
                var given = invocation.Sources.Load(parsed, (Listening.Setting, parsed.GetValue(urls)));
                return RunAsync(given, invocation.Terminal, parsed.GetValue(keep), parsed.GetValue(json), cancellation);
            }
        );
        return verb;
    }

    private static async Task<int> RunAsync(
        IConfiguration given,
        Terminal terminal,
        bool keep,
        bool json,
        CancellationToken cancellation
    )
    {
        var folder = given[$"{DataOptions.Section}:{nameof(DataOptions.Folder)}"] ?? Folder;
        var configuration = new ConfigurationBuilder()
            .AddConfiguration(given)
            .AddInMemoryCollection(
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["Data:Folder"] = folder,
                    ["Database:Provider"] = "sqlite",
                    ["Keys:Provider"] = "file",
                    ["Keys:File"] = null,
                }
            )
            .Build();
        if (!Listening.IsLoopbackOnly(configuration))
            throw new OperatorException(
                "The demo has no login, so it listens on loopback only; give --urls http://127.0.0.1:PORT."
            );
        await using var demo = new DemoParts();
        return await ServeCommand.RunAsync(
            configuration,
            terminal,
            cancellation,
            demo.Build,
            prepare: () => DemoFolder.Take(folder, keep),
            started: async app =>
            {
                await demo.StartBotAsync(app, terminal.Operator, cancellation);
                if (json)
                    return;
                await terminal.Error.WriteLineAsync(
                    $"""

                      Chat with the bot:    {app.Urls.First()}
                      The API's document:   {app.Urls.First()}/openapi/v1.json
                      A key for the API:    {demo.ApiKey}
                      Verbs, meanwhile:     {OwnName.Typed("tenants list", new DataOptions { Folder = folder })}

                      Everything runs on this machine and is thrown away; Ctrl+C stops it.

                    """
                );
            },
            announce: json
                ? app => terminal.WriteJson(Answer(app, demo, folder), DemoJson.Default.DemoAnswer, isOneLine: true)
                : null
        );
    }

    private static DemoAnswer Answer(WebApplication app, DemoParts demo, string folder) =>
        new([.. app.Urls], $"{app.Urls.First()}/openapi/v1.json", demo.ApiKey, Path.GetFullPath(folder));
}
