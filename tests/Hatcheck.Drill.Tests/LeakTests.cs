using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Hatcheck.Drill.Installation;
using Hatcheck.Drill.Search;
using Hatcheck.Drill.Sinks;
using Microsoft.Data.Sqlite;

namespace Hatcheck.Drill.Tests;

/// <summary>One real leak in each place that a drill searches: each is found, with its place and spelling.</summary>
public sealed class LeakTests : IDisposable
{
    private const string Secret = "bdkqzmvw Grüße 東京 txrj29";
    private const string Id = "2718281828459045";
    private readonly Workspace space = new();
    private readonly SearchResults results = new();
    private readonly Searcher searcher;

    public LeakTests() => searcher = SearcherFor(results);

    public void Dispose() => space.Dispose();

    [Fact]
    public async Task Rows_and_the_file_of_SQLite()
    {
        await ExecuteAsync("create table leaks (plain text, coded text, wide blob, backwards text, hashed blob, number integer)");
        await ExecuteAsync(
            "insert into leaks values ($1, $2, $3, $4, $5, $6)",
            Secret,
            Convert.ToBase64String(Encoding.UTF8.GetBytes("x" + Secret)),
            Encoding.Unicode.GetBytes(Secret),
            string.Concat(Secret.Reverse()),
            SHA256.HashData(Encoding.ASCII.GetBytes(Id)),
            long.Parse(Id)
        );
        (await new SqliteUnderDrill(space).SearchAsync(searcher, results, CancellationToken.None)).ShouldBeEmpty();

        foreach (
            var (column, form) in new[]
            {
                ("plain", "plain"),
                ("coded", "base64, offset 1"),
                ("wide", "UTF-16 LE"),
                ("backwards", "reversed"),
                ("number", "plain"),
                ("hashed", "by trying ids"),
            }
        )
            Found(SinkNames.Rows, $"leaks.{column}", form);
        Found(SinkNames.Files, "hatcheck.db", "plain");
        Found(SinkNames.Files, "hatcheck.db", "by trying ids");
        // As SQLite stores it: the six lowest bytes of the number, or all eight.
        results.Finds().ShouldContain(find => find.Sink == SinkNames.Files && find.Form == "number, big endian");
    }

    [Fact]
    public async Task A_deleted_row_that_only_the_write_ahead_log_still_holds()
    {
        await ExecuteAsync("pragma journal_mode = wal; pragma secure_delete = on; create table leaks (plain text)");
        await using var open = new SqliteConnection(ConnectionString);
        await open.OpenAsync();
        // A connection holds the log open only after it has read.
        await using (var read = open.CreateCommand())
        {
            read.CommandText = "select count(*) from leaks";
            await read.ExecuteScalarAsync();
        }

        await ExecuteAsync("insert into leaks values ($1)", Secret);
        await ExecuteAsync("delete from leaks");
        (await new SqliteUnderDrill(space).SearchAsync(searcher, results, CancellationToken.None)).ShouldBe(
            ["leaks"],
            "a table without rows is reported"
        );

        results.Finds().ShouldNotBeEmpty();
        results.Finds().ShouldAllBe(find => find.Sink == SinkNames.WriteAhead && find.Place == "hatcheck.db-wal");
    }

    [Fact]
    public async Task Files_in_every_folder_and_both_streams()
    {
        var book = new CanaryBook();
        await Captures.MarkAsync(space, book, CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(space.Data, "blob"), Secret);
        await File.WriteAllBytesAsync(Path.Combine(space.Temporary, "upload.tmp"), Encoding.BigEndianUnicode.GetBytes(Secret));
        Directory.CreateDirectory(Path.Combine(space.Home, ".cache"));
        await File.WriteAllTextAsync(Path.Combine(space.Home, ".cache", "answers"), Uri.EscapeDataString(Secret));
        await File.WriteAllBytesAsync(Path.Combine(space.Working, "core.4711"), [0, 1, 2, .. Encoding.UTF8.GetBytes(Secret), 0]);
        await File.WriteAllTextAsync(space.CapturedFile("stdout"), $"Hatcheck listens on {Secret}\n");
        var digest = CryptographicOperations.HashData(HashAlgorithmName.SHA1, Encoding.ASCII.GetBytes(Id));
        await File.WriteAllTextAsync(
            space.CapturedFile("stderr"),
            $$"""{"level":"Debug","message":"resolved {{Convert.ToHexStringLower(digest)}}"}"""
        );
        await Captures.SearchAsync(space, SearcherFor(results, book), CancellationToken.None);

        Found(SinkNames.Data, "blob", "plain");
        Found(SinkNames.Temporary, "upload.tmp", "UTF-16 BE");
        Found(SinkNames.Home, Path.Combine(".cache", "answers"), "percent-encoded");
        Found(SinkNames.Working, "core.4711", "plain");
        Found(SinkNames.Output, "stdout", "plain");
        Found(SinkNames.Log, "stderr", "hex → by trying ids");
        foreach (var folder in new[] { SinkNames.Data, SinkNames.Temporary, SinkNames.Home, SinkNames.Working })
            results.Of(folder).ControlSeen.ShouldBeTrue(folder);
    }

