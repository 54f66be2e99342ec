using System.Runtime.Versioning;
using System.Text.Json;
using Hatcheck.ServerKit.Cli;
using Hatcheck.TestKit;
using Microsoft.Data.Sqlite;

namespace Hatcheck.Tests.Cli;

/// <summary>The operator creates the first owner, and manages roles and members from the command line.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class StaffVerbTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-staff-").FullName;

    public async ValueTask InitializeAsync() => (await RunAsync("migrate")).ExitCode.ShouldBe(0);

    public ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_operator_makes_the_first_owner_and_cannot_remove_the_last()
    {
        (await RunAsync("tenants", "add", "music")).Succeeded();
        var added = (
            await RunAsync(
                "members",
                "add",
                "music",
                "--issuer",
                "staff",
                "--subject",
                "user_2abc",
                "--name",
                "Anna Beispiel",
                "--email",
                "anna@example.com",
                "--roles",
                "owner",
                "--json"
            )
        ).Succeeded();
        var id = JsonDocument.Parse(added).RootElement[0].GetProperty("id").GetGuid();
        (await RunAsync("members", "list", "music"))
            .Succeeded()
            .Trim()
            .ShouldBe(
                $"id\tname\te-mail\tsigns in at\tas\troles\n{id}\tAnna Beispiel\tanna@example.com\tstaff\tuser_2abc\towner"
            );
        (await RunAsync("members", "remove", "music", $"{id}")).Error.ShouldContain("last owner");
        (await RunAsync("members", "change", "music", $"{id}", "--name", "Anna B.", "--roles", "owner,support"))
            .Succeeded()
            .ShouldContain("\towner support");
        (
            await RunAsync("members", "add", "music", "--issuer", "staff", "--subject", "u2", "--name", "Ben", "--roles", "owner")
        ).Succeeded();
        (await RunAsync("members", "remove", "music", $"{id}")).ExitCode.ShouldBe(0);
        (await RunAsync("members", "remove", "music", $"{id}")).ExitCode.ShouldBe(1);
        foreach (
            var wrong in (string[][])
                [
                    ["--roles", "customer"],
                    ["--roles", "Owner"],
                    ["--roles", "no-such"],
                ]
        )
            (
                await RunAsync(["members", "add", "music", "--issuer", "staff", "--subject", "u3", "--name", "C", .. wrong])
            ).ExitCode.ShouldBe(1);
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "hatcheck.db")}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select group_concat(act), min(actor), max(actor) from audit_pending where act like 'member.%'";
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        (reader.GetString(0), reader.GetString(1), reader.GetString(2)).ShouldBe(
            ("member.add,member.change,member.add,member.remove", "operator:1000", "operator:1000")
        );
    }

    [Fact]
    public async Task Roles_of_a_tenants_own_are_listed_added_changed_and_removed()
    {
        (await RunAsync("tenants", "add", "music")).Succeeded();
        (await RunAsync("roles", "add", "music", "desk", "--permissions", "users:read,usage:read"))
            .Succeeded()
            .Trim()
            .ShouldBe("desk\tusers:read usage:read");
        (await RunAsync("roles", "change", "music", "desk", "--permissions", "users:read"))
            .Succeeded()
            .Trim()
            .ShouldBe("desk\tusers:read");
        (await RunAsync("roles", "list", "music")).Succeeded().ShouldEndWith("desk\tthe tenant\tusers:read\n");
        JsonDocument
            .Parse((await RunAsync("roles", "list", "music", "--json")).Succeeded())
            .RootElement.GetArrayLength()
            .ShouldBe(9);
        (await RunAsync("roles", "remove", "music", "desk")).ExitCode.ShouldBe(0);
        (await RunAsync("roles", "remove", "music", "owner")).Error.ShouldContain("built-in");
        (await RunAsync("roles", "add", "music", "desk", "--permissions", "users:reed")).ExitCode.ShouldBe(1);
        (await RunAsync("roles", "add", "music", "Desk", "--permissions", "users:read")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task A_role_that_there_is_not_is_told_with_those_that_there_are_and_the_nearest()
    {
        (await RunAsync("tenants", "add", "music")).Succeeded();
        (await RunAsync("roles", "add", "music", "desk", "--permissions", "users:read")).Succeeded();
        var member = await RunAsync("members", "add", "--issuer", "staff", "--subject", "u", "--name", "A", "--roles", "ownr");
        member.ExitCode.ShouldBe(1);
        member.Error.ShouldMatch("No role for members is called ownr: there are owner .* desk\\. Did you mean owner\\?");
        member.Error.ShouldNotContain("customer");
        foreach (
            var line in (string[][])
                [
                    ["roles", "remove", "dsk"],
                    ["roles", "change", "dsk", "--permissions", "users:read"],
                ]
        )
        {
            var role = await RunAsync(line);
            role.ExitCode.ShouldBe(1);
            role.Error.ShouldMatch("The tenant has no role dsk: there are owner .* desk\\. Did you mean desk\\?");
        }
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => CommandLine.RunAsync([.. arguments, "--data", folder]);
}
