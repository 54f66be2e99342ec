using System.CommandLine;
using Hatcheck.Cli.Admin;
using Hatcheck.Cli.Configuration;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Hatcheck.Cli;

internal static class HealthCommand
{
    public static Command Create(Invocation invocation)
    {
        var url = new Option<string?>("--url")
        {
            Description = "The server's address. Default: the server of the data folder; on PostgreSQL the first of Urls.",
            HelpName = "URL",
        };
        var live = new Option<bool>("--live") { Description = "Asks only whether the process answers, not whether it is ready." };
        var timeout = new Option<int>("--timeout")
        {
            Description = "Seconds to wait, 1 to 60. Default 3.",
            DefaultValueFactory = _ => 3,
        };
        var json = Verb.JsonOption();
        var verb = new Verb(
            "health",
            "Asks a running server whether it is ready (database, schema, keys); exit code 0 if so, else 1. For health "
                + "checks of containers.",
            "hatcheck health",
            "hatcheck health --live --url http://127.0.0.1:8080"
        )
        {
            url,
            live,
            timeout,
            json,
        };
        timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 60)
                result.AddError("--timeout is 1 to 60 seconds.");
        });
        url.Validators.Add(result =>
        {
            if (
                result.GetValueOrDefault<string>() is { } text
                && !(Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            )
                result.AddError("--url is an address such as http://127.0.0.1:8080.");
        });
        verb.SetAction(
            async (parsed, cancellation) =>
            {
                var (wait, isLive) = (TimeSpan.FromSeconds(parsed.GetValue(timeout)), parsed.GetValue(live));
                if (invocation.Host is { } server)
                    return Report(await AnswerAsync(server, isLive, cancellation));
                if (parsed.GetValue(url) is { } text)
                    return Report(await AskAsync(new Uri(text), isLive, wait, cancellation));
                var configuration = invocation.Sources.Load(parsed);
                if (!DatabaseOptions.TakesOneProcess(configuration))
                    return Report(await AskAsync(Reachable(Listening.Addresses(configuration)[0]), isLive, wait, cancellation));
                var folder = KnownSettings.DataFolder(configuration);
                if (await AskOwnAsync(invocation, folder, wait, cancellation) is { } exit)
                    return exit;
                var problem = $"no server of {folder} answers; `hatcheck serve` starts one, --url asks another";
                return Report(new HealthAnswer(null, null, Healthy: false, problem));

                int Report(HealthAnswer answer)
                {
                    if (parsed.GetValue(json))
                        invocation.Terminal.WriteJson(answer, CliJson.Default.HealthAnswer);
                    else
                        invocation.Terminal.Output.WriteLine(answer.Healthy ? "ok" : $"not healthy: {answer.Problem}");
                    return answer.Healthy ? ExitCode.Ok : ExitCode.Failed;
                }
            }
        );
        return verb;
    }

    /// <summary>
    /// Asks the folder's own server over its socket, so that no other program can answer; null if none answers in time.
    /// </summary>
    private static async Task<int?> AskOwnAsync(
        Invocation invocation,
        string folder,
        TimeSpan wait,
        CancellationToken cancellation
    )
    {
        var terminal = invocation.Terminal;
        var request = new AdminRequest(invocation.Arguments, [], terminal.Account, terminal.Interactive, terminal.Width);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(wait);
        try
        {
            return await AdminClient.TryRunAsync(folder, request, terminal, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Runs inside the server.</summary>
    private static async Task<HealthAnswer> AnswerAsync(IServiceProvider server, bool isLive, CancellationToken cancellation)
    {
        var url = server.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        var healthy = new HealthAnswer(url, StatusCodes.Status200OK, Healthy: true, null);
        if (isLive)
            return healthy;
        var report = await server.GetRequiredService<Readiness>().AskAsync(cancellation);
        if (report.IsReady)
            return healthy;
        var problems = report.Checks.Where(check => check.Value != "ok").Select(check => $"{check.Key}: {check.Value}");
        return new HealthAnswer(url, StatusCodes.Status503ServiceUnavailable, Healthy: false, string.Join("; ", problems));
    }

    private static async Task<HealthAnswer> AskAsync(Uri address, bool isLive, TimeSpan timeout, CancellationToken cancellation)
    {
        var url = new Uri(address, isLive ? "/health/live" : "/health/ready");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            Timeout = timeout,
        };
        try
        {
            using var answer = await http.GetAsync(url, cancellation);
            var status = (int)answer.StatusCode;
            return answer.IsSuccessStatusCode
                ? new HealthAnswer($"{url}", status, Healthy: true, null)
                : new HealthAnswer(
                    $"{url}",
                    status,
                    Healthy: false,
                    $"{url} answers {status}: {await answer.Content.ReadAsStringAsync(cancellation)}"
                );
        }
        catch (Exception fault)
            when (fault is HttpRequestException || (fault is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return new HealthAnswer(
                $"{url}",
                null,
                Healthy: false,
                $"{url} does not answer. Is `hatcheck serve` running, and is this its address (--url)?"
            );
        }
    }

    // Asks a server that listens on all addresses on loopback.
    private static Uri Reachable(Uri address) =>
        address.Host is "0.0.0.0" or "[::]" ? new UriBuilder(address) { Host = "127.0.0.1" }.Uri : address;
}
