using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// Plans the steps with their locks and risks. Reads every value; changes nothing.
/// </summary>
internal sealed class MigrationPlan(StepContext context)
{
    // Measured on one core with the server on another; a slow disk or more indexes lower it.
    private const double RowsPerSecond = 30_000;
    private const string Instant =
        "exclusive, for an instant; given up after 2 seconds of waiting and tried again, so that no one queues for long";

    public async Task<IdsResult> RunAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        var findings = new List<string>(await new Obstacles(context).FindAsync(snapshot, cancellation));
        using var rejects = new RejectList(context.Options.RejectsFile);
        var text = Backfill.Union(snapshot.Migration?.Text ?? context.Options.Text, context.Options.Text);
        // A column of another type can't be read as ids.
        var readable = snapshot with
        {
            Sites = [.. snapshot.Sites.Where(site => site.IsNumber || site.IsText)],
        };
        var counts = await new Scan(context, rejects).RunAsync(readable, text, cancellation);
        findings.AddRange(await new Collisions(context).FindAsync(readable, text, cancellation));
        foreach (var site in readable.Sites.Where(site => site.NotNull && context.Options.NullRejects))
        {
            if (counts.First(one => one.Table == $"{site.Table}" && one.Column == site.Column).Rejected is var refused and > 0)
                findings.Add($"{site} may not be NULL, and {refused} of its rows hold no id: mend or delete them.");
        }

        if (rejects.Count > 0 && !context.Options.NullRejects)
            findings.Add(
                $"{rejects.Count} rows hold no id: mend them (--rejects FILE lists them), or let them become NULL with "
                    + "--on-reject null."
            );
        return new IdsResult("plan", $"{snapshot.Table}", context.Options.Column, snapshot.Phase)
        {
            DryRun = context.Options.DryRun,
            Columns = counts,
            Rejected = rejects.Count,
            Reasons = rejects.Reasons,
            Findings = findings,
            Failed = findings.Count > 0,
            Steps = await StepsAsync(snapshot, counts, cancellation),
            Notes = await NotesAsync(snapshot, cancellation),
        };
    }

    /// <summary>The contract's steps with their statements.</summary>
    public static async Task<IReadOnlyList<PlannedStep>> ContractAsync(
        StepContext context,
        MigrationSnapshot snapshot,
        CancellationToken cancellation
    )
    {
        var carried = await CarriedObjects.ReadAsync(context, snapshot, cancellation);
        var swap = await Swap.PlanAsync(context, snapshot, carried, cancellation);
        var kind = snapshot.Migration is { } migration ? ReplacementKind.Of(migration.Key.Kind) : context.Kind;
        var named = string.Join(
            ", ",
            snapshot.Sites.Select(site => $"{site.Table}.{Swap.FinalName(context.Options, kind, site)}")
        );
        return
        [
            new(
                "contract, before",
                "Builds a copy of every index on the new columns, and fills rows that writers added.",
                "none that writers feel: indexes are built concurrently; it waits for transactions that are open",
                "An index that can't be unique is reported, and nothing is dropped. Room for the new indexes is needed.",
                [.. carried.Statements()]
            ),
            new(
                "contract, switch",
                $"In one transaction: the last rows are filled, the plaintext is dropped, and what took its place is {named}.",
                "exclusive on these tables, for a moment; given up after 2 seconds of waiting and tried again",
                "From here on programs that write plain ids are refused by the new check, and look-ups by plain id find "
                    + "nothing: switch them to hashes at the same time. There is no way back but a backup.",
                swap.Under
            ),
            new(
                "contract, after",
                "Checks the new constraints and foreign keys on existing rows, and counts values for the query planner.",
                "none that writers feel",
                "If killed here, run contract again to finish.",
                swap.After
            ),
        ];
    }

    private async Task<IReadOnlyList<PlannedStep>> StepsAsync(
        MigrationSnapshot snapshot,
        IReadOnlyList<SiteCount> counts,
        CancellationToken cancellation
    )
    {
        var rows = counts.Sum(one => one.Ids + one.Hashed);
        var bytes = snapshot.Sites.Select(site => (site.TableOid, site.TotalBytes)).Distinct().Sum(one => one.TotalBytes);
        var time = TimeSpan.FromSeconds(Math.Ceiling(rows / RowsPerSecond));
        return
        [
            new(
                "expand",
                "Adds an empty column beside each "
                    + $"({string.Join(", ", snapshot.Sites.Select(site => $"{site.Table}.{site.NewColumn}"))}) and a trigger "
                    + "that empties it when a writer changes the id.",
                Instant,
                "INSERTs without a list of columns, and programs that fail on an unknown column. `hatcheck ids "
                    + "rollback` undoes it.",
                [
                    .. snapshot
                        .Sites.Where(site => snapshot.StateOf(site) is null)
                        .SelectMany(site =>
                            Expansion.Statements(site, snapshot.Migration?.Id ?? 1, snapshot.NumberOf(site), context.Kind)
                        ),
                ]
            ),
            new(
                "fill",
                $"Fills the {(context.Kind == ReplacementKind.Ticket ? "ticket" : "hash")} of {rows:N0} rows, "
                    + $"{context.Options.Batch:N0} a transaction; about {time:hh\\:mm\\:ss} at {RowsPerSecond:N0} rows a "
                    + "second.",
                "rows of one batch, for as long as it is written",
                $"Each row is rewritten: the tables and indexes may grow by up to {Size(bytes)} until vacuum, the log "
                    + "(WAL) by more; replicas may lag. If killed, it continues where it stopped.",
                []
            ),
            new("verify", "Computes every row again and compares; counts duplicates and references.", "none", "Nothing.", []),
            .. await ContractAsync(context, snapshot, cancellation),
        ];
    }

    private async Task<IReadOnlyList<string>> NotesAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        var notes = new List<string>();
        var obstacles = new Obstacles(context);
        foreach (var site in snapshot.Sites)
        {
            foreach (var check in await obstacles.DroppedChecksAsync(site, cancellation))
                notes.Add(
                    $"The check {check} of {site.Table} is about plain ids and is dropped with them; the new column has its own."
                );
        }

        foreach (var index in (await CarriedObjects.ReadAsync(context, snapshot, cancellation)).Indexes)
        {
            if (index.LeftOut is { } reason)
                notes.Add($"The index {index.Name} is not rebuilt: it {reason}.");
        }

        notes.AddRange(await new Advisories(context.Db).FindAsync(snapshot, cancellation));
        notes.Add("The new column comes last in the table: SELECT * and COPY without a list of columns return another order.");
        return notes;
    }

    private static string Size(long bytes) =>
        bytes switch
        {
            >= 1L << 30 => $"{bytes / (double)(1L << 30):0.0} GB",
            >= 1L << 20 => $"{bytes / (double)(1L << 20):0.0} MB",
            _ => $"{bytes / 1024.0:0} kB",
        };
}
