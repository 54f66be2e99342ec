using System.Runtime.Versioning;
using System.Text.Json;
using Hatcheck.Crypto;
using Hatcheck.ServerKit.Cli;
using Hatcheck.TestKit;
using Microsoft.Data.Sqlite;

namespace Hatcheck.Tests.Cli;

[UnsupportedOSPlatform("windows")]
public sealed class VerbTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-verb-").FullName;

    public async ValueTask InitializeAsync() => (await RunAsync("migrate")).ExitCode.ShouldBe(0);

    public ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_database_that_does_not_answer_ends_with_4()
    {
        var answer = await CommandLine.RunAsync(
            "tenants",
            "list",
            "--set",
            "Database:Provider=postgres",
            "--set",
            "Keys:Provider=environment",
            "--set",
            $"Keys:Value={Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)])}",
            "--set",
            "Database:ConnectionString=Host=127.0.0.1;Port=1;Username=app;Password=canary-secret;Database=x",
            "--set",
            "Database:Timeout=00:00:01"
        );
        answer.ExitCode.ShouldBe(4, answer.Error);
        answer.Error.ShouldNotContain("canary-secret");
    }

    [Fact]
    public async Task Every_list_names_its_columns_also_in_a_pipe_and_before_no_rows()
    {
        var id = (await RunAsync("tenants", "add", "music")).Succeeded().Trim();
        (await RunAsync("tenants", "list")).Succeeded().ShouldStartWith($"id\tname\thashes ids\tscheme\tcreated\n{id}\tmusic\t");
        (await RunAsync("apikeys", "list", "music")).Succeeded().ShouldBe("id\tname\tends in\tstate\tlast used\tpermissions\n");
        (await RunAsync("apikeys", "list", "music", "--json")).Succeeded().Trim().ShouldBe("[]");
    }

    [Fact]
    public async Task Keys_expire_when_told_and_a_third_of_one_name_is_refused()
    {
        await RunAsync("tenants", "add", "music");
        var first = JsonDocument
            .Parse(
                (
                    await RunAsync(
                        "apikeys",
                        "add",
                        "music",
                        "--name",
                        "bot",
                        "--expires",
                        "90d",
                        "--scopes",
                        "users:read,usage:read",
                        "--json"
                    )
                ).Succeeded()
            )
            .RootElement;
        var view = first.GetProperty("view");
        (
            view.GetProperty("expires_at").GetDateTimeOffset() - view.GetProperty("created_at").GetDateTimeOffset()
        ).TotalDays.ShouldBe(90, 0.01);
        view.GetProperty("scopes").GetArrayLength().ShouldBe(2);
        (await RunAsync("apikeys", "add", "music", "--name", "bot")).ExitCode.ShouldBe(0);
        var third = await RunAsync("apikeys", "add", "music", "--name", "bot");
        third.ExitCode.ShouldBe(1);
        third.Error.ShouldContain("Revoke the older one first");
        (await RunAsync("apikeys", "revoke", "music", Guid.NewGuid().ToString())).ExitCode.ShouldBe(1);
    }

    [Theory]
    [InlineData("text", "another system's key")]
    [InlineData("hex", "00112233445566778899aabbccddeeff")]
    [InlineData("base64", "AAECAwQFBgcICQoLDA0ODw==")]
    public async Task An_imported_index_key_is_exported_once_into_a_private_file_and_recorded_first(string encoding, string key)
    {
        (
            await CommandLine.RunAsync(
                [
                    "tenants",
                    "add",
                    "alice",
                    "--blind-only",
                    "--scheme",
                    "0",
                    "--index-key-file",
                    "-",
                    "--index-key-encoding",
                    encoding,
                    "--data",
                    folder,
                ],
                key
            )
        ).Succeeded();
        var path = Path.Combine(folder, "index.key");
        (await RunAsync("keys", "export-index", "alice", "--out", path)).Succeeded().ShouldBeEmpty();
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var expected = ImportedKey.FromStream(
            new MemoryStream(System.Text.Encoding.UTF8.GetBytes(key)),
            Enum.Parse<KeyEncoding>(encoding, ignoreCase: true)
        );
        (await File.ReadAllTextAsync(path)).ShouldBe($"hatcheck-index:1:0:{Convert.ToBase64String(expected.Reveal())}\n");

        var second = await RunAsync("keys", "export-index", "alice", "--stdout");
        second.ExitCode.ShouldBe(1);
        second.Output.ShouldBeEmpty();
        (await RunAsync("keys", "export-index", "alice", "--stdout", "--again"))
            .Succeeded()
            .ShouldBe(await File.ReadAllTextAsync(path));
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "hatcheck.db")}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select count(*), min(actor) from audit_pending where act = 'keys.export_index'";
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        (reader.GetInt32(0), reader.GetString(1)).ShouldBe((2, "operator:1000"));
    }

    [Fact]
    public async Task The_index_key_of_a_tenant_whose_ids_hatcheck_hashes_never_leaves()
    {
        await RunAsync("tenants", "add", "music");
        var path = Path.Combine(folder, "index.key");
        var refused = await RunAsync("keys", "export-index", "music", "--out", path);
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("never leaves");
        File.Exists(path).ShouldBeFalse();
    }

    [Fact]
    public async Task Tables_are_drawn_for_people_and_are_plain_lines_in_a_pipe()
    {
        await RunAsync("tenants", "add", "music");
        (await CommandLine.RunAsync(["tenants", "list", "--data", folder], "", interactive: true)).Output.ShouldContain(
            "│ music"
        );
        (await RunAsync("tenants", "list")).Output.ShouldNotContain("│");
    }

    [Fact]
    public async Task The_roles_script_is_the_repositorys() =>
        (await CommandLine.RunAsync("migrate", "--print-roles-sql")).Output.ShouldBe(
            await File.ReadAllTextAsync(Repository.PathOf("deploy", "postgres", "roles.sql"))
        );

    [Fact]
    public async Task A_lost_key_file_is_told_by_doctor_and_never_replaced_by_a_new_one()
    {
        await RunAsync("tenants", "add", "music");
        (await RunAsync("doctor")).ExitCode.ShouldBe(0);
        File.Delete(Path.Combine(folder, "kek.key"));

        var doctor = await RunAsync("doctor", "--json");
        doctor.ExitCode.ShouldBe(1);
        JsonDocument
            .Parse(doctor.Output)
            .RootElement.GetProperty("findings")
            .EnumerateArray()
            .ShouldContain(finding =>
                finding.GetProperty("area").GetString() == "keys" && finding.GetProperty("status").GetString() == "fault"
            );
        var add = await RunAsync("tenants", "add", "other");
        add.ExitCode.ShouldBe(1);
        add.Error.ShouldContain("restore it");
        File.Exists(Path.Combine(folder, "kek.key")).ShouldBeFalse();
    }

    [Fact]
    public async Task Another_key_than_the_datas_is_refused_and_a_readable_one_is_told()
    {
        await RunAsync("tenants", "add", "music");
        var key = Path.Combine(folder, "kek.key");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        (await RunAsync("tenants", "list")).ExitCode.ShouldBe(3);
        (await RunAsync("doctor")).Output.ShouldContain("chmod 600");
        File.Delete(key);
        LocalKeys.FromFile(key, create: true).Dispose();
        (await RunAsync("tenants", "list")).Error.ShouldContain("sealed under");
        (await RunAsync("doctor")).ExitCode.ShouldBe(1);
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => CommandLine.RunAsync([.. arguments, "--data", folder]);
}
