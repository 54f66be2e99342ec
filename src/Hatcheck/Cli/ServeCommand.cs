using System.CommandLine;
using Hatcheck.Cli.Admin;
using Hatcheck.Cli.Configuration;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Telemetry;
using Hatcheck.Platform.Verbs;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Hatcheck.Cli;

internal static class ServeCommand
{
    public static Command Create(Invocation invocation)
    {
        var (urls, json) = (UrlsOption(), Verb.JsonOption());
        var only = new Option<bool>("--jobs-only")
        {
            Description = "A worker: does jobs and processes the inbox, and serves nothing but /health/live and /health/ready.",
        };
        var none = new Option<bool>("--no-jobs") { Description = "Leaves jobs and the inbox to other nodes." };
        var verb = new Verb(
            "serve",
            "Serves the API until it is stopped (SIGTERM, Ctrl+C); finishes running requests first.",
            "hatcheck serve",
            "hatcheck serve --urls http://0.0.0.0:8080 --data /var/lib/hatcheck",
            "hatcheck serve --config /etc/hatcheck.json --set Logging:Level=Debug",
            "hatcheck serve --jobs-only      beside nodes that serve with --no-jobs",
            "hatcheck serve --urls http://127.0.0.1:0 --json"
        )
        {
            urls,
            only,
            none,
            json,
        };
        verb.SetAction(
            (parsed, cancellation) =>
            {
                if (parsed.GetValue(only) && parsed.GetValue(none))
                    throw new UsageException("A node with --jobs-only and --no-jobs would do nothing; give one of them.");
                var run =
                    parsed.GetValue(only) ? JobOptions.Only
                    : parsed.GetValue(none) ? JobOptions.None
                    : null;
                var configuration = invocation.Sources.Load(
                    parsed,
                    (Listening.Setting, parsed.GetValue(urls)),
                    (JobOptions.RunSetting, run),
                    (InboxOptions.WorkSetting, run == JobOptions.None ? "false" : null),
                    (OutboxOptions.WorkSetting, run == JobOptions.None ? "false" : null)
                );
                var terminal = invocation.Terminal;
                Action<WebApplication>? announce = parsed.GetValue(json)
                    ? app => terminal.WriteJson(new ServeAnswer([.. app.Urls]), CliJson.Default.ServeAnswer, isOneLine: true)
                    : null;
                return RunAsync(configuration, terminal, cancellation, announce: announce);
            }
        );
        return verb;
    }

    public static Option<string?> UrlsOption() =>
        new("--urls")
        {
            Description = $"Where to listen, separated by semicolons; port 0 takes a free one. Default {Listening.Default}.",
            HelpName = "URLS",
        };

    /// <summary>Serves until the host is stopped.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="terminal">Its output takes the address, its error stream all else.</param>
    /// <param name="cancellation">Also stops the server.</param>
    /// <param name="add">What <c>demo</c> serves besides.</param>
    /// <param name="prepare">Runs once the address is known to be free, before anything is opened.</param>
    /// <param name="started">Runs once requests are answered; the address is printed after it.</param>
    /// <param name="announce">Prints the address, in place of the default line.</param>
    public static async Task<int> RunAsync(
        IConfiguration configuration,
        Terminal terminal,
        CancellationToken cancellation,
        Func<WebApplicationBuilder, WebApplication>? add = null,
        Action? prepare = null,
        Func<WebApplication, Task>? started = null,
        Action<WebApplication>? announce = null
    )
    {
        KnownSettings.Check(configuration);
        var takesOneProcess = DatabaseOptions.TakesOneProcess(configuration);
        var folder = KnownSettings.DataFolder(configuration);
        using var mine = takesOneProcess ? await TakeAsync(folder, cancellation) : null;
        Listening.EnsureFree(configuration);
        prepare?.Invoke();
        var builder = NewBuilder(configuration);
        await using var app = add is null ? Composition.Build(builder) : add(builder);
        var json = app.Services.GetRequiredService<IOptions<LoggingOptions>>().Value.IsJson(Console.IsErrorRedirected);
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServeCommand).FullName!);
        // With JSON logs, plain lines would break a log collector.
        Action<string> say = json ? line => ServeLog.Notice(log, new SafeText(line)) : terminal.Error.WriteLine;
        await app.Services.GetRequiredService<Startup>().RunAsync(say, cancellation, isThrownAway: add is not null);
        if (OpenToOthersInTheClear(app, configuration))
            say(
                "Listens off loopback without TLS: requests from other machines are refused, except through "
                    + "Http:TrustedProxies. See docs/operations/http.md."
            );
        await StartAsync(app, configuration, cancellation);
        await using var admin = takesOneProcess ? await AdminSocket.StartAsync(folder, app.Services, cancellation) : null;
        if (started is not null)
            await started(app);
        // Returns the start's memory to the system: an idle node would never collect it.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (announce is not null)
            announce(app);
        else
            foreach (var url in app.Urls)
                await terminal.Output.WriteLineAsync($"Hatcheck listens on {url}");
        await app.WaitForShutdownAsync(cancellation);
        return ExitCode.Ok;
    }

    /// <summary>A web server without the framework's default settings files, environment prefixes and loggers.</summary>
    private static WebApplicationBuilder NewBuilder(IConfiguration configuration)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production }
        );
        builder.Configuration.AddConfiguration(configuration);
        builder.WebHost.UseKestrelCore().UseUrls([.. Listening.Texts(configuration)]);
        if (Listening.Addresses(configuration).Any(address => address.Scheme == Uri.UriSchemeHttps))
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddRouting();
        return builder;
    }

    private static bool OpenToOthersInTheClear(WebApplication app, IConfiguration configuration)
    {
        var http = app.Services.GetRequiredService<IOptions<HttpOptions>>().Value;
        return !http.AllowPlaintext
            && http.Proxies().Count == 0
            && Listening
                .Addresses(configuration)
                .Any(address => address.Scheme == Uri.UriSchemeHttp && !Listening.IsLoopback(address.Host));
    }

    private static async Task StartAsync(WebApplication app, IConfiguration configuration, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException fault) when (fault.InnerException is AddressInUseException)
        {
            throw new OperatorException(
                $"The address is in use by another program: {string.Join("; ", Listening.Texts(configuration))}. Stop that "
                    + "program, or choose another address with --urls."
            );
        }
        catch (System.Net.Sockets.SocketException fault)
        {
            throw new OperatorException(
                $"Can't listen on {string.Join("; ", Listening.Texts(configuration))}: {fault.Message}. Choose another "
                    + "address with --urls."
            );
        }
    }

    /// <summary>Takes the folder's lock; waits for a verb that holds it, never for another server.</summary>
    private static async Task<DataLock> TakeAsync(string folder, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (DataLock.TryTake(folder) is { } mine)
                return mine;
            if (attempt >= 50 || await AdminClient.AnswersAsync(folder, cancellation))
                throw new OperatorException(
                    $"Another hatcheck ({DataLock.HolderOf(folder)}) serves {folder} already, and SQLite takes one. Stop it, "
                        + "choose another folder with --data, or use PostgreSQL."
                );
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }
}

internal static partial class ServeLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Line}")]
    public static partial void Notice(ILogger logger, SafeText line);
}
