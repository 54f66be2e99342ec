using System.Data.Common;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Hatcheck.Platform.Storage;

/// <summary>Kinds of database faults that callers handle differently.</summary>
internal enum StorageFault
{
    /// <summary>Not a fault of the database, or a bug in a statement.</summary>
    None,

    /// <summary>Violates a unique constraint: another request was first.</summary>
    Duplicate,

    /// <summary>Rolled back by the database (serialisation, deadlock); safe to run again.</summary>
    RolledBack,

    /// <summary>Down, starting, over its connection limit, or too slow.</summary>
    Unavailable,

    /// <summary>No room on the disk.</summary>
    Full,

    /// <summary>The server has no database of this name.</summary>
    NoSuchDatabase,
}

internal static class StorageFaults
{
    public static StorageFault Classify(Exception exception) =>
        exception switch
        {
            PostgresException postgres => OfState(postgres.SqlState),
            SqliteException sqlite => OfCode(sqlite),
            StorageBusyException => StorageFault.Unavailable,
            // The last is a server whose certificate expired while this node ran.
            NpgsqlException { InnerException: SocketException or IOException or TimeoutException or AuthenticationException } =>
                StorageFault.Unavailable,
            NpgsqlException npgsql when npgsql.IsTransient || npgsql.InnerException is null => StorageFault.Unavailable,
            DbUpdateException { InnerException: { } inner } => Classify(inner),
            // EF wraps every exception that Npgsql calls transient, including a failed SaveChanges.
            InvalidOperationException { InnerException: (DbException or DbUpdateException) and { } inner } => Classify(inner),
            // An unresolved host name and a connect time-out are not wrapped.
            SocketException or TimeoutException => StorageFault.Unavailable,
            _ => StorageFault.None,
        };

    /// <summary>The connection died under the statement: a read can be sent again, but a write may have happened.</summary>
    public static bool IsBrokenConnection(Exception exception) =>
        exception switch
        {
            NpgsqlException { InnerException: IOException or SocketException } => true,
            // Ended by an administrator, or because another process of the server crashed.
            PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } => true,
            InvalidOperationException { InnerException: DbException inner } => IsBrokenConnection(inner),
            _ => false,
        };

    /// <summary>
    /// The cause, for the operator. Connection faults name host and role, never a value; others only their kind.
    /// </summary>
    public static string Cause(Exception fault) =>
        fault switch
        {
            PostgresException { SqlState: ['2', '8', ..] or ['5', '7', ..] or ['5', '3', ..] or ['3', 'D', ..] } refused =>
                refused.MessageText,
            PostgresException other => $"SQLSTATE {other.SqlState}",
            NpgsqlException unreachable => unreachable.Message,
            SqliteException sqlite => $"SQLite error {sqlite.SqliteErrorCode}",
            { InnerException: { } inner } => Cause(inner),
            _ => fault.GetType().Name,
        };

    // Classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
    private static StorageFault OfState(string state) =>
        state switch
        {
            PostgresErrorCodes.UniqueViolation => StorageFault.Duplicate,
            PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => StorageFault.RolledBack,
            PostgresErrorCodes.DiskFull => StorageFault.Full,
            PostgresErrorCodes.InvalidCatalogName => StorageFault.NoSuchDatabase,
            // 57014 statement time-out, 55P03 lock time-out, 25006 a standby that has not been promoted.
            PostgresErrorCodes.QueryCanceled
            or PostgresErrorCodes.LockNotAvailable
            or PostgresErrorCodes.ReadOnlySqlTransaction => StorageFault.Unavailable,
            // 08 connection, 53 resources, 57P shutdown or starting, 58 system (I/O), 28 the role can't log in (any more).
            _ when state.StartsWith("08", StringComparison.Ordinal)
                    || state.StartsWith("53", StringComparison.Ordinal)
                    || state.StartsWith("57P", StringComparison.Ordinal)
                    || state.StartsWith("58", StringComparison.Ordinal)
                    || state.StartsWith("28", StringComparison.Ordinal) => StorageFault.Unavailable,
            _ => StorageFault.None,
        };

    // https://www.sqlite.org/rescode.html
    private static StorageFault OfCode(SqliteException exception) =>
        exception.SqliteErrorCode switch
        {
            19 when exception.SqliteExtendedErrorCode is 2067 or 1555 => StorageFault.Duplicate,
            13 => StorageFault.Full,
            // IOERR_SHMSIZE: no space for the WAL's index.
            10 when exception.SqliteExtendedErrorCode == 4874 => StorageFault.Full,
            // BUSY, LOCKED, READONLY, IOERR, CORRUPT, CANTOPEN, PROTOCOL, NOTADB
            5 or 6 or 8 or 10 or 11 or 14 or 15 or 26 => StorageFault.Unavailable,
            _ => StorageFault.None,
        };
}

/// <summary>SQLite's only writer was busy for longer than <see cref="DatabaseOptions.Timeout"/>.</summary>
internal sealed class StorageBusyException() : Exception("The database is busy.");
