using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Storage;

/// <summary>The tests' own PostgreSQL, in partitions by tenant, which logs the plan of each statement.</summary>
public sealed class ExplainedPostgres : OnPostgres
{
    private PostgresServer server = null!;

    protected override int Partitions => 8;

    /// <summary>The plans of a role's statements meanwhile, from auto_explain.</summary>
    internal async Task<List<RunPlan>> DuringAsync(Func<Task> work, string role = "hatcheck_app")
    {
        var begin = new FileInfo(server.LogFile).Length;
        await work();
        await using var log = new FileStream(server.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Position = begin;
        using var reader = new StreamReader(log);
        return [.. Read(await reader.ReadToEndAsync(), role)];
    }

    protected override async Task<PostgresServer> ServerAsync()
    {
        Assert.SkipUnless(PostgresServer.CanStart, PostgresServer.HowToGetIt);
        return server = await PostgresServer.StartAsync(
            new PostgresOptions
            {
                Settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["session_preload_libraries"] = "auto_explain",
                    ["auto_explain.log_min_duration"] = "0",
                    ["auto_explain.log_format"] = "json",
                    ["log_line_prefix"] = "%u ",
                },
            }
        );
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (server is not null)
            await server.DisposeAsync();
    }

    // "role LOG:  duration: … plan:", and the plan in the lines below, each after a tab.
    private static IEnumerable<RunPlan> Read(string log, string wanted)
    {
        var plan = new StringBuilder();
        string? role = null;
        foreach (var line in log.Split('\n').Append("end"))
        {
            if (line.StartsWith('\t'))
            {
                if (role is not null)
                    plan.AppendLine(line);
                continue;
            }

            if (role == wanted)
                yield return new RunPlan(JsonNode.Parse(plan.ToString())!);
            plan.Clear();
            role = line.EndsWith(" plan:", StringComparison.Ordinal) ? line.Split(' ')[0] : null;
        }
    }
}

/// <summary>A statement and its plan.</summary>
internal sealed partial class RunPlan(JsonNode explained)
{
    public string Statement => (string)explained["Query Text"]!;

    /// <summary>The tables that it reads or adds to, each with the partitions of its scans.</summary>
    public Dictionary<string, HashSet<string>> Touched
    {
        get
        {
            var touched = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
            Add(explained["Plan"]!, touched);
            return touched;
        }
    }

    private static void Add(JsonNode node, Dictionary<string, HashSet<string>> touched)
    {
        // A change of rows names its table; the scan below it names the partitions. A new row goes to its tenant's.
        var (kind, name) = ((string)node["Node Type"]!, (string?)node["Relation Name"]);
        if (name is not null && (kind != "ModifyTable" || (string?)node["Operation"] == "Insert"))
        {
            var table = Number().Replace(name, "");
            if (!touched.TryGetValue(table, out var partitions))
                touched.Add(table, partitions = []);
            if (kind != "ModifyTable")
                partitions.Add(name);
        }

        foreach (var below in node["Plans"]?.AsArray() ?? [])
            Add(below!, touched);
    }

    [GeneratedRegex("_[0-7]$")]
    private static partial Regex Number();
}
