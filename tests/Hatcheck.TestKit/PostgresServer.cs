using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Hatcheck.TestKit;

/// <summary>Options of a test's PostgreSQL.</summary>
public sealed record PostgresOptions
{
    /// <summary>Flushes to disk, for tests that kill the server and then count rows. Default off, for speed.</summary>
    public bool Durable { get; init; }

    /// <summary>Accepts TLS only, with a certificate for <c>localhost</c> from <see cref="PostgresServer.CaFile"/>.</summary>
    public bool Tls { get; init; }

    /// <summary>Further settings of postgresql.conf.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>
/// A PostgreSQL for tests: own data folder, free loopback port, removed when the test process ends, even if killed.
/// <see cref="SharedAsync"/> is one server per test process, or the server that HATCHECK_TEST_POSTGRES names;
/// <see cref="StartAsync"/> starts a server for one test, which may stop, kill and restart it.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    // The shell owns the server and sends it the signal that its input names. If the input ends first, however the test
    // process ended, it stops the server and removes its folder. It signals only the process that it started.
    private const string Keeper = """
        exec 2>/dev/null
        "$@" </dev/null >>"$LOG" 2>&1 &
        server=$!
        echo "$server"
        if read -r signal; then kill -s "$signal" "$server"; wait "$server"; exit 0; fi
        kill -s INT "$server"; wait "$server"; rm -rf "$FOLDER"
        """;

    private const string LeftOut = "HATCHECK_TEST_DATABASES=sqlite leaves PostgreSQL out.";

    private static readonly bool isLeftOut = Environment.GetEnvironmentVariable("HATCHECK_TEST_DATABASES") == "sqlite";
    private static readonly Lazy<Task<PostgresServer>> shared = new(StartSharedAsync);

    private readonly string? folder;
    private readonly NpgsqlConnectionStringBuilder superUser;
    private readonly Func<string, string> passwordOf;
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> templates = new(StringComparer.Ordinal);
    private Process? keeper;
    private volatile bool rolesHavePasswords;

    private PostgresServer(string? folder, NpgsqlConnectionStringBuilder superUser, Func<string, string> passwordOf) =>
        (this.folder, this.superUser, this.passwordOf) = (folder, superUser, passwordOf);

    /// <summary>
    /// Whether this machine can start a server; tests that stop or kill one check this first and skip with
    /// <see cref="HowToGetIt"/>.
    /// </summary>
    public static bool CanStart => !isLeftOut && PostgresBinaries.Folder is not null;

    public static string HowToGetIt => isLeftOut ? LeftOut : PostgresBinaries.HowToGetThem;

    public int Port => superUser.Port;

    /// <summary>The process id of the running postmaster; null while stopped, or for a server that is not ours.</summary>
    public int? ProcessId { get; private set; }

    /// <summary>The server's data folder (heap files, WAL), for tests that read raw bytes.</summary>
    public string DataFolder => Path.Combine(OwnFolder, "data");

    public string LogFile => Path.Combine(OwnFolder, "log");

    /// <summary>The CA certificate of the server, with <see cref="PostgresOptions.Tls"/>.</summary>
    public string CaFile => Path.Combine(OwnFolder, "ca.pem");

    private string OwnFolder =>
        folder
        ?? throw new InvalidOperationException(
            "HATCHECK_TEST_POSTGRES names a server that the tests may use, but not stop, kill or read files of."
        );

    /// <summary>One server for the whole test process.</summary>
    public static Task<PostgresServer> SharedAsync() => shared.Value;

