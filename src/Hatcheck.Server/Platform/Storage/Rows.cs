using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Hatcheck.Server.Platform.Storage;

/// <summary>A row that belongs to one tenant: every query is filtered by it, and PostgreSQL checks again.</summary>
internal interface ITenantRow
{
    Guid TenantId { get; }
}

/// <summary>Reads a raw row alike on both databases: instants are <c>timestamptz</c> on PostgreSQL, microseconds since 1970 on SQLite.</summary>
internal readonly struct Row(DbDataReader reader)
{
    public Guid Guid(int column) => reader.GetGuid(column);

    public Guid? GuidOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetGuid(column);

    public string Text(int column) => reader.GetString(column);

    public string? TextOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public int Number(int column) => reader.GetInt32(column);

    public long LongNumber(int column) => reader.GetInt64(column);

    public bool Flag(int column) => reader.GetBoolean(column);

    /// <summary>As the driver gives it; <see cref="DBNull"/> where there is none.</summary>
    public object Value(int column) => reader.GetValue(column);

    public bool IsNull(int column) => reader.IsDBNull(column);

    public byte[] Bytes(int column) => reader.GetFieldValue<byte[]>(column);

    public DateTimeOffset Instant(int column) =>
        reader is SqliteDataReader ? Instants.FromMicroseconds(reader.GetInt64(column)) : reader.GetFieldValue<DateTimeOffset>(column);

    public DateTimeOffset? InstantOrNull(int column) => reader.IsDBNull(column) ? null : Instant(column);
}

/// <summary>Instants are kept to the microsecond, which is what PostgreSQL keeps, so that both databases give back the same.</summary>
internal static class Instants
{
    public static long ToMicroseconds(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long value) => DateTimeOffset.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond);

    public static DateTimeOffset Truncate(DateTimeOffset at) => FromMicroseconds(ToMicroseconds(at));

    /// <summary>The time of <paramref name="time"/> as it will read back from the database.</summary>
    public static DateTimeOffset Now(this TimeProvider time) => Truncate(time.GetUtcNow());
}
