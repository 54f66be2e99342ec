using System.Buffers.Binary;
using System.Globalization;
using Hatcheck.Drill.Installation;
using Hatcheck.Drill.Search;
using Npgsql;

namespace Hatcheck.Drill.Sinks;

/// <summary>
/// Searches the files of a PostgreSQL: in its data folder if that is readable on this machine, else through the server's
/// own functions, else not at all, which is reported.
/// </summary>
internal sealed class PostgresFiles
{
    private const int Piece = 8 << 20;
    private readonly Workspace space;
    private readonly DateTimeOffset begun;
    private readonly string database;
    private readonly string? folder;

    private PostgresFiles(Workspace space, DateTimeOffset begun, string database, string? folder, string? logFile)
    {
        (this.space, this.begun, this.database, this.folder) = (space, begun, database, folder);
        LogFile = logFile;
    }

    /// <summary>The server's log file, if it can be read here.</summary>
    public string? LogFile { get; }

    public static async Task<PostgresFiles> FindAsync(
        NpgsqlConnection connection,
        Workspace space,
        DateTimeOffset begun,
        CancellationToken cancellation
    )
    {
        var oid = (string)
            (
                await ScalarAsync(
                    connection,
                    "select oid::text from pg_database where datname = current_database()",
                    cancellation
                )
            )!;
        var own = await TryAsync(connection, "select current_setting('data_directory')", cancellation);
        // A folder of this name may be another server's: compares the cluster's system identifier.
        if (
            own is not null
            && !IsSame(own, await TryAsync(connection, "select system_identifier::text from pg_control_system()", cancellation))
        )
            own = null;
        var log = await TryAsync(connection, "select pg_current_logfile()", cancellation);
        var path = log is null || own is null ? null : Path.Combine(own, log);
        return new PostgresFiles(space, begun, oid, own, CanRead(path) ? path : null);
    }

    public async Task SearchAsync(
        NpgsqlConnection connection,
        Searcher searcher,
        SearchResults results,
        CancellationToken cancellation
    )
    {
        // Before the checkpoint, which may reuse old files of the log.
        await SearchLogAsync(connection, searcher, results, cancellation);
        var written = await TryExecuteAsync(connection, "checkpoint", cancellation);
        if (
            !written
            || !await SearchFolderAsync(connection, SinkNames.Files, $"base/{database}", _ => true, searcher, cancellation)
        )
            results.Of(SinkNames.Files).Unseen = written
                ? "neither the data folder nor pg_read_binary_file can be read by this role"
                : "this role may not force a checkpoint (pg_checkpoint)";
    }

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task SearchLogAsync(
        NpgsqlConnection connection,
        Searcher searcher,
        SearchResults results,
        CancellationToken cancellation
    )
    {
        // Only segments written since the drill began, with a minute for clock differences.
        var since = begun.AddMinutes(-1).ToString("O", CultureInfo.InvariantCulture);
        var names = await TryAsync(
            connection,
            $"select string_agg(name, ',') from pg_ls_waldir() where modification >= '{since}'",
            cancellation
        );
        if (
            names is null
            || !await SearchFolderAsync(
                connection,
                SinkNames.WriteAhead,
                "pg_wal",
                names.Split(',').Contains,
                searcher,
                cancellation
            )
        )
            results.Of(SinkNames.WriteAhead).Unseen = "neither the data folder nor pg_read_binary_file can be read by this role";
    }

    /// <summary>False if the folder can't be read.</summary>
    private async Task<bool> SearchFolderAsync(
        NpgsqlConnection connection,
        string sink,
        string below,
        Func<string, bool> wanted,
        Searcher searcher,
        CancellationToken cancellation
    )
    {
        if (folder is not null && Directory.Exists(Path.Combine(folder, below)))
        {
            await Files.SearchAsync(sink, Path.Combine(folder, below), wanted, searcher, cancellation);
            return true;
        }

        if (
            await TryAsync(connection, $"select string_agg(name, ',') from pg_ls_dir('{below}') name", cancellation)
            is not { } names
        )
            return false;
        foreach (var name in names.Split(',').Where(wanted))
        {
            var copy = space.CapturedFile($"copy-{name}");
            if (!await CopyAsync(connection, $"{below}/{name}", copy, cancellation))
                continue;
            await Files.SearchOneAsync(new Spot(sink, name), copy, 0, searcher, cancellation);
            File.Delete(copy);
        }

        return true;
    }

    /// <summary>False for a folder, and for a deleted file.</summary>
    private static async Task<bool> CopyAsync(NpgsqlConnection connection, string from, string to, CancellationToken cancellation)
    {
        await using var file = File.Create(to);
        for (long at = 0; ; at += Piece)
        {
            try
            {
                if (
                    await ScalarAsync(connection, $"select pg_read_binary_file('{from}', {at}, {Piece}, true)", cancellation)
                    is not byte[] bytes
                )
                    return at > 0;
                await file.WriteAsync(bytes, cancellation);
                if (bytes.Length < Piece)
                    return true;
            }
            catch (PostgresException)
            {
                return false;
            }
        }
    }

    private static bool IsSame(string folder, string? identifier)
    {
        try
        {
            using var control = File.OpenRead(Path.Combine(folder, "global", "pg_control"));
            var number = new byte[8];
            control.ReadExactly(number);
            return BinaryPrimitives.ReadUInt64LittleEndian(number).ToString(CultureInfo.InvariantCulture) == identifier;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool CanRead(string? path)
    {
        try
        {
            if (path is null)
                return false;
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>Null if the role lacks the permission.</summary>
    private static async Task<string?> TryAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        try
        {
            return await ScalarAsync(connection, sql, cancellation) as string;
        }
        catch (PostgresException fault)
            when (fault.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedFile)
        {
            return null;
        }
    }

    private static async Task<bool> TryExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        try
        {
            await ExecuteAsync(connection, sql, cancellation);
            return true;
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }
}
