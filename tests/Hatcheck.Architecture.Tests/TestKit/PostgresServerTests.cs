using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.Architecture.Tests.TestKit;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task Each_database_is_fresh_and_its_roles_are_neither_superuser_nor_free_of_row_level_security()
    {
        var server = await PostgresServer.SharedAsync();
        await using var one = await server.CreateDatabaseAsync();
        await using var other = await server.CreateDatabaseAsync();

        (other.Name == one.Name).ShouldBeFalse();
        foreach (var connectionString in new[] { one.Owner, one.App, one.Maintenance, one.ReadOnly })
        {
            (
                await ScalarAsync(connectionString, "select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
            ).ShouldBe(false);
        }

        await ScalarAsync(one.Owner, "create table mine (id int)");
        (await ScalarAsync(other.Owner, "select to_regclass('mine') is null")).ShouldBe(true);
        await Should.ThrowAsync<PostgresException>(() => ScalarAsync(one.App, "create table theirs (id int)"));
        await Should.ThrowAsync<PostgresException>(() => ScalarAsync(one.App, "select * from mine"));
    }

    [Fact]
    public async Task A_killed_server_starts_again_on_the_same_port_with_what_was_committed()
    {
        Assert.SkipUnless(PostgresServer.CanStart, PostgresServer.HowToGetIt);
        await using var server = await PostgresServer.StartAsync(new PostgresOptions { Durable = true });
        await using var database = await server.CreateDatabaseAsync();
        await ScalarAsync(database.Owner, "create table kept as select 7 as value");
        var port = server.Port;

        await server.KillAsync();
        await Should.ThrowAsync<NpgsqlException>(() => ScalarAsync(database.Owner, "select value from kept"));
        await server.StartAgainAsync();

        server.Port.ShouldBe(port);
        (await ScalarAsync(database.Owner, "select value from kept")).ShouldBe(7);
        await server.RestartAsync();
        (await ScalarAsync(database.Owner, "select value from kept")).ShouldBe(7);
    }

    [Fact]
    public async Task With_TLS_the_right_name_is_accepted_and_a_wrong_name_or_plaintext_is_refused()
    {
        Assert.SkipUnless(PostgresServer.CanStart, PostgresServer.HowToGetIt);
        await using var server = await PostgresServer.StartAsync(new PostgresOptions { Tls = true });
        await using var database = await server.CreateDatabaseAsync();

        (await ScalarAsync(database.App, "select ssl from pg_stat_ssl where pid = pg_backend_pid()")).ShouldBe(true);
        var wrongName = new NpgsqlConnectionStringBuilder(database.App) { Host = "127.0.0.1" };
        await Should.ThrowAsync<NpgsqlException>(() => ScalarAsync(wrongName.ConnectionString, "select 1"));
        var plain = new NpgsqlConnectionStringBuilder(database.App) { SslMode = SslMode.Disable };
        await Should.ThrowAsync<NpgsqlException>(() => ScalarAsync(plain.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task The_roles_file_can_be_run_twice()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.ScalarAsync(await File.ReadAllTextAsync(Repository.PathOf("deploy", "postgres", "roles.sql")));
        await ScalarAsync(database.Owner, "create schema of_its_own");
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
