namespace Hatcheck.Drill;

/// <summary>What a drill is asked to do.</summary>
internal sealed record DrillOptions
{
    public const int DefaultRange = 10_000;

    /// <summary>PostgreSQL: a superuser, or a role with CREATEDB and CREATEROLE. Null: SQLite.</summary>
    public string? Postgres { get; init; }

    /// <summary>PostgreSQL: the server's log, where it does not keep one that it can name itself.</summary>
    public string? PostgresLog { get; init; }

    /// <summary>How many ids around each planted one are tried without the key. Default 10,000; 1 to 1,000,000.</summary>
    public int Range { get; init; } = DefaultRange;

    /// <summary>A place that can't be looked at does not make the drill fail.</summary>
    public bool AcceptUnseen { get; init; }

    /// <summary>
    /// Show the values of canaries that were found; they are made up, but API keys and encryption keys of the throw-away
    /// installation are among them.
    /// </summary>
    public bool ShowValues { get; init; }

    /// <summary>Told what is being done, and how many bytes were searched since.</summary>
    public Action<DrillStep> Report { get; init; } = _ => { };
}

/// <summary>Progress: a new step, or more bytes searched in the current one.</summary>
internal readonly record struct DrillStep(string Name, int Number, long Bytes)
{
    public const int Count = 8;
}
