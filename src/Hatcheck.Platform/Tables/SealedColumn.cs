using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.Platform.Keys;

namespace Hatcheck.Platform.Tables;

/// <summary>A sealed column, as its table declares it. Its cells hold raw bytes.</summary>
/// <param name="table">A label to which its cells are bound: frozen for ever, independent of the current table name.</param>
/// <param name="column">Same, for the column.</param>
internal class SealedColumn(string table, string column)
{
    public string Table => table;

    public string Column => column;

    /// <summary>A column whose cells hold a value as JSON. Members may be added, never renamed.</summary>
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

    /// <summary>Returns one of its cells.</summary>
    /// <param name="owner">The owner of the sealing key.</param>
    /// <param name="record">The row's id.</param>
    public CellPlace At(KeyOwner owner, Guid record) => new(this, owner, record);
}

/// <summary>A sealed column whose cells hold values of one type.</summary>
/// <param name="table">See <see cref="SealedColumn"/>.</param>
/// <param name="column">See <see cref="SealedColumn"/>.</param>
/// <param name="write">Returns the bytes of a value; the vault clears them.</param>
/// <param name="read">Reads them back.</param>
internal sealed class SealedColumn<T>(string table, string column, Func<T, byte[]> write, SealedColumn<T>.Reader read)
    : SealedColumn(table, column)
{
    /// <summary>Reads a value from the bytes of an opened cell.</summary>
    public delegate T Reader(ReadOnlySpan<byte> plain);

    public byte[] Write(T value) => write(value);

    public T Read(ReadOnlySpan<byte> plain) => read(plain);

    /// <summary>Returns one of its cells.</summary>
    public new CellPlace<T> At(KeyOwner owner, Guid record) => new(this, owner, record);

    /// <summary>Returns the cell of a row that has its owner's id.</summary>
    public CellPlace<T> At(KeyOwner owner) => new(this, owner, owner.Id);
}

/// <summary>One cell: its column, the owner of the sealing key, and the id of its row.</summary>
internal readonly record struct CellPlace(SealedColumn Column, KeyOwner Owner, Guid Record);

/// <summary>Same, for a column of typed values.</summary>
internal readonly record struct CellPlace<T>(SealedColumn<T> Column, KeyOwner Owner, Guid Record)
{
    public CellPlace Place => new(Column, Owner, Record);
}
