using System.Text;
using System.Text.RegularExpressions;
using Hatcheck.TestKit;

namespace Hatcheck.Ids.Tests;

/// <summary>
/// Ids and keys are not in the tool's output, in the server's log, or, after a rewrite, in the tables' files. Uses its own
/// server, which logs as much as possible.
/// </summary>
public sealed partial class LeakTests : OwnersDatabase
{
    private PostgresServer server = null!;

    public override async ValueTask InitializeAsync()
    {
        server = await PostgresServer.StartAsync(
            new PostgresOptions
            {
                Settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["log_statement"] = "all",
                    ["log_min_duration_statement"] = "0",
                    ["log_parameter_max_length"] = "-1",
                    ["log_parameter_max_length_on_error"] = "-1",
                    ["log_error_verbosity"] = "verbose",
                },
            }
        );
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task No_id_and_no_key_is_in_output_log_state_or_after_a_rewrite_in_the_files()
    {
        // The server computes the ids, so that no statement contains one. As text, so that files can be searched for them.
        await SqlAsync(
            """
            create table people (telegram_id text primary key, name text);
            create table orders (id serial primary key, who text references people);
            insert into people select (77120000000 + n)::text, 'x' from generate_series(1, 2000) n;
            insert into people values ('not ' || 77129999999);
            insert into orders (who) select telegram_id from people;
            analyze people; analyze orders;
            """
        );
        Found(await FilesAsync(), "77120000").ShouldNotBeEmpty("the search itself must work");
        var said = new StringBuilder();
        foreach (var verb in (string[])["plan", "expand", "fill", "status", "verify"])
        {
            var answer = await IdsAsync(
                verb,
                "people",
                "telegram_id",
                verb is "fill" ? ["--batch", "300", "--rejects", File("rejects.csv")] : []
            );
            said.AppendLine(answer.Output).AppendLine(answer.Error);
        }

        said.AppendLine(await System.IO.File.ReadAllTextAsync(File("rejects.csv")));
        foreach (var table in (string[])["migrations", "sites", "rejects", "remaining"])
            said.AppendJoin('\n', await RowsAsync($"select t::text from hatcheck_ids.{table} t"));
        await SqlAsync("delete from orders where who like 'not%'; delete from people where telegram_id like 'not%'");
        var contract = await IdsAsync("contract", "people", "telegram_id", "--rewrite", "--yes", "--json");
        contract.Succeeded();
        said.AppendLine(contract.Output)
            .AppendLine(contract.Error)
            .AppendLine(await System.IO.File.ReadAllTextAsync(server.LogFile));

        // Whole ids only: shorter runs of digits occur in hashes by chance.
        Id().Matches(said.ToString()).Where(match => match.Value is not ("77120000000" or "77129999999")).ShouldBeEmpty();
        foreach (
            var form in (string[])
                [
                    Secret,
                    Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Secret)),
                    Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)),
                ]
        )
            said.ToString().ShouldNotContain(form);

        var files = await FilesAsync();
        Found(files, "77120000").ShouldBeEmpty();
        Found(files, Hash(77120000001)[..20]).ShouldNotBeEmpty("the tables are in these files");
        Found([.. Directory.GetFiles(Path.Combine(server.DataFolder, "pg_wal"))], "77120000")
            .ShouldNotBeEmpty("the tool says that the log still has them");
        contract.Output.ShouldContain("pg_wal");
    }

    protected override Task<PostgresServer> ServerAsync() => Task.FromResult(server);

    private async Task<List<string>> FilesAsync()
    {
        var oid = await Database.ScalarAsync("select oid::text from pg_database where datname = current_database()");
        await Database.ScalarAsync("checkpoint");
        return [.. Directory.GetFiles(Path.Combine(server.DataFolder, "base", $"{oid}"))];
    }

    [GeneratedRegex("(?<![0-9a-f])7712[0-9]{7}(?![0-9a-f])")]
    private static partial Regex Id();

    private static List<string> Found(IReadOnlyList<string> files, string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        return
        [
            .. files
                .Where(file => System.IO.File.Exists(file) && System.IO.File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0)
                .Select(file => Path.GetFileName(file)),
        ];
    }
}
