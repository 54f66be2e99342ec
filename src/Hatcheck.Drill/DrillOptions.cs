namespace Hatcheck.Drill;

/// <summary>The options of a drill.</summary>
internal sealed record DrillOptions
{
    public const int DefaultRange = 10_000;

    /// <summary>PostgreSQL: a superuser, or a role with CREATEDB and CREATEROLE. Null: SQLite.</summary>
    public string? Postgres { get; init; }

    /// <summary>PostgreSQL: the server's log, if the server can't name it itself.</summary>
    public string? PostgresLog { get; init; }

    /// <summary>How many ids around each planted one are tried without the key. Default 10,000; 1 to 1,000,000.</summary>
    public int Range { get; init; } = DefaultRange;

    /// <summary>True: a place that can't be searched does not fail the drill.</summary>
    public bool AcceptUnseen { get; init; }

    /// <summary>
    /// True: shows the values of found canaries. They are made up, but include API keys and encryption keys of the throw-away
    /// installation.
    /// </summary>
    public bool ShowValues { get; init; }

    /// <summary>Receives each step, and the bytes searched in it.</summary>
    public Action<DrillStep> Report { get; init; } = _ => { };
}

/// <summary>Progress: a new step, or more bytes searched in the current one.</summary>
internal readonly record struct DrillStep(string Name, int Number, long Bytes)
{
    public const int Count = 8;
}