    [Fact]
    public async Task Telemetry_as_it_is_sent_compressed_or_not()
    {
        await using (var collector = await Collector.StartAsync(space, CancellationToken.None))
        {
            using var http = new HttpClient { BaseAddress = new Uri(collector.Address) };
            await http.PostAsync(
                new Uri("/v1/traces", UriKind.Relative),
                new ByteArrayContent([10, 99, .. Encoding.UTF8.GetBytes(Secret), 18])
            );
            using var packed = new MemoryStream();
            await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
                await gzip.WriteAsync(Encoding.UTF8.GetBytes($"user.name {Secret}"));
            await http.PostAsync(new Uri("/v1/metrics", UriKind.Relative), new ByteArrayContent(packed.ToArray()));
            await http.PostAsync(
                new Uri("/v1/logs", UriKind.Relative),
                new ByteArrayContent(Encoding.UTF8.GetBytes($"the last half only: {Secret[(Secret.Length / 2)..]}"))
            );
        }

        await Captures.SearchAsync(space, searcher, CancellationToken.None);
        results.Finds().ShouldContain(find => find.Sink == SinkNames.Traces && find.Form == "plain");
        results.Finds().ShouldContain(find => find.Sink == SinkNames.Metrics && find.Form == "gzip → plain");
        results.Finds().ShouldContain(find => find.Sink == SinkNames.Logs && find.Form == "last half");
    }

    [Fact]
    public void Answers_to_the_wrong_tenant_errors_headers_and_what_verbs_print()
    {
        var answers = new Answers();
        using var fine = new HttpResponseMessage(HttpStatusCode.OK);
        answers.Keep("GET /users/{id}/export", "desk", fine, Encoding.UTF8.GetBytes($$"""{"city":"{{Secret}}"}"""));
        answers.Keep("GET /users/{id}/export", "music", fine, Encoding.UTF8.GetBytes(Secret));
        using var refused = new HttpResponseMessage(HttpStatusCode.BadRequest);
        refused.Headers.TryAddWithoutValidation("X-Echo", Convert.ToHexString(Encoding.UTF8.GetBytes(Secret)));
        answers.Keep("POST /users/resolve", "music", refused, Encoding.UTF8.GetBytes($$"""{"detail":"no such id: {{Id}}"}"""));
        answers.KeepVerb("tenants list", null, $"music, last seen: {Secret}");
        answers.SearchWith(searcher);

        results.Finds().Count(find => find.Sink == SinkNames.OtherTenant).ShouldBe(1, "its own owner may see it");
        Found(SinkNames.OtherTenant, "GET /users/{id}/export", "plain");
        Found(SinkNames.Refusals, "POST /users/resolve", "plain");
        Found(SinkNames.Headers, "POST /users/resolve", "hex, upper case");
        Found(SinkNames.Verbs, "tenants list", "plain");
    }

    internal static Searcher SearcherFor(SearchResults results, CanaryBook? book = null)
    {
        var digests = new DigestSet();
        digests.Add("id", Id, 100, []);
        return new Searcher(
            [Canary.Of("secret", Secret, "music"), Canary.Of("id", Id, "music"), .. book?.All ?? []],
            digests,
            results
        );
    }

    private string ConnectionString =>
        new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(space.Data, "hatcheck.db"),
            Pooling = false,
        }.ConnectionString;

    private void Found(string sink, string place, string form) =>
        results
            .Finds()
            .ShouldContain(find => find.Sink == sink && find.Place == place && find.Form == form, $"{sink}, {place}, {form}");

    private async Task ExecuteAsync(string sql, params object[] parameters)
    {
        await using var connection = new SqliteConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters.Length; i++)
            command.Parameters.AddWithValue($"${i + 1}", parameters[i]);
        await command.ExecuteNonQueryAsync();
    }
}
