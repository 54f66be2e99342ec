using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.ServerKit.Cli;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Cli;

/// <summary>Verbs beside a running server on SQLite, where one process owns the file; as real processes.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RunningServerTests : IAsyncLifetime
{
    private readonly HatcheckProcess hatcheck = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => hatcheck.DisposeAsync();

    [Fact]
    public async Task A_key_added_beside_a_running_server_works_at_once_and_a_revoked_one_no_more()
    {
        var server = await hatcheck.ServeAsync();
        server.Error().ShouldContain("Created a new key");

        var added = await hatcheck.RunAsync("apikeys", "add", "default", "--name", "bot");
        var key = added.Succeeded().Trim();
        key.ShouldStartWith("hck_live_");
        added.Output.Trim().Split('\n').ShouldHaveSingleItem();
        using var http = server.Client(key);
        (await http.ResolveAsync("4711")).Created.ShouldBeTrue();

        var listed = JsonDocument
            .Parse((await hatcheck.RunAsync("apikeys", "list", "default", "--json")).Succeeded())
            .RootElement[0];
        listed.GetProperty("hint").GetString().ShouldBe(key[^4..]);
        listed.GetProperty("scopes").GetArrayLength().ShouldBe(StaffSupport.Roles.Get(BuiltInRole.Service).Permissions.Count);
        var revoked = await hatcheck.RunAsync("apikeys", "revoke", "default", listed.GetProperty("id").GetString()!);
        revoked.ExitCode.ShouldBe(0, revoked.Error);
        await http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4711"}""")
            .ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task Twenty_verbs_at_once_under_write_load_never_fail()
    {
        var server = await hatcheck.ServeAsync();
        var key = (await hatcheck.RunAsync("apikeys", "add", "default", "--name", "bot")).Succeeded().Trim();
        using var http = server.Client(key);
        using var enough = new CancellationTokenSource();
        var writes = Enumerable
            .Range(0, 4)
            .Select(async writer =>
            {
                for (var id = 1; !enough.IsCancellationRequested; id++)
                    await http.ResolveAsync($"{(writer * 1_000_000) + id}");
            })
            .ToList();

        for (var round = 0; round < 4; round++)
        {
            var lists = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => hatcheck.RunAsync("tenants", "list")));
            lists.ShouldAllBe(list => list.ExitCode == 0 && list.Error == "" && list.Output.Contains("default"));
        }

        await enough.CancelAsync();
        await Task.WhenAll(writes);
    }

    [Fact]
    public async Task After_kill_9_verbs_open_the_file_themselves_and_a_new_server_starts()
    {
        var server = await hatcheck.ServeAsync();
        var key = (await hatcheck.RunAsync("apikeys", "add", "default", "--name", "bot")).Succeeded().Trim();
        await server.KillAsync();
        File.Exists(Path.Combine(hatcheck.Folder, "admin.sock")).ShouldBeTrue();

        (await hatcheck.RunAsync("tenants", "list")).Succeeded().ShouldContain("default");
        var again = await hatcheck.ServeAsync();
        using var http = again.Client(key);
        (await http.ResolveAsync("4711")).Created.ShouldBeTrue();
        (await hatcheck.RunAsync("tenants", "list")).Succeeded().ShouldContain("default");
        (await again.StopAsync()).ShouldBe(0);
        File.Exists(Path.Combine(hatcheck.Folder, "admin.sock")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_is_refused_in_plain_words()
    {
        var server = await hatcheck.ServeAsync();
        var second = await hatcheck.RunAsync("serve", "--urls", "http://127.0.0.1:0");
        second.ExitCode.ShouldBe(1);
        second.Error.ShouldContain($"process {server.Process.Id}");
        second.Error.ShouldContain("--data");
        second.Error.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task An_address_in_use_is_told_in_plain_words()
    {
        var server = await hatcheck.ServeAsync();
        var other = new HatcheckProcess();
        var second = await other.RunAsync("serve", "--urls", server.Address.ToString());
        await other.DisposeAsync();
        second.ExitCode.ShouldBe(1);
        second.Error.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldStartWith("hatcheck: The address is in use");
    }

    [Fact]
    public async Task An_address_in_use_is_noticed_before_anything_is_made_or_a_demos_data_is_thrown_away()
    {
        var server = await hatcheck.ServeAsync();
        await using var other = new HatcheckProcess();
        (await other.RunAsync("serve", "--urls", server.Address.ToString())).ExitCode.ShouldBe(1);
        File.Exists(Path.Combine(other.Folder, "hatcheck.db")).ShouldBeFalse();
        File.Exists(Path.Combine(other.Folder, "kek.key")).ShouldBeFalse();

        foreach (var name in (string[])["demo", "kek.key"])
            await File.WriteAllTextAsync(Path.Combine(other.Folder, name), "of the demo before");
        var demo = await other.RunAsync("demo", "--urls", server.Address.ToString());
        demo.ExitCode.ShouldBe(1);
        demo.Error.ShouldContain("The address is in use");
        (await File.ReadAllTextAsync(Path.Combine(other.Folder, "kek.key"))).ShouldBe("of the demo before");
    }

    [Fact]
    public async Task Health_asks_the_folders_own_server_whatever_listens_on_the_usual_port()
    {
        var server = await hatcheck.ServeAsync();
        var answer = JsonDocument.Parse((await hatcheck.RunAsync("health", "--json", "--timeout", "60")).Succeeded()).RootElement;
        new Uri(answer.GetProperty("url").GetString()!).ShouldBe(server.Address);
        answer.GetProperty("healthy").GetBoolean().ShouldBeTrue();
        (await hatcheck.RunAsync("health", "--live", "--timeout", "60")).Succeeded().ShouldBe("ok\n");

        await using var other = new HatcheckProcess();
        // Its Urls name another installation's server.
        other.Environment["Urls"] = server.Address.ToString();
        var none = await other.RunAsync("health");
        none.ExitCode.ShouldBe(1);
        none.Output.ShouldContain($"no server of {other.Folder.TrimEnd('/')}");
        (await other.RunAsync("health", "--url", server.Address.ToString(), "--timeout", "60")).Succeeded().ShouldBe("ok\n");
        (await server.StopAsync()).ShouldBe(0);
        (await hatcheck.RunAsync("health")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task Health_beside_a_server_whose_database_belongs_to_another_key_says_so()
    {
        await hatcheck.ServeAsync();
        await using (
            var connection = new Microsoft.Data.Sqlite.SqliteConnection(
                $"Data Source={Path.Combine(hatcheck.Folder, "hatcheck.db")};Pooling=False"
            )
        )
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "update kek_check set kek_id = 'local-00000000000000000000000000000000'";
            await command.ExecuteNonQueryAsync();
        }

        var answer = await hatcheck.RunAsync("health", "--timeout", "60");
        answer.ExitCode.ShouldBe(1);
        answer.Output.ShouldBe("not healthy: keys: the data belongs to another key\n");
        (await hatcheck.RunAsync("health", "--live", "--timeout", "60")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Doctor_beside_a_running_server_looks_at_the_key_file_that_the_next_start_will_find()
    {
        await hatcheck.ServeAsync();
        var key = Path.Combine(hatcheck.Folder, "kek.key");
        var content = await File.ReadAllTextAsync(key);
        (await hatcheck.RunAsync("doctor")).ExitCode.ShouldBe(0);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var open = await hatcheck.RunAsync("doctor");
        (open.ExitCode, open.Output.Contains("chmod 600", StringComparison.Ordinal)).ShouldBe((1, true), open.Output);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(key, "garbage");
        var broken = await hatcheck.RunAsync("doctor");
        (broken.ExitCode, broken.Output.Contains("is not a key file of Hatcheck", StringComparison.Ordinal)).ShouldBe(
            (1, true),
            broken.Output
        );
        await File.WriteAllTextAsync(key, content);
        (await hatcheck.RunAsync("doctor")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Beside_a_running_server_too_the_only_tenant_need_not_be_named()
    {
        await hatcheck.ServeAsync();
        (await hatcheck.RunAsync("apikeys", "add", "--name", "bot")).Succeeded().ShouldStartWith("hck_live_");
        var file = Path.Combine(hatcheck.Folder, "index.key");
        // Hatcheck hashes for the first tenant: its key stays inside, and the new file is removed.
        (await hatcheck.RunAsync("keys", "export-index", "--out", file)).Error.ShouldContain("never leaves");
        File.Exists(file).ShouldBeFalse();
        (await hatcheck.RunAsync("tenants", "add", "alice", "--blind-only")).Succeeded();
        var several = await hatcheck.RunAsync("keys", "export-index", "--out", file);
        (several.ExitCode, several.Error.Contains("default, alice", StringComparison.Ordinal)).ShouldBe((2, true), several.Error);
        (await hatcheck.RunAsync("keys", "export-index", "alice", "--out", file)).ExitCode.ShouldBe(0);
        (await File.ReadAllTextAsync(file)).ShouldStartWith("hatcheck-index:1:");
    }

    [Fact]
    public async Task The_admin_socket_is_its_owners_and_has_no_other_end_point_and_the_api_none_of_its()
    {
        var server = await hatcheck.ServeAsync();
        var socket = Path.Combine(hatcheck.Folder, "admin.sock");
        File.GetUnixFileMode(socket).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Path.Combine(hatcheck.Folder, "kek.key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        using var admin = new HttpClient(handler) { BaseAddress = new Uri("http://admin") };
        foreach (var path in (string[])["/health/live", "/health/ready", "/tenant", "/openapi/v1.json", "/"])
        {
            (await admin.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        // A server inside the server, or a verb that can't run there, is refused like any wrong command line.
        var nested = await admin.PostAsync(
            "/run",
            new StringContent(
                """{"arguments":["serve"],"input":"","operator":1000,"interactive":false,"width":80}""",
                Encoding.UTF8,
                "application/json"
            )
        );
        (await nested.Content.ReadAsStringAsync()).ShouldContain("\"exit\":2");

        // An operator is a number. A name, digits as a text, or a number that no account has is refused, and nothing is run.
        foreach (var name in (string[])["\"root\"", "\"1000\"", "-1", "4294967296", "1.5"])
        {
            var request = $$"""{"arguments":["tenants","add","x"],"input":"","operator":{{name}},"width":80}""";
            using var content = new StringContent(request, Encoding.UTF8, "application/json");
            (await admin.PostAsync("/run", content)).StatusCode.ShouldBe(HttpStatusCode.BadRequest, name);
        }

        (await hatcheck.RunAsync("tenants", "list")).Succeeded().Trim().Split('\n').Length.ShouldBe(2);
        var key = (await hatcheck.RunAsync("apikeys", "add", "default", "--name", "bot")).Succeeded().Trim();
        using var http = server.Client(key);
        await http.PostJsonAsync("/run", """{"arguments":["tenants","list"]}""")
            .ShouldFailAsync(404, ProblemCodes.NoSuchEndpoint);
    }

    [Fact]
    public async Task An_operator_is_recorded_by_the_number_of_their_account_under_sudo_too_and_by_no_name()
    {
        var server = await hatcheck.ServeAsync();
        hatcheck.Environment["SUDO_USER"] = "anna.beispiel";
        string[] accounts = ["4711", "", "anna.beispiel", "+12", "99999999999"];
        for (var i = 0; i < accounts.Length; i++)
        {
            hatcheck.Environment["SUDO_UID"] = accounts[i];
            (await hatcheck.RunAsync("apikeys", "add", "--name", $"bot-{i}")).Succeeded();
        }

        // Without the server the verb opens the file itself.
        (await server.StopAsync()).ShouldBe(0);
        hatcheck.Environment["SUDO_UID"] = "4711";
        (await hatcheck.RunAsync("apikeys", "add", "--name", "last")).Succeeded();
        var own = (await Command.RunAsync("id", ["-u"])).Succeeded().Trim();
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection(
            $"Data Source={Path.Combine(hatcheck.Folder, "hatcheck.db")};Pooling=False"
        );
        await connection.OpenAsync();
        (await connection.RowsAsync("select actor from audit_pending where act = 'apikey.add' order by rowid")).ShouldBe([
            "operator:4711",
            $"operator:{own}",
            $"operator:{own}",
            $"operator:{own}",
            $"operator:{own}",
            "operator:4711",
        ]);
    }

    [Fact]
    public async Task A_folder_too_deep_for_a_socket_is_served_all_the_same()
    {
        await using var deep = new HatcheckProcess(Path.Combine(new string('d', 60), new string('e', 60)));
        var server = await deep.ServeAsync();
        (await deep.RunAsync("tenants", "list")).Succeeded().ShouldContain("default");
        var pointer = Path.Combine(deep.Folder, "admin.path");
        File.GetUnixFileMode(await File.ReadAllTextAsync(pointer)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await server.StopAsync()).ShouldBe(0);
        File.Exists(pointer).ShouldBeFalse();
    }
}
