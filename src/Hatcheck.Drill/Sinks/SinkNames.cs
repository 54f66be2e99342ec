namespace Hatcheck.Drill.Sinks;

/// <summary>The places that are searched, as the table names them.</summary>
internal static class SinkNames
{
    public const string Rows = "database rows";
    public const string Files = "database files";
    public const string WriteAhead = "write-ahead log";
    public const string DatabaseLog = "log of PostgreSQL";
    public const string Data = "data folder";
    public const string Output = "standard output";
    public const string Log = "standard error (log)";
    public const string Traces = "traces (OTLP)";
    public const string Metrics = "metrics (OTLP)";
    public const string Logs = "logs (OTLP)";
    public const string Verbs = "output of verbs";
    public const string Refusals = "error answers";
    public const string Headers = "headers of answers";
    public const string OtherTenant = "answers to the other tenant";
    public const string Temporary = "temporary files";
    public const string Home = "home folder (caches)";
    public const string Working = "working folder (core dumps)";
}
