using System.Text.Json;
using Hatcheck.ServerKit.Cli;
using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.Drill.Tests;

/// <summary>The whole drill, run like an operator on both databases: stored data can't be read.</summary>
public sealed class DrillTests
{
    private static readonly string[] places =
    [
        "database rows",
        "database files",
        "write-ahead log",
        "data folder",
        "standard output",
        "standard error (log)",
        "traces (OTLP)",
        "metrics (OTLP)",
        "output of verbs",
        "error answers",
        "headers of answers",
        "answers to the other tenant",
        "temporary files",
        "home folder (caches)",
        "working folder (core dumps)",
    ];

    [Fact]
    public async Task A_drill_on_SQLite_finds_nothing_and_has_looked_everywhere()
    {
        await using var hatcheck = new HatcheckProcess();
        // Settings of the machine's real installation, which a drill must not touch.
        hatcheck.Environment["Database__Provider"] = "postgres";
        hatcheck.Environment["Database__ConnectionString"] = "Host=127.0.0.1;Port=1;Username=nobody";
        var report = Path.Combine(hatcheck.Folder, "drill.json");
        var done = await hatcheck.RunAsync("drill", "--json", "--range", "500", "--report", report);

        ShouldBeClean(done, places);
        File.ReadAllText(report).Trim().ShouldBe(done.Output.Trim());
        File.ReadAllText(Path.ChangeExtension(report, ".txt")).ShouldContain("Clean: ");
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(report).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_drill_on_PostgreSQL_finds_nothing_and_leaves_nothing()
    {
        Assert.SkipUnless(PostgresServer.CanStart, PostgresServer.HowToGetIt);
        await using var server = await PostgresServer.StartAsync();
        await using var database = await server.CreateDatabaseAsync();
        var administrator = new NpgsqlConnectionStringBuilder(database.SuperUser) { Database = "postgres" };
        await using var hatcheck = new HatcheckProcess();
        hatcheck.Environment["PGPASSWORD"] = administrator.Password!;
        administrator.Remove("Password");
        var done = await hatcheck.RunAsync(
            "drill",
            "--json",
            "--range",
            "500",
            "--report",
            Path.Combine(hatcheck.Folder, "drill.json"),
            "--postgres",
            administrator.ConnectionString,
            "--postgres-log",
            server.LogFile
        );

        ShouldBeClean(done, [.. places, "log of PostgreSQL"]);
        (await database.ScalarAsync("select count(*) from pg_roles where rolname like 'hatcheck\\_drill%'")).ShouldBe(0L);
        (await database.ScalarAsync("select count(*) from pg_database where datname like 'hatcheck\\_drill%'")).ShouldBe(0L);
    }

    [Fact]
    public async Task A_password_on_the_command_line_is_refused()
    {
        var done = await CommandLine.RunAsync("drill", "--postgres", "Host=127.0.0.1;Username=postgres;Password=secret");
        done.ExitCode.ShouldBe(2);
        done.Error.ShouldContain("PGPASSFILE");
        done.Error.ShouldNotContain("secret");
    }

    private static void ShouldBeClean(CommandResult done, string[] expected)
    {
        done.ExitCode.ShouldBe(0, $"{done.Output}\n{done.Error}");
        var report = JsonDocument.Parse(done.Output).RootElement;
        report.GetProperty("clean").GetBoolean().ShouldBeTrue();
        report.GetProperty("finds").GetArrayLength().ShouldBe(0);
        report.GetProperty("not_exercised").GetArrayLength().ShouldBe(0);
        var sinks = report.GetProperty("sinks").EnumerateArray().ToList();
        sinks.Select(sink => sink.GetProperty("name").GetString()).ShouldBe(expected, ignoreOrder: true);
        foreach (var sink in sinks)
        {
            sink.GetProperty("control_seen").GetBoolean().ShouldBeTrue(sink.ToString());
            sink.GetProperty("bytes").GetInt64().ShouldBeGreaterThan(0, sink.ToString());
        }

        report.GetProperty("canaries").GetInt32().ShouldBeGreaterThan(400);
        report.GetProperty("seen_by_owner").GetInt32().ShouldBeGreaterThan(10, "what was planted was really stored");
        var mayBeEmpty = Composition
            .Tables.Where(table => table.EmptyInDrill is not null)
            .Select(table => table.Section?.Name)
            .ToHashSet(StringComparer.Ordinal);
        report
            .GetProperty("inventory")
            .EnumerateObject()
            .Where(kind => !mayBeEmpty.Contains(kind.Name))
            .ShouldAllBe(kind => kind.Value.GetInt32() > 0);
    }
}
