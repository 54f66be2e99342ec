using System.Runtime.Versioning;
using System.Text.Json;
using Hatcheck.ServerKit.Cli;
using Hatcheck.TestKit;
using Microsoft.Data.Sqlite;

namespace Hatcheck.Tests.Cli;

/// <summary>With one tenant, the usual case, no verb requires its name.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class TenantChoiceTests : IAsyncLifetime
{
    private const string Nobody = "6f1c2b9e-5f0e-4d53-9f0f-0f8f4a3a2f11";
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-tenant-").FullName;

    public async ValueTask InitializeAsync()
    {
        (await RunAsync("migrate")).ExitCode.ShouldBe(0);
        (await RunAsync("tenants", "add", "alice", "--blind-only")).Succeeded();
    }

    public ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_only_tenant_need_not_be_named()
    {
        (await RunAsync("apikeys", "add", "--name", "bot")).Succeeded().ShouldStartWith("hck_live_");
        var key = JsonDocument
            .Parse((await RunAsync("apikeys", "list", "--json")).Succeeded())
            .RootElement[0]
            .GetProperty("id")
            .GetString()!;
        (await RunAsync("apikeys", "revoke", key, "--json")).Succeeded().ShouldContain("true");
        (await RunAsync("roles", "add", "desk", "--permissions", "users:read")).Succeeded();
        (await RunAsync("roles", "remove", "desk", "--json")).Succeeded().ShouldContain("\"removed\": \"desk\"");
        (
            await RunAsync("members", "add", "--issuer", "staff", "--subject", "u1", "--name", "Anna", "--roles", "owner")
        ).Succeeded();
        (await RunAsync("inbox", "list")).Succeeded();
        (await RunAsync("keys", "rotate-index")).Succeeded();
        var file = Path.Combine(folder, "index.key");
        (await RunAsync("keys", "export-index", "--out", file, "--json")).Succeeded().ShouldContain("index.key");
        (await File.ReadAllTextAsync(file)).ShouldStartWith("hatcheck-index:2:");
        JsonDocument
            .Parse((await RunAsync("keys", "export-index", "--stdout", "--again", "--json")).Succeeded())
            .RootElement.GetProperty("index_key")
            .GetString()
            .ShouldBe((await File.ReadAllTextAsync(file)).Trim());
        (await RunAsync("users", "show", Nobody)).Error.ShouldContain("The tenant has no such user");
    }

    [Theory]
    [InlineData("apikeys", "list")]
    [InlineData("apikeys", "revoke", Nobody)]
    [InlineData("users", "show", Nobody)]
    [InlineData("users", "delete", Nobody)]
    [InlineData("inbox", "drop", Nobody)]
    [InlineData("keys", "rotate-index")]
    [InlineData("keys", "export-index", "--stdout")]
    public async Task With_several_the_names_are_told_and_nothing_else(params string[] verb)
    {
        var music = (await RunAsync("tenants", "add", "music")).Succeeded().Trim();
        var answer = await RunAsync(verb);
        answer.ExitCode.ShouldBe(2);
        answer.Output.ShouldBeEmpty();
        answer.Error.ShouldBe(
            $"hatcheck: Say which tenant, with --tenant: alice, music.\nSee `hatcheck {verb[0]} {verb[1]} --help`.\n"
        );
        answer.Error.ShouldNotContain(music);
        (await RunAsync([.. verb, "--tenant", "musik"])).Error.ShouldContain("Did you mean music?");
    }

    [Fact]
    public async Task A_tenant_is_named_by_option_or_as_the_first_word_but_once()
    {
        (await RunAsync("tenants", "add", "music")).Succeeded();
        (await RunAsync("roles", "add", "music", "desk", "--permissions", "users:read")).Succeeded();
        (await RunAsync("roles", "list", "--tenant", "music")).Succeeded().ShouldContain("\ndesk\tthe tenant\t");
        (await RunAsync("roles", "list", "alice")).Succeeded().ShouldNotContain("desk");
        var twice = await RunAsync("roles", "remove", "music", "desk", "--tenant", "alice");
        twice.ExitCode.ShouldBe(2);
        twice.Error.ShouldContain("named twice");
    }

    [Fact]
    public async Task A_wrong_permission_is_told_with_the_near_one_first()
    {
        foreach (
            var verb in (string[][])
                [
                    ["apikeys", "add", "--name", "bot", "--scopes", "users:red"],
                    ["roles", "add", "desk", "--permissions", "users:red"],
                ]
        )
        {
            var answer = await RunAsync(verb);
            answer.ExitCode.ShouldBe(1);
            answer.Error.ShouldStartWith($"hatcheck: {verb[^2]}: there is no permission users:red. Did you mean users:read?");
        }
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => CommandLine.RunAsync([.. arguments, "--data", folder]);
}
