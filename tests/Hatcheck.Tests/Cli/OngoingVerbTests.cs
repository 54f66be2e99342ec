using System.Runtime.Versioning;
using System.Text.Json;
using Hatcheck.Cli.Admin;
using Hatcheck.Platform.Verbs;
using Hatcheck.ServerKit.Cli;

namespace Hatcheck.Tests.Cli;

/// <summary>Long-running verbs print their addresses as one line of JSON; and questions to a running server.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OngoingVerbTests : IAsyncLifetime
{
    private readonly HatcheckProcess hatcheck = new("new");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => hatcheck.DisposeAsync();

    [Fact]
    public async Task Serve_tells_its_addresses_once_it_answers()
    {
        var told = await ToldAsync("serve", "--urls", "http://127.0.0.1:0;http://127.0.0.1:0", "--json");
        told.EnumerateObject().Select(member => member.Name).ShouldBe(["urls"]);
        using var http = new HttpClient();
        told.GetProperty("urls").GetArrayLength().ShouldBe(2);
        foreach (var url in told.GetProperty("urls").EnumerateArray())
            (await http.GetAsync(new Uri($"{url.GetString()}/health/ready"))).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task The_demo_tells_its_address_and_a_key_that_opens_it()
    {
        var told = await ToldAsync("demo", "--urls", "http://127.0.0.1:0", "--json");
        told.EnumerateObject().Select(member => member.Name).ShouldBe(["urls", "document", "api_key", "folder"]);
        using var http = new HttpClient();
        (await http.GetAsync(new Uri(told.GetProperty("document").GetString()!))).EnsureSuccessStatusCode();
        http.DefaultRequestHeaders.Authorization = new("Bearer", told.GetProperty("api_key").GetString());
        (await http.GetAsync(new Uri($"{told.GetProperty("urls")[0].GetString()}/me"))).EnsureSuccessStatusCode();
        told.GetProperty("folder").GetString().ShouldBe(hatcheck.Folder);
    }

    [Fact]
    public async Task The_simulator_tells_its_address()
    {
        var told = await ToldAsync("simulator", "--port", "0", "--json");
        told.EnumerateObject().Select(member => member.Name).ShouldBe(["urls"]);
        using var http = new HttpClient();
        (await http.GetAsync(new Uri($"{told.GetProperty("urls")[0].GetString()}/bot1:x/getMe"))).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_running_server_takes_no_mistyped_option_for_a_name_either()
    {
        await hatcheck.ServeAsync();
        using var error = new StringWriter();
        var terminal = new Terminal(Stream.Null, TextWriter.Null, error, Interactive: false, 100, 1000);
        var request = new AdminRequest(["tenants", "add", "--blind-onli"], [], 1000, Interactive: false, 100);
        (await AdminClient.TryRunAsync(hatcheck.Folder, request, terminal, CancellationToken.None)).ShouldBe(2);
        error.ToString().ShouldContain("has no option --blind-onli. Did you mean --blind-only?");
        (await hatcheck.RunAsync("tenants", "list")).Succeeded().ShouldNotContain("blind-onli");

        // A real name of this form passes, also where the verb writes its command line again for the server.
        var key = Path.Combine(hatcheck.Folder, "hmac.key");
        await File.WriteAllTextAsync(key, "another system's key");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] options = ["--blind-only", "--index-key-file", key, "--index-key-encoding", "text"];
        (await hatcheck.RunAsync(["tenants", "add", .. options, "--", "-alice"])).Succeeded();
        var index = Path.Combine(hatcheck.Folder, "index.key");
        (await hatcheck.RunAsync("keys", "export-index", "--tenant=-alice", "--out", index)).Succeeded();
    }

    private async Task<JsonElement> ToldAsync(params string[] arguments)
    {
        var (_, first, error) = await hatcheck.BeginAsync(arguments);
        error().ShouldNotContain("Chat with the bot");
        return JsonDocument.Parse(first).RootElement;
    }
}
