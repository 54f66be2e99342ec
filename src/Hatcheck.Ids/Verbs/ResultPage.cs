using Hatcheck.Platform.Verbs;

namespace Hatcheck.Ids.Verbs;

/// <summary>Prints a result as text.</summary>
internal sealed class ResultPage(Terminal terminal)
{
    private const int TextWidth = 116;
    private const string Indent = "     ";

    public void Write(IdsResult result)
    {
        Tables(result);
        for (var i = 0; i < result.Steps.Count; i++)
            Step(i + 1, result.Steps[i], result.DryRun);
        if (result.Steps.Count > 0)
            terminal.Output.WriteLine();
        Section("Worth knowing:", result.Notes, "  - ");
        Section("Where plaintext still lives, and what to do:", result.PlaintextRemains, "  - ");
        Section("Rejected:", [.. result.Reasons.Select(one => $"{one.Value} × {one.Key}")], "  - ");
        Section(result.Failed ? "In the way:" : "Found:", result.Findings, "  ! ");
        terminal.Output.WriteLine($"{result.Verb}: {result.Table}.{result.Column}: {Outcome(result)}");
        if (result.Next is { } next)
            terminal.Error.WriteLine($"Next: {next}");
    }

    private void Tables(IdsResult result)
    {
        if (result.Columns.Count > 0)
        {
            terminal.WriteTable(
                ["column", "type", "rows", "NULL", "ids", "hashed already", "rejected"],
                result.Columns.Select(one =>
                    (string[])
                        [
                            $"{one.Table}.{one.Column}",
                            one.Type,
                            $"{one.Rows}",
                            $"{one.Nulls}",
                            $"{one.Ids}",
                            $"{one.Hashed}",
                            $"{one.Rejected}",
                        ]
                )
            );
        }

        if (result.Progress.Count > 0)
        {
            terminal.WriteTable(
                ["column", "new column", "rows", "filled", "unfilled"],
                result.Progress.Select(one =>
                    (string[])[$"{one.Table}.{one.Column}", one.NewColumn, $"{one.Rows}", $"{one.Filled}", $"{one.Unfilled}"]
                )
            );
        }

        if (result.Verified.Count > 0)
        {
            terminal.WriteTable(
                ["column", "rows", "right", "wrong", "unfilled", "rejected", "NULL", "only the new"],
                result.Verified.Select(one =>
                    (string[])
                        [
                            $"{one.Table}.{one.Column}",
                            $"{one.Rows}",
                            $"{one.Right}",
                            $"{one.Wrong}",
                            $"{one.Unfilled}",
                            $"{one.Rejected}",
                            $"{one.Nulls}",
                            $"{one.OnlyReplacement}",
                        ]
                )
            );
        }
    }

    private void Step(int number, PlannedStep step, bool withStatements)
    {
        terminal.Output.WriteLine();
        Wrap($"{number.ToString().PadLeft(3)}. ", $"{step.Step}: {step.Does}");
        Wrap($"{Indent}locks:  ", step.Locks);
        Wrap($"{Indent}breaks: ", step.Breaks);
        // Only a dry run shows statements.
        if (!withStatements)
            return;
        foreach (var statement in step.Statements)
            terminal.Output.WriteLine($"{Indent}  {statement};");
    }

    private void Section(string heading, IReadOnlyList<string> lines, string bullet)
    {
        if (lines.Count == 0)
            return;
        terminal.Output.WriteLine(heading);
        foreach (var line in lines)
            Wrap(bullet, line);
    }

    private void Wrap(string lead, string text)
    {
        var width = Math.Min(TextWidth, terminal.Width) - lead.Length;
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                terminal.Output.WriteLine(lead + line);
                (lead, line) = (new string(' ', lead.Length), "");
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        terminal.Output.WriteLine(lead + line);
    }

    private static string Outcome(IdsResult result) =>
        (result.Failed ? $"not done; the migration is {Phrase(result.Phase)}" : Phrase(result.Phase))
        + (result.Filled > 0 ? $", {result.Filled} rows filled now in {result.Seconds:0.0} s" : "")
        + (result.DryRun ? "; dry run, nothing was changed" : "");

    private static string Phrase(string phase) =>
        phase switch
        {
            "none" => "not begun",
            _ => phase,
        };
}
