using System.Net;
using System.Runtime.Versioning;
using Hatcheck.ServerKit.Cli;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Webhooks;

namespace Hatcheck.Tests.Jobs;

/// <summary>Nodes that only run jobs, and nodes that run none.</summary>
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
        for (var i = 0; i < 1000 && !await HasRunAsync(); i++)
            await Task.Delay(50);
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
    public async Task A_node_without_jobs_takes_deliveries_and_a_worker_beside_it_processes_them()
    {
        await using var database = new OnPostgres();
        await database.InitializeAsync();
        var tenant = await database.Node.NewTenantAsync();
        // The node of this process has no endpoint, so it processes nothing.
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Webhooks:Clerk:0:Name"] = InboxLook.Mine,
            ["Webhooks:Clerk:0:Issuer"] = "clerk",
            ["Webhooks:Clerk:0:Tenant"] = tenant.Id.ToString(),
            ["Webhooks:Clerk:0:Secrets:0"] = ClerkSender.Secret,
        };
        await using var server = new ServeProcess(settings, "--no-jobs");
        await server.StartAsync();
        using var http = server.Client();
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        await Task.Delay(3_000);
        (await database.CountAsync("inbox", tenant.Id, "state = 'pending' and attempts = 0")).ShouldBe(1);

        await using var worker = new ServeProcess(settings, "--jobs-only");
        await worker.StartAsync();
        await database.DrainedAsync(tenant.Id);
        (await tenant.Http.FindAsync("user_1@example.org")).ShouldNotBeNull();
        using var elsewhere = worker.Client();
        using var refused = await new ClerkSender(elsewhere, InboxLook.Mine).SendAsync("{}"u8.ToArray());
        // Like any missing path, without a key.
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
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
