using System.Text.Json;
using Hatcheck.ServerKit.Cli;
using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.Tests.Cli;

/// <summary>The verbs on a real PostgreSQL, each under the role that it is meant for.</summary>
public sealed class VerbsOnPostgresTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-verb-").FullName;
    private PostgresDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task From_an_empty_database_to_a_key_and_a_clean_bill_of_health()
    {
        var early = await RunAsync("tenants", "list");
        early.ExitCode.ShouldBe(1);
        early.Error.ShouldContain("hatcheck migrate");
        (await RunAsync("migrate", "--dry-run")).Succeeded().ShouldContain("foundation");
        (await RunAsync("migrate")).ExitCode.ShouldBe(0);

        // No key yet, and a reading verb creates none.
        (await RunAsync("tenants", "list")).ExitCode.ShouldBe(3);
        Directory.EnumerateFileSystemEntries(folder).ShouldBeEmpty();
        (await RunAsync("tenants", "add", "music")).Succeeded();
        (await RunAsync("apikeys", "add", "--name", "bot")).Succeeded().ShouldStartWith("hck_live_");
        (await RunAsync("tenants", "list")).Succeeded().ShouldContain("\tmusic\t");
        (await RunAsync("keys", "status", "--json")).Succeeded().ShouldContain("tenant_keys");
        var doctor = await RunAsync("doctor", "--json");
        doctor.ExitCode.ShouldBe(0, doctor.Output);
        JsonDocument
            .Parse(doctor.Output)
            .RootElement.GetProperty("findings")
            .EnumerateArray()
            .ShouldAllBe(finding => finding.GetProperty("status").GetString() == "ok");
    }

    [Fact]
    public async Task An_index_key_is_exported_once_under_the_roles_rights()
    {
        (await RunAsync("migrate")).ExitCode.ShouldBe(0);
        (await RunAsync("tenants", "add", "alice", "--blind-only")).Succeeded();
        (await RunAsync("keys", "export-index", "alice", "--stdout")).Succeeded().ShouldStartWith("hatcheck-index:1:1:");
        (await RunAsync("keys", "export-index", "alice", "--stdout")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task Doctor_finds_row_level_security_that_was_switched_off_and_a_role_that_steps_around_it()
    {
        (await RunAsync("migrate")).ExitCode.ShouldBe(0);
        await using (var connection = new NpgsqlConnection(database.Owner))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("alter table usage_log no force row level security", connection);
            await command.ExecuteNonQueryAsync();
        }

        var open = await RunAsync("doctor");
        open.ExitCode.ShouldBe(1);
        open.Output.ShouldContain("no forced row-level security on public.usage_log");
        // The remedy in its message works.
        var remedy = open.Output[open.Output.IndexOf("select hatcheck_protect", StringComparison.Ordinal)..].Split(';')[0];
        await using (var connection = new NpgsqlConnection(database.Owner))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(
                remedy.Replace("TABLE", "public.usage_log", StringComparison.Ordinal),
                connection
            );
            await command.ExecuteNonQueryAsync();
        }

        (await RunAsync("doctor")).Output.ShouldNotContain("no forced row-level security");
        var owner = await RunAsync("doctor", "--set", $"Database:ConnectionString={database.Owner}");
        owner.ExitCode.ShouldBe(1);
        owner.Output.ShouldContain("owns the tables");
    }

    // The last one wins.
    private Task<CommandResult> RunAsync(params string[] arguments) =>
        CommandLine.RunAsync([
            .. arguments.Take(arguments.TakeWhile(argument => argument != "--set").Count()),
            "--data",
            folder,
            "--set",
            "Database:Provider=postgres",
            "--set",
            $"Database:ConnectionString={database.App}",
            "--set",
            $"Database:MaintenanceConnectionString={database.Maintenance}",
            "--set",
            $"Database:OwnerConnectionString={database.Owner}",
            .. arguments.SkipWhile(argument => argument != "--set"),
        ]);
}
