using System.Security.Cryptography;
using Hatcheck.Platform;
using Npgsql;

namespace Hatcheck.Drill.Installation;

/// <summary>The drill's own database and roles on an existing PostgreSQL; dropped on disposal.</summary>
internal sealed class ScratchPostgres : IAsyncDisposable
{
    private const int DropAttempts = 40;

    private readonly NpgsqlConnectionStringBuilder administrator;
    private readonly string[] roles;

    private ScratchPostgres(NpgsqlConnectionStringBuilder administrator, string name)
    {
        this.administrator = administrator;
        Name = name;
        roles = [$"{name}_owner", $"{name}_app", $"{name}_maintenance", $"{name}_readonly"];
        Passwords = [.. roles.Select(_ => RandomNumberGenerator.GetHexString(32, lowercase: true))];
    }

    /// <summary>The database's name; the roles' names begin with it.</summary>
    public string Name { get; }

    /// <summary>Passwords of owner, app, maintenance and readonly.</summary>
    public IReadOnlyList<string> Passwords { get; }

    public bool IsSuperuser { get; private set; }

    /// <summary>The administrator's connection string of the scratch database.</summary>
    public string Administrator =>
        new NpgsqlConnectionStringBuilder(administrator.ConnectionString) { Database = Name, Pooling = false }.ConnectionString;

    public string Maintenance => For(2);

    /// <summary>Settings that make a server use it.</summary>
    public IReadOnlyDictionary<string, string> Settings =>
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Database:Provider"] = "postgres",
            ["Database:OwnerConnectionString"] = For(0),
            ["Database:ConnectionString"] = For(1),
            ["Database:MaintenanceConnectionString"] = For(2),
            ["Database:AppRole"] = roles[1],
            ["Database:MaintenanceRole"] = roles[2],
            ["Database:ReadOnlyRole"] = roles[3],
        };

    public static async Task<ScratchPostgres> CreateAsync(string connectionString, CancellationToken cancellation)
    {
        var given = Read(connectionString);
        var scratch = new ScratchPostgres(given, $"hatcheck_drill_{RandomNumberGenerator.GetHexString(10, lowercase: true)}");
        try
        {
            await scratch.CreateAsync(cancellation);
            return scratch;
        }
        catch
        {
            await scratch.DisposeAsync();
            throw;
        }
    }

    /// <summary>Drops database and roles; also safe if only some were created.</summary>
    public async ValueTask DisposeAsync()
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(administrator.ConnectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        await DropAsync(connection);
        foreach (var role in roles)
            await ExecuteAsync(connection, $"drop role if exists {role}", CancellationToken.None);
    }

    private async Task DropAsync(NpgsqlConnection connection)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await ExecuteAsync(connection, $"drop database if exists {Name} with (force)", CancellationToken.None);
                return;
            }
            catch (PostgresException fault)
                when (attempt < DropAttempts
                    && fault.SqlState is (PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.ObjectInUse)
                )
            {
                // Autovacuum is running there, which only a superuser may end; it ends soon.
                await Task.Delay(TimeSpan.FromMilliseconds(250));
            }
        }
    }

    private static NpgsqlConnectionStringBuilder Read(string connectionString)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            builder.Database ??= "postgres";
            return builder;
        }
        catch (ArgumentException)
        {
            throw new OperatorException(
                "--postgres takes a connection string of Npgsql, such as \"Host=127.0.0.1;Username=postgres\"."
            );
        }
    }

    private async Task CreateAsync(CancellationToken cancellation)
    {
        await using (
            var connection = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(administrator.ConnectionString) { Pooling = false }.ConnectionString
            )
        )
        {
            await connection.OpenAsync(cancellation);
            IsSuperuser = await ScalarAsync(connection, "select current_setting('is_superuser')", cancellation) is "on";
            // The server must not log the statements that set passwords.
            if (IsSuperuser)
                await ExecuteAsync(
                    connection,
                    "set log_statement = 'none'; set log_min_duration_statement = -1; set log_min_error_statement = 'panic'",
                    cancellation
                );
            for (var i = 0; i < roles.Length; i++)
                await ExecuteAsync(connection, $"create role {roles[i]} login password '{Passwords[i]}'", cancellation);
            await ExecuteAsync(connection, $"grant {roles[0]} to current_user", cancellation);
            await ExecuteAsync(connection, $"create database {Name} owner {roles[0]}", cancellation);
        }

        // Like deploy/postgres/roles.sql, under the drill's own names.
        await using var scratch = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(IsSuperuser ? Administrator : For(0)) { Pooling = false }.ConnectionString
        );
        await scratch.OpenAsync(cancellation);
        if (IsSuperuser)
            await ExecuteAsync(scratch, $"alter schema public owner to {roles[0]}", cancellation);
        else if (scratch.PostgreSqlVersion.Major < 15)
            throw new OperatorException("Before PostgreSQL 15 only a superuser can prepare a database for the drill.");
        await ExecuteAsync(
            scratch,
            $"revoke all on database {Name} from public; revoke all on schema public from public",
            cancellation
        );
        foreach (var role in roles)
            await ExecuteAsync(scratch, $"grant connect on database {Name} to {role}", cancellation);
        await ExecuteAsync(scratch, $"grant usage on schema public to {string.Join(", ", roles.Skip(1))}", cancellation);
    }

    private string For(int role) =>
        new NpgsqlConnectionStringBuilder(administrator.ConnectionString)
        {
            Database = Name,
            Username = roles[role],
            Password = Passwords[role],
            Passfile = null,
        }.ConnectionString;

    // Every name in these statements is created here, from hexadecimal digits.
    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }
}
