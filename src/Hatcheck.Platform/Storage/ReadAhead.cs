namespace Hatcheck.Platform.Storage;

/// <summary>
/// A read of one tenant's rows in the same round trip as the check of the caller. If the caller is refused, the rows are
/// dropped still sealed.
/// </summary>
internal abstract class ReadAhead(string sql, object[] parameters)
{
    public string Sql => sql;

    public object[] Parameters => parameters;

    /// <summary>Discards the rows of a failed attempt.</summary>
    public abstract void Begin();

    public abstract void Take(Row row);
}

/// <summary>Same, with its rows.</summary>
internal sealed class ReadAhead<T>(string sql, object[] parameters, Func<Row, T> read) : ReadAhead(sql, parameters)
{
    /// <summary>Null if it was not read; the endpoint then queries for itself.</summary>
    public List<T>? Rows { get; private set; }

    public override void Begin() => Rows = [];

    public override void Take(Row row) => Rows!.Add(read(row));
}
