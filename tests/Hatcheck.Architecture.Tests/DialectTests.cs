using System.Text.RegularExpressions;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// Only Platform/Storage distinguishes the databases: elsewhere a statement is written once, and the engine handles the
/// differences.
/// </summary>
public sealed partial class DialectTests
{
    [Fact]
    public async Task Nobody_outside_the_storage_asks_which_database_it_is() =>
        Asking(await Tracked.FilesAsync(".cs")).ShouldBeEmpty();

    [Theory]
    [InlineData("if (engine.Name == \"sqlite\") return;")]
    [InlineData("var nodes = engine.Name is \"postgres\" ? 3 : 1;")]
    [InlineData("var rows = db.Database.IsNpgsql() ? a : b;")]
    [InlineData("if (db.Database.IsSqlite()) return;")]
    [InlineData("object at = engine.InstantsAreNumbers ? 1L : now;")]
    [InlineData("if (engine is SqliteEngine sqlite) return;")]
    [InlineData("var text = PostgresEngine.Word;")]
    [InlineData("if (command is SqliteCommand) name = \"$1\";")]
    [InlineData("if (connection is NpgsqlConnection) return;")]
    [InlineData("var text = dialect == Dialect.Postgres ? \"least\" : \"min\";")]
    [InlineData("if (options.Provider == \"postgres\") return;")]
    [InlineData("if (name.Equals(\"sqlite\", StringComparison.Ordinal)) return;")]
    [InlineData("case \"sqlite\":")]
    [InlineData("catch (PostgresException refused)")]
    [InlineData("fault is SqliteException { SqliteErrorCode: 5 }")]
    [InlineData("command.Parameters.Add(new Microsoft.Data.Sqlite.SqliteParameter());")]
    public void A_planted_question_is_caught(string line)
    {
        Asking([new SourceFile("src/Hatcheck.People/Users/UserDirectory.cs", line)]).ShouldHaveSingleItem();
        Asking([new SourceFile("src/Hatcheck.Platform/Storage/Database.cs", line)]).ShouldBeEmpty();
    }

    [Fact]
    public async Task Work_across_tenants_and_raw_commands_go_through_one_door() =>
        Opening(await Tracked.FilesAsync(".cs")).ShouldBeEmpty();

    [Theory]
    [InlineData("await using var connection = await engine.OpenAcrossTenantsAsync(cancellation);")]
    [InlineData("await using var command = connection.CreateCommand();")]
    public void A_planted_door_of_its_own_is_caught(string line) =>
        Opening([new SourceFile("src/Hatcheck.People/Users/UserDirectory.cs", line)]).ShouldHaveSingleItem();

    private static List<string> Asking(IEnumerable<SourceFile> files) => Find(files, Question());

    private static List<string> Opening(IEnumerable<SourceFile> files) => Find(files, Door());

    private static List<string> Find(IEnumerable<SourceFile> files, Regex pattern) =>
        [
            .. from file in files
            where Rooms.OfPath(file.Path) is not null && !Storage().IsMatch(file.Path)
            from line in file.Lines
            where pattern.IsMatch(line)
            select $"{file.Path}: {line.Trim()}",
        ];

    // `ids` works on PostgreSQL only, and the drill reads a database without the code that it drills.
    [GeneratedRegex("^src/Hatcheck.(?:Platform/Storage|Ids|Drill)/")]
    private static partial Regex Storage();

    [GeneratedRegex(
        @"\b(?:IsNpgsql|IsSqlite|IsPostgres|InstantsAreNumbers|Dialect|SqliteEngine|PostgresEngine"
            + @"|Sqlite(?:Connection|Command|Parameter|DataReader|Exception)"
            + @"|Npgsql(?:Connection|Command|Parameter|DataReader|Exception)|PostgresException|PostgresErrorCodes)\b"
            + @"|(?:[!=]=|\bis(?: not)?|\bcase|\bEquals\(|=>|\bor)\s*""(?:sqlite|postgres)"""
            + @"|""(?:sqlite|postgres)""\s*(?:[!=]=|=>|or\b)"
    )]
    private static partial Regex Question();

    [GeneratedRegex(@"\bOpenAcrossTenantsAsync\b|\bCreateCommand\b")]
    private static partial Regex Door();
}
