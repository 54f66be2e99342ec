using System.Net;
using System.Runtime.Versioning;
using Hatcheck.Server.Tests.Cli;

namespace Hatcheck.Server.Tests.Jobs;

/// <summary>Nodes that only do jobs, and nodes that leave them to others.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class WorkerTests : IAsyncLifetime
{
    private readonly HatcheckProcess hatcheck = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => hatcheck.DisposeAsync();

    [Fact]
    public async Task A_worker_does_jobs_and_answers_nothing_but_whether_it_lives_and_is_ready()
    {
        var worker = await hatcheck.ServeAsync("--jobs-only");
        using var http = worker.Client();
        foreach (var path in new[] { "/health/live", "/health/ready" })
            (await http.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.OK, path);
        var key = (await hatcheck.RunAsync("apikeys", "add", "default", "--name", "bot")).Succeeded().Trim();
        using var caller = worker.Client(key);
        foreach (var path in new[] { "/", "/users", "/me", "/openapi/v1.json", "/docs", "/.well-known/jwks.json" })
            (await caller.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        for (var i = 0; i < 1000 && !await HasRunAsync(); i++) await Task.Delay(50);
        (await HasRunAsync()).ShouldBeTrue();
        (await hatcheck.RunAsync("health")).ExitCode.ShouldBe(0);
        (await worker.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_node_without_jobs_serves_and_does_none()
    {
        var server = await hatcheck.ServeAsync("--no-jobs");
        using var http = server.Client();
        (await http.GetAsync("/me")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await Task.Delay(2_000);
        (await HasRunAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Both_at_once_is_a_wrong_command_line_and_a_wrong_word_a_wrong_setting()
    {
        var both = await hatcheck.RunAsync("serve", "--jobs-only", "--no-jobs");
        both.ExitCode.ShouldBe(2);
        both.Error.ShouldContain("give one of them");
        var wrong = await hatcheck.RunAsync("serve", "--set", "Jobs:Run=never");
        wrong.ExitCode.ShouldBe(3);
        wrong.Error.ShouldContain("it must be beside, none or only.");
    }

    private async Task<bool> HasRunAsync()
    {
        var listed = (await hatcheck.RunAsync("jobs", "list", "--json")).Succeeded();
        return listed.Contains("\"outcome\": \"done\"", StringComparison.Ordinal);
    }
}
