using System.Text;
using Hatcheck.Drill.Installation;
using Hatcheck.Drill.Search;
using Hatcheck.Drill.Sinks;
using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.Drill.Tests;

/// <summary>Leaks in PostgreSQL: in rows, in a deleted row's traces in files and WAL, and in the server's log.</summary>
public sealed class LeakOnPostgresTests : IAsyncLifetime
{
    private const string Secret = "gnvxwqjk Grüße 東京 pzfbm83";
    private static readonly Guid tenant = Guid.Parse("0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11");
    private readonly Workspace space = new();
    private readonly SearchResults results = new();
    private PostgresServer server = null!;

    public async ValueTask InitializeAsync()
    {
        if (PostgresServer.CanStart)
            server = await PostgresServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        space.Dispose();
    }

    [Fact]
    public async Task Rows_deleted_rows_and_a_logged_statement_are_found_and_nothing_is_left_behind()
    {
        Assert.SkipUnless(PostgresServer.CanStart, PostgresServer.HowToGetIt);
        var administrator = await AdministratorAsync("superuser");
        await using (
            var database = await PostgresUnderDrill.CreateAsync(
                administrator,
                server.LogFile,
                space,
                TimeProvider.System,
                CancellationToken.None
            )
        )
        {
            var owner = database.Settings["Database:OwnerConnectionString"];
            await ExecuteAsync(owner, "create table kept (id uuid, plain text, wide bytea); create table emptied (plain text)");
            await ExecuteAsync(
                owner,
                $"insert into kept values ('{tenant}', '{Secret}', "
                    + $"'\\x{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(Secret))}')"
            );
            await ExecuteAsync(owner, $"insert into emptied values ('{new string([.. Secret.Reverse()])}'); delete from emptied");
            await ExecuteAsync(
                owner,
                $"do $$ begin raise warning 'no such person: {Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret))}'; end $$"
            );
            (await SearchAsync(database)).ShouldBe(["emptied"]);
            await Should.ThrowAsync<PostgresException>(
                ExecuteAsync(owner, "create role somebody"),
                "the drill's own roles may do no more than a real installation's"
            );
        }

        Found(SinkNames.Rows, "kept.plain", "plain");
        Found(SinkNames.Rows, "kept.wide", "UTF-16 BE");
        results.Finds().ShouldNotContain(find => find.Place.StartsWith("emptied"));
        results
            .Finds()
            .ShouldContain(find => find.Sink == SinkNames.Files && find.Form == "reversed", "a deleted row stays in the file");
        results.Finds().ShouldContain(find => find.Sink == SinkNames.WriteAhead && find.Form == "reversed");
        Found(SinkNames.DatabaseLog, "log", "base64, offset 0");
        foreach (var sink in new[] { SinkNames.Rows, SinkNames.Files, SinkNames.WriteAhead, SinkNames.DatabaseLog })
            results.Of(sink).ControlSeen.ShouldBeTrue(sink);
        (await LeftAsync(administrator)).ShouldBe(0);
    }

    [Fact]
    public async Task A_role_without_the_servers_files_says_what_it_could_not_look_at()
    {
        Assert.SkipUnless(PostgresServer.CanStart, PostgresServer.HowToGetIt);
        var administrator = await AdministratorAsync("nosuperuser createdb createrole");
        await using (
            var database = await PostgresUnderDrill.CreateAsync(
                administrator,
                null,
                space,
                TimeProvider.System,
                CancellationToken.None
            )
        )
        {
            var owner = database.Settings["Database:OwnerConnectionString"];
            var role = new NpgsqlConnectionStringBuilder(database.Settings["Database:MaintenanceConnectionString"]).Username;
            await ExecuteAsync(
                owner,
                $"create table kept (id uuid, plain text); insert into kept values ('{tenant}', '{Secret}'); grant select "
                    + $"on kept to {role}"
            );
            (await SearchAsync(database)).ShouldBeEmpty();
        }

        Found(SinkNames.Rows, "kept.plain", "plain");
        foreach (var sink in new[] { SinkNames.Files, SinkNames.WriteAhead, SinkNames.DatabaseLog })
            results.Of(sink).Unseen.ShouldNotBeNull(sink);
        (await LeftAsync(administrator)).ShouldBe(0);
    }

    private Task<List<string>> SearchAsync(PostgresUnderDrill database)
    {
        var book = new CanaryBook();
        database.AddTo(book, tenant);
        return database.SearchAsync(
            new Searcher([Canary.Of("secret", Secret, "music"), .. book.All], new DigestSet(), results),
            results,
            CancellationToken.None
        );
    }

    /// <summary>Creates a role with these rights; returns its connection string.</summary>
    private async Task<string> AdministratorAsync(string rights)
    {
        await using var database = await server.CreateDatabaseAsync();
        await ExecuteAsync(database.SuperUser, $"create role driller login password 'for-this-test' {rights}");
        return new NpgsqlConnectionStringBuilder(database.SuperUser)
        {
            Database = "postgres",
            Username = "driller",
            Password = "for-this-test",
        }.ConnectionString;
    }

    private static async Task<long> LeftAsync(string administrator)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(administrator) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            @"select (select count(*) from pg_roles where rolname like 'hatcheck\_drill\_%') "
                + @"+ (select count(*) from pg_database where datname like 'hatcheck\_drill\_%')",
            connection
        );
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private void Found(string sink, string place, string form) =>
        results
            .Finds()
            .ShouldContain(find => find.Sink == sink && find.Place == place && find.Form == form, $"{sink}, {place}, {form}");
}
