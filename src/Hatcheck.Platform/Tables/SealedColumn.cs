using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.Platform.Keys;

namespace Hatcheck.Platform.Tables;

/// <summary>A sealed column as its table declares it. Its cells hold bytes as they come.</summary>
/// <param name="table">A label to which its cells are bound: frozen for ever, never today's table name.</param>
/// <param name="column">The same for the column.</param>
internal class SealedColumn(string table, string column)
{
    public string Table => table;

    public string Column => column;

    /// <summary>A column whose cells hold a value as JSON: members are added to it, never renamed.</summary>
    public static SealedColumn<T> Json<T>(string table, string column, JsonTypeInfo<T> type) =>
        new(
            table,
            column,
            value => JsonSerializer.SerializeToUtf8Bytes(value, type),
            plain => JsonSerializer.Deserialize(plain, type)!
        );

    /// <summary>A column whose cells hold text as UTF-8.</summary>
    public static SealedColumn<string> Text(string table, string column) =>
        new(table, column, Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);

    /// <summary>One cell of it.</summary>
    /// <param name="owner">Whose key seals it.</param>
    /// <param name="record">The row's id.</param>
    public CellPlace At(KeyOwner owner, Guid record) => new(this, owner, record);
}

/// <summary>A sealed column whose cells hold values of one type.</summary>
/// <param name="table">See <see cref="SealedColumn"/>.</param>
/// <param name="column">See <see cref="SealedColumn"/>.</param>
/// <param name="write">Gives the bytes of a value; the vault clears them.</param>
/// <param name="read">Reads them back.</param>
internal sealed class SealedColumn<T>(string table, string column, Func<T, byte[]> write, SealedColumn<T>.Reader read)
    : SealedColumn(table, column)
{
    /// <summary>Reads a value from the bytes of an opened cell.</summary>
    public delegate T Reader(ReadOnlySpan<byte> plain);

    public byte[] Write(T value) => write(value);

    public T Read(ReadOnlySpan<byte> plain) => read(plain);

    /// <summary>One cell of it.</summary>
    public new CellPlace<T> At(KeyOwner owner, Guid record) => new(this, owner, record);

    /// <summary>The cell of a row that has its owner's id.</summary>
    public CellPlace<T> At(KeyOwner owner) => new(this, owner, owner.Id);
}

/// <summary>One cell: its column, whose key seals it, and the id of its row.</summary>
internal readonly record struct CellPlace(SealedColumn Column, KeyOwner Owner, Guid Record);

/// <summary>The same where the column says what is in it.</summary>
internal readonly record struct CellPlace<T>(SealedColumn<T> Column, KeyOwner Owner, Guid Record)
{
    public CellPlace Place => new(Column, Owner, Record);
}
