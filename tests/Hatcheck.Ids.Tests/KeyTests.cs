using Hatcheck.ServerKit.Cli;

namespace Hatcheck.Ids.Tests;

/// <summary>Sources of the key and the database, and refusals.</summary>
public sealed class KeyTests : OwnersDatabase
{
    [Fact]
    public async Task Another_key_or_scheme_the_second_time_is_refused_before_anything_is_read()
    {
        await SqlAsync(
            "create table people (id int primary key, telegram_id bigint); insert into people select n, 100 + n "
                + "from generate_series(1, 50) n"
        );
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        PrivateText(File("other.key"), "another canary key, long enough");
        var before = await SnapshotAsync();
        foreach (var verb in (string[])["plan", "expand", "fill", "verify", "contract", "migrate"])
        {
            string[] yes = verb is "contract" or "migrate" ? ["--yes"] : [];
            var answer = await IdsAsync(verb, "people", "telegram_id", ["--key-file", File("other.key"), .. yes]);
            answer.ExitCode.ShouldBe(3, verb);
            answer.Error.ShouldContain("not the key with which this migration was begun");
            answer.Error.ShouldNotContain("canary");
            (await IdsAsync(verb, "people", "telegram_id", ["--key-file", KeyFile, "--scheme", "1", .. yes])).ExitCode.ShouldBe(
                3,
                verb
            );
        }

        (await SnapshotAsync()).ShouldBe(before);
        (await IdsAsync("contract", "people", "telegram_id", "--yes")).Succeeded();
    }

    [Fact]
    public async Task An_exported_key_says_its_own_scheme_and_its_form()
    {
        var bytes = Convert.FromHexString("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        PrivateText(File("export.key"), $"hatcheck-index:1:1:{Convert.ToBase64String(bytes)}\n");
        await SqlAsync("create table people (id int primary key, telegram_id bigint); insert into people values (1, 7012345678)");
        (await MigrateAsync("people", "telegram_id", "--key-file", File("export.key"))).Succeeded();
        (await RowsAsync("select telegram_id from people")).ShouldBe([
            "688db7dc08d1db223982514d9fddd9a6500d176441763746a426cdf7601e633b",
        ]);
        PrivateText(File("broken.key"), "hatcheck-index:1:1:canary");
        var broken = await IdsAsync("plan", "people", "telegram_id", "--key-file", File("broken.key"));
        broken.ExitCode.ShouldBe(3);
        broken.Error.ShouldNotContain("canary");
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_absent_or_named_twice_is_refused()
    {
        await SqlAsync("create table people (id int primary key, telegram_id bigint)");
        (await IdsAsync("plan", "people", "telegram_id", "--key-file", File("nowhere"))).ExitCode.ShouldBe(3);
        (await IdsAsync("plan", "people", "telegram_id", "--key-env", "HATCHECK_TEST_UNSET")).ExitCode.ShouldBe(3);
        (await IdsAsync("plan", "people", "telegram_id", "--key-file", KeyFile, "--key-env", "HOME")).ExitCode.ShouldBe(2);
        if (OperatingSystem.IsWindows())
            return;
        System.IO.File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        (await IdsAsync("plan", "people", "telegram_id")).ExitCode.ShouldBe(3);
    }

    [Fact]
    public async Task The_command_line_takes_no_password_and_repeats_none()
    {
        var answer = await CommandLine.RunAsync(
            "ids",
            "status",
            "--database",
            "Host=127.0.0.1;Database=x;Username=y;Password=canary",
            "--table",
            "t",
            "--column",
            "c"
        );
        answer.ExitCode.ShouldBe(2);
        answer.Error.ShouldContain("PGPASSWORD");
        answer.Error.ShouldNotContain("canary");
        foreach (var wrong in (string[])["postgres://y:" + "canary@h/x", "canary", "Nonsense=canary", ""])
        {
            var refused = await CommandLine.RunAsync("ids", "status", "--database", wrong, "--table", "t", "--column", "c");
            refused.ExitCode.ShouldBe(2, wrong);
            refused.Error.ShouldNotContain("canary");
        }

        (
            await CommandLine.RunAsync(
                "ids",
                "status",
                "--database",
                "Host=127.0.0.1;Port=1;Database=x;Username=y",
                "--table",
                "t",
                "--column",
                "c"
            )
        ).ExitCode.ShouldBe(4);
        (await CommandLine.RunAsync("ids", "status", "--database", "Host=x", "--column", "c")).ExitCode.ShouldBe(2);
        (await IdsAsync("fill", "t", "c", "--batch", "0")).ExitCode.ShouldBe(2);
        (await IdsAsync("status", "nowhere", "c")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task A_blind_only_tenants_key_comes_from_Hatchecks_own_database_and_that_is_recorded()
    {
        string[] hatcheck = ["--data", File("data")];
        (await CommandLine.RunAsync(["migrate", .. hatcheck])).Succeeded();
        (
            await CommandLine.RunAsync([
                "tenants",
                "add",
                "alice",
                "--blind-only",
                "--scheme",
                "0",
                "--index-key-file",
                KeyFile,
                "--index-key-encoding",
                "text",
                .. hatcheck,
            ])
        ).Succeeded();
        (await CommandLine.RunAsync(["tenants", "add", "music", .. hatcheck])).Succeeded();
        await SqlAsync("create table people (id int primary key, telegram_id bigint); insert into people values (1, 42)");
        (await IdsAsync("migrate", "people", "telegram_id", ["--yes", "--tenant", "alice", .. hatcheck])).Succeeded();
        (await RowsAsync("select telegram_id from people")).ShouldBe([Hash(42)]);
        // Recorded: a plain export afterwards is the second one.
        var again = await CommandLine.RunAsync(["keys", "export-index", "alice", "--stdout", .. hatcheck]);
        again.ExitCode.ShouldBe(1);
        again.Error.ShouldContain("was exported at");
        (await IdsAsync("plan", "people", "telegram_id", ["--tenant", "music", .. hatcheck])).Error.ShouldContain("--register");
    }

    [Fact]
    public async Task A_file_with_a_password_that_others_may_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        System.IO.File.SetUnixFileMode(File("database"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        (await IdsAsync("status", "people", "telegram_id")).ExitCode.ShouldBe(3);
    }
}
