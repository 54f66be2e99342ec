using Hatcheck.Server.Ids;

namespace Hatcheck.Server.Cli.Ids;

/// <summary>A result for people.</summary>
internal sealed class ResultPage(Terminal terminal)
{
    public void Write(IdsResult result)
    {
        if (result.Columns.Count > 0)
        {
            terminal.WriteTable(
                ["column", "type", "rows", "NULL", "ids", "hashed already", "rejected"],
                result.Columns.Select(one => (string[])[$"{one.Table}.{one.Column}", one.Type, $"{one.Rows}", $"{one.Nulls}", $"{one.Ids}", $"{one.Hashed}", $"{one.Rejected}"]));
        }

        if (result.Progress.Count > 0)
        {
            terminal.WriteTable(
                ["column", "new column", "rows", "filled", "unfilled"],
                result.Progress.Select(one => (string[])[$"{one.Table}.{one.Column}", one.NewColumn, $"{one.Rows}", $"{one.Filled}", $"{one.Unfilled}"]));
        }

        if (result.Verified.Count > 0)
        {
            terminal.WriteTable(
                ["column", "rows", "right", "wrong", "unfilled", "rejected", "NULL", "only the hash"],
                result.Verified.Select(one => (string[])[$"{one.Table}.{one.Column}", $"{one.Rows}", $"{one.Right}", $"{one.Wrong}", $"{one.Unfilled}", $"{one.Rejected}", $"{one.Nulls}", $"{one.OnlyReplacement}"]));
        }

        foreach (var (reason, count) in result.Reasons) terminal.Output.WriteLine($"rejected: {count} × {reason}");
        foreach (var finding in result.Findings) terminal.Output.WriteLine($"! {finding}");
        foreach (var note in result.Notes) terminal.Output.WriteLine($"  {note}");
        terminal.Output.WriteLine($"{result.Verb}: {result.Table}.{result.Column} is at: {result.Phase}{(result.DryRun ? " (dry run: nothing was changed)" : "")}");
        if (result.Next is { } next) terminal.Error.WriteLine($"Next: {next}");
    }
}
