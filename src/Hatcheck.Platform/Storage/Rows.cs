using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Hatcheck.Platform.Storage;

/// <summary>A row of one tenant: every query is filtered by it, and PostgreSQL checks again.</summary>
internal interface ITenantRow
{
    Guid TenantId { get; }
}

/// <summary>
/// A column of a result: by name, such as <c>row.Text("kek_id")</c>, or by an ordinal from <see cref="Columns"/> for hot
/// selects that share a list. A bare number is not accepted: it would silently read the wrong column once another is added
/// before it.
/// </summary>
internal readonly struct Field
{
    private readonly string? name;
    private readonly int place;

    private Field(string? name, int place) => (this.name, this.place) = (name, place);

    public static implicit operator Field(string name) => new(name, -1);

    public static Field At(int place) => new(null, place);

    /// <summary>Its ordinal in the reader's rows.</summary>
    public int In(DbDataReader reader) => name is null ? place : reader.GetOrdinal(name);
}

/// <summary>
/// Reads a raw row the same way on both databases: instants are <c>timestamptz</c> on PostgreSQL, microseconds since 1970
/// on SQLite.
/// </summary>
internal readonly struct Row(DbDataReader reader)
{
    public Guid Guid(Field column) => reader.GetGuid(column.In(reader));

    public Guid? GuidOrNull(Field column) => reader.IsDBNull(column.In(reader)) ? null : reader.GetGuid(column.In(reader));

    public string Text(Field column) => reader.GetString(column.In(reader));

    public string? TextOrNull(Field column) => reader.IsDBNull(column.In(reader)) ? null : reader.GetString(column.In(reader));

    public int Number(Field column) => reader.GetInt32(column.In(reader));

    public long LongNumber(Field column) => reader.GetInt64(column.In(reader));

    public bool Flag(Field column) => reader.GetBoolean(column.In(reader));

    /// <summary>The driver's value; <see cref="DBNull"/> for null.</summary>
    public object Value(Field column) => reader.GetValue(column.In(reader));

    public bool IsNull(Field column) => reader.IsDBNull(column.In(reader));

    public byte[] Bytes(Field column) => reader.GetFieldValue<byte[]>(column.In(reader));

    public DateTimeOffset Instant(Field column) =>
        reader is SqliteDataReader
            ? Instants.FromMicroseconds(reader.GetInt64(column.In(reader)))
            : reader.GetFieldValue<DateTimeOffset>(column.In(reader));

    public DateTimeOffset? InstantOrNull(Field column) => reader.IsDBNull(column.In(reader)) ? null : Instant(column);
}

/// <summary>Instants are kept to the microsecond, PostgreSQL's precision, so that both databases return the same.</summary>
internal static class Instants
{
    public static long ToMicroseconds(DateTimeOffset at) =>
        (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long value) =>
        DateTimeOffset.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond);

    public static DateTimeOffset Truncate(DateTimeOffset at) => FromMicroseconds(ToMicroseconds(at));

    /// <summary>The time of <paramref name="time"/>, truncated as the database will return it.</summary>
    public static DateTimeOffset Now(this TimeProvider time) => Truncate(time.GetUtcNow());
}
