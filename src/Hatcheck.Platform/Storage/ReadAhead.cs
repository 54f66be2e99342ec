namespace Hatcheck.Platform.Storage;

/// <summary>
/// A read of one tenant's rows that goes along with the check of the caller, so that both take one round trip. What was read
/// for somebody who turns out to be nobody, or may not, is dropped as it came: sealed.
/// </summary>
internal abstract class ReadAhead(string sql, object[] parameters)
{
    public string Sql => sql;

    public object[] Parameters => parameters;

    /// <summary>Forgets what an attempt that failed has read.</summary>
    public abstract void Begin();

    public abstract void Take(Row row);
}

/// <summary>The same with its rows.</summary>
internal sealed class ReadAhead<T>(string sql, object[] parameters, Func<Row, T> read) : ReadAhead(sql, parameters)
{
    /// <summary>Null if it was not read: whoever wants it asks for it then.</summary>
    public List<T>? Rows { get; private set; }

    public override void Begin() => Rows = [];

    public override void Take(Row row) => Rows!.Add(read(row));
}
