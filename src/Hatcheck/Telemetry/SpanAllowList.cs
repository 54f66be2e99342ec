using System.Collections.Frozen;
using System.Diagnostics;
using OpenTelemetry;

namespace Hatcheck.Telemetry;

/// <summary>
/// Runs before the exporter and removes every tag that is not listed here. A tag that a framework adds in a later version is
/// not exported until it is reviewed. Not on the list: hosts, addresses, paths, queries, user agents, statements, pool names,
/// exception messages, and ids of users and tenants.
/// </summary>
internal sealed class SpanAllowList : BaseProcessor<Activity>
{
    public const string Method = "http.request.method";
    public const string Route = "http.route";
    public const string Status = "http.response.status_code";
    public const string HttpSource = "Microsoft.AspNetCore";
    public const string NpgsqlSource = "Npgsql";

    /// <summary>Tags of spans and of metrics that leave the process.</summary>
    public static readonly string[] Tags =
    [
        Method,
        Route,
        Status,
        "http.request.resend_count",
        "error.type",
        "network.protocol.version",
        "db.system",
        "db.system.name",
        "db.response.status_code",
        "aspnetcore.routing.match_status",
        "kestrel.connection.type",
        "network.transport",
        // From the runtime's meters.
        "gc.heap.generation",
        "dotnet.gc.heap.generation",
        "cpu.mode",
        "db.client.connection.state",
        "hatcheck.limit",
        "hatcheck.job",
        "hatcheck.outcome",
    ];

    private static readonly FrozenSet<string> Allowed = Tags.ToFrozenSet(StringComparer.Ordinal);
    private static readonly FrozenSet<string> Methods = new[]
    {
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "HEAD",
        "OPTIONS",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Returns the method, or <c>_OTHER</c> for an unknown one: callers can send any word.</summary>
    public static string MethodOf(string method) => Methods.Contains(method) ? method : "_OTHER";

    public override void OnEnd(Activity data)
    {
        // Events can't be removed from a span, and Npgsql puts exception messages into them: such a span is not exported.
        if (HasForeignEvents(data))
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        foreach (var (key, _) in data.TagObjects.ToArray())
        {
            if (!Allowed.Contains(key))
                data.SetTag(key, null);
        }

        data.DisplayName = NameOf(data);
        // Empty, not null: a span without one reports its parent's, and may be exported before the parent ends.
        data.TraceStateString = "";
        if (data.StatusDescription is not null)
            data.SetStatus(data.Status);
    }

    private static bool HasForeignEvents(Activity data)
    {
        foreach (var happened in data.EnumerateEvents())
        {
            if (happened.Name != "received-first-response" || happened.Tags.Any())
                return true;
        }

        return false;
    }

    private static string NameOf(Activity data) =>
        data.Source.Name switch
        {
            HttpSource => data.GetTagItem(Route) is string route
                ? $"{data.GetTagItem(Method)} {route}"
                : (data.GetTagItem(Method) as string ?? "HTTP"),
            // Npgsql names the span after the database, or by a summary of the statement.
            NpgsqlSource => "PostgreSQL",
            _ => data.OperationName,
        };
}
