using System.CommandLine;
using Hatcheck.Server.Platform.Http;

namespace Hatcheck.Server.Cli;

internal static class HealthCommand
{
    public static Command Create(Invocation invocation)
    {
        var url = new Option<string?>("--url") { Description = "The server's address. Default: the first of Urls.", HelpName = "URL" };
        var live = new Option<bool>("--live") { Description = "Asks only whether the process answers, not whether it is ready." };
        var timeout = new Option<int>("--timeout") { Description = "Seconds to wait, 1 to 60. Default 3.", DefaultValueFactory = _ => 3 };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(
            "health",
            "Asks a running server whether it is ready (database, schema, keys); exit code 0 if so, else 1. For health checks of containers.",
            "hatcheck health",
            "hatcheck health --live --url http://127.0.0.1:8080") { url, live, timeout, json };
        timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 60) result.AddError("--timeout is 1 to 60 seconds.");
        });
        url.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && !(Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")) result.AddError("--url is an address such as http://127.0.0.1:8080.");
        });
        verb.SetAction(async (parsed, cancellation) =>
        {
            var address = parsed.GetValue(url) is { } text ? new Uri(text) : Reachable(Listening.Addresses(invocation.Sources.Load(parsed))[0]);
            var answer = await AskAsync(new Uri(address, parsed.GetValue(live) ? "/health/live" : "/health/ready"), TimeSpan.FromSeconds(parsed.GetValue(timeout)), cancellation);
            if (parsed.GetValue(json)) invocation.Terminal.WriteJson(answer, CliJson.Readable.HealthAnswer);
            else await invocation.Terminal.Output.WriteLineAsync(answer.Healthy ? "ok" : $"not healthy: {answer.Problem}");
            return answer.Healthy ? ExitCode.Ok : ExitCode.Failed;
        });
        return verb;
    }

    private static async Task<HealthAnswer> AskAsync(Uri url, TimeSpan timeout, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = timeout };
        try
        {
            using var answer = await http.GetAsync(url, cancellation);
            var status = (int)answer.StatusCode;
            return answer.IsSuccessStatusCode
                ? new HealthAnswer($"{url}", status, Healthy: true, null)
                : new HealthAnswer($"{url}", status, Healthy: false, $"{url} answers {status}: {await answer.Content.ReadAsStringAsync(cancellation)}");
        }
        catch (Exception fault) when (fault is HttpRequestException || (fault is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return new HealthAnswer($"{url}", null, Healthy: false, $"{url} does not answer. Is `hatcheck serve` running, and is this its address (--url)?");
        }
    }

    // A server that listens everywhere is asked on loopback.
    private static Uri Reachable(Uri address) =>
        address.Host is "0.0.0.0" or "[::]" ? new UriBuilder(address) { Host = "127.0.0.1" }.Uri : address;
}