    /// <summary>Starts a server for the caller alone.</summary>
    public static async Task<PostgresServer> StartAsync(PostgresOptions? options = null)
    {
        options ??= new PostgresOptions();
        var ownFolder = Directory.CreateTempSubdirectory("hatcheck-pg-").FullName;
        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var administrator = new NpgsqlConnectionStringBuilder
        {
            Host = options.Tls ? "localhost" : "127.0.0.1",
            Port = FreePort(),
            Database = "postgres",
            Username = "postgres",
            Password = password,
            SslMode = options.Tls ? SslMode.VerifyFull : SslMode.Disable,
            RootCertificate = options.Tls ? Path.Combine(ownFolder, "ca.pem") : null,
        };
        var passwords = new Dictionary<string, string>(StringComparer.Ordinal);
        var server = new PostgresServer(
            ownFolder,
            administrator,
            role =>
            {
                lock (passwords)
                {
                    return passwords.TryGetValue(role, out var known)
                        ? known
                        : passwords[role] = RandomNumberGenerator.GetHexString(32, lowercase: true);
                }
            }
        );
        await server.InitialiseAsync(password, options);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Creates a database; returns the connection strings of its roles.</summary>
    public Task<PostgresDatabase> CreateDatabaseAsync() => CreateDatabaseAsync("template1");

    /// <summary>
    /// Copies a database that the first caller prepared. On a server that is not ours, prepares each one instead: nothing would
    /// drop the original.
    /// </summary>
    /// <param name="kind">The name of the preparation.</param>
    /// <param name="prepare">Fills the original and leaves no connection to it open.</param>
    public async Task<PostgresDatabase> CopyDatabaseAsync(string kind, Func<PostgresDatabase, Task> prepare)
    {
        if (folder is null)
            return await PreparedAsync(prepare);
        var original = templates.GetOrAdd(kind, _ => new Lazy<Task<string>>(async () => (await PreparedAsync(prepare)).Name));
        return await CreateDatabaseAsync(await original.Value);
    }

    private async Task<PostgresDatabase> PreparedAsync(Func<PostgresDatabase, Task> prepare)
    {
        var database = await CreateDatabaseAsync();
        await prepare(database);
        return database;
    }

    private async Task<PostgresDatabase> CreateDatabaseAsync(string original)
    {
        var name = $"hatcheck_test_{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        await using (var connection = await OpenAsync("postgres"))
        {
            await ExecuteAsync(connection, $"create database \"{name}\" template \"{original}\"");
        }

        string[] roles = ["hatcheck_owner", "hatcheck_app", "hatcheck_maintenance", "hatcheck_readonly"];
        // Roles belong to the whole server, so tests that create databases at the same time take turns. An advisory lock
        // belongs to one database, so all take it in the same one.
        await using (var turn = await OpenAsync("postgres"))
        await using (var connection = await OpenAsync(name))
        {
            await ExecuteAsync(turn, "select pg_advisory_lock(7223)");
            await ExecuteAsync(connection, await File.ReadAllTextAsync(Repository.PathOf("deploy", "postgres", "roles.sql")));
            // Setting a password is slow (thousands of hash rounds), so it is done once for all databases.
            if (!rolesHavePasswords)
            {
                foreach (var role in roles)
                    await ExecuteAsync(connection, $"alter role {role} password '{passwordOf(role)}'");
                rolesHavePasswords = true;
            }

            await ExecuteAsync(turn, "select pg_advisory_unlock(7223)");
        }

        return new PostgresDatabase(
            name,
            For(name),
            For(name, roles[0]),
            For(name, roles[1]),
            For(name, roles[2]),
            For(name, roles[3])
        );
    }

    /// <summary>A fast shutdown: open transactions are rolled back, committed ones are kept.</summary>
    public Task StopAsync() => SignalAsync("INT");

    /// <summary>Sends SIGKILL to the postmaster, like a power cut to the process.</summary>
    public Task KillAsync() => SignalAsync("KILL");

    /// <summary>Starts a stopped or killed server on the same port and data.</summary>
    public async Task StartAgainAsync()
    {
        if (keeper is not null)
            throw new InvalidOperationException("The server is already running.");

        // A killed postmaster's children may hold its shared memory briefly; the new one refuses to start until they are gone.
        for (var attempt = 1; ; attempt++)
        {
            StartKeeper();
            if (await AnswersAsync())
                return;
            await SignalAsync("INT");
            if (attempt == 5)
                throw new InvalidOperationException($"PostgreSQL did not start.\n{await File.ReadAllTextAsync(LogFile)}");
        }
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (folder is null)
            return;
        if (keeper is not null)
            await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<PostgresServer> StartSharedAsync()
    {
        // xunit reports a test with this mark as skipped, not failed.
        if (isLeftOut)
            throw new InvalidOperationException($"$XunitDynamicSkip${LeftOut}");
        if (Environment.GetEnvironmentVariable("HATCHECK_TEST_POSTGRES") is { Length: > 0 } given)
        {
            // Several test processes share that server and its roles, so all must derive the same passwords.
            var administrator = new NpgsqlConnectionStringBuilder(given);
            return new PostgresServer(
                null,
                administrator,
                role => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{given}\n{role}")))
            );
        }

        // The keeper stops it: its input closes with this process.
        return await StartAsync();
    }

    private async Task InitialiseAsync(string password, PostgresOptions options)
    {
        if (!CanStart)
            throw new InvalidOperationException(HowToGetIt);
        var passwordFile = Path.Combine(OwnFolder, "password");
        await File.WriteAllTextAsync(passwordFile, password);
        if (options.Tls)
            PostgresCertificates.WriteTo(OwnFolder);
        await GiveAwayAsync();
        var initdb = PostgresBinaries.CommandLine(
            "initdb",
            "-D",
            DataFolder,
            "-U",
            "postgres",
            "--pwfile",
            passwordFile,
            "-A",
            "scram-sha-256",
            "--no-locale",
            "-E",
            "UTF8",
            "--no-sync",
            "--no-instructions"
        );
        (await Command.RunAsync(initdb[0], initdb.Skip(1))).Succeeded();
        File.Delete(passwordFile);

        await File.AppendAllTextAsync(
            Path.Combine(DataFolder, "postgresql.conf"),
            PostgresSettings.Text(Port, OwnFolder, options)
        );
        var host = options.Tls ? "hostssl" : "host";
        await File.WriteAllTextAsync(
            Path.Combine(DataFolder, "pg_hba.conf"),
            $"{host} all all 127.0.0.1/32 scram-sha-256\n{host} all all ::1/128 scram-sha-256\nlocal all all scram-sha-256\n"
        );
    }

    /// <summary>Makes the user that runs the server the owner of its files.</summary>
    private async Task GiveAwayAsync()
    {
        if (PostgresBinaries.RunAs is { } user)
            (await Command.RunAsync("chown", ["-R", user, OwnFolder])).Succeeded();
    }

    private void StartKeeper()
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["LOG"] = LogFile;
        start.Environment["FOLDER"] = OwnFolder;
        foreach (
            var argument in (string[])["-c", Keeper, "keeper", .. PostgresBinaries.CommandLine("postgres", "-D", DataFolder)]
        )
        {
            start.ArgumentList.Add(argument);
        }

        keeper = Process.Start(start) ?? throw new InvalidOperationException("/bin/sh did not start.");
        ProcessId = int.Parse(
            keeper.StandardOutput.ReadLine() ?? throw new InvalidOperationException("PostgreSQL did not start.")
        );
    }

    private async Task SignalAsync(string signal)
    {
        _ = OwnFolder;
        var running = keeper ?? throw new InvalidOperationException("The server is not running.");
        await running.StandardInput.WriteLineAsync(signal);
        await running.StandardInput.FlushAsync();
        await running.WaitForExitAsync();
        running.Dispose();
        (keeper, ProcessId) = (null, null);
    }

    /// <summary>Whether the server accepts connections within 30 seconds; false at once if it exited.</summary>
    private async Task<bool> AnswersAsync()
    {
        var wait = Stopwatch.StartNew();
        while (wait.Elapsed < TimeSpan.FromSeconds(30))
        {
            try
            {
                await using var connection = await OpenAsync("postgres");
                return true;
            }
            catch (NpgsqlException)
                when (File.Exists(Path.Combine(DataFolder, "postmaster.pid")) || wait.Elapsed < TimeSpan.FromSeconds(2))
            {
                await Task.Delay(50);
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }

        return false;
    }

    private async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(For(database)) { Pooling = false }.ConnectionString
        );
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private string For(string database, string? role = null)
    {
        var built = new NpgsqlConnectionStringBuilder(superUser.ConnectionString) { Database = database };
        if (role is not null)
            (built.Username, built.Password) = (role, passwordOf(role));
        return built.ConnectionString;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
