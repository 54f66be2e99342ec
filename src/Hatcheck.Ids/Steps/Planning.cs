using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// Says what would happen, in which order, under which locks, and what could break. Reads every value; changes nothing.
/// </summary>
internal sealed class Planning(Work work)
{
    // Measured on one core with the server on the other; a slow disk or other indexes make it less.
    private const double RowsPerSecond = 30_000;
    private const string Instant =
        "exclusive, for an instant; given up after 2 seconds of waiting and tried again, so that nobody queues for long";

    public async Task<IdsResult> RunAsync(Scene scene, CancellationToken cancellation)
    {
        var findings = new List<string>(await new Obstacles(work).FindAsync(scene, cancellation));
        using var rejects = new RejectList(work.Options.RejectsFile);
        var text = Filling.Union(scene.Migration?.Text ?? work.Options.Text, work.Options.Text);
        // A type that is no id's can't be read as one.
        var readable = scene with
        {
            Sites = [.. scene.Sites.Where(site => site.IsNumber || site.IsText)],
        };
        var counts = await new Scan(work, rejects).RunAsync(readable, text, cancellation);
        findings.AddRange(await new Collisions(work).FindAsync(readable, text, cancellation));
        foreach (var site in readable.Sites.Where(site => site.NotNull && work.Options.NullRejects))
        {
            if (counts.First(one => one.Table == $"{site.Table}" && one.Column == site.Column).Rejected is var refused and > 0)
                findings.Add($"{site} may not be NULL, and {refused} of its rows hold no id: mend or delete them.");
        }

        if (rejects.Count > 0 && !work.Options.NullRejects)
            findings.Add(
                $"{rejects.Count} rows hold no id: mend them (--rejects FILE lists them), or let them become NULL with "
                    + "--on-reject null."
            );
        return new IdsResult("plan", $"{scene.Table}", work.Options.Column, scene.Phase)
        {
            DryRun = work.Options.DryRun,
            Columns = counts,
            Rejected = rejects.Count,
            Reasons = rejects.Reasons,
            Findings = findings,
            Failed = findings.Count > 0,
            Steps = await StepsAsync(scene, counts, cancellation),
            Notes = await NotesAsync(scene, cancellation),
        };
    }

    /// <summary>The contract's steps with their statements.</summary>
    public static async Task<IReadOnlyList<PlannedStep>> ContractAsync(Work work, Scene scene, CancellationToken cancellation)
    {
        var carried = await CarriedObjects.ReadAsync(work, scene, cancellation);
        var swap = await Swap.PlanAsync(work, scene, carried, cancellation);
        var kind = scene.Migration is { } migration ? ReplacementKind.Of(migration.Key.Kind) : work.Kind;
        var named = string.Join(", ", scene.Sites.Select(site => $"{site.Table}.{Swap.FinalName(work.Options, kind, site)}"));
        return
        [
            new(
                "contract, before",
                "Builds the like of every index on the new columns, and fills what writers added.",
                "none that writers feel: indexes are built concurrently; it waits for transactions that are open",
                "An index that can't be unique is told, and nothing is dropped. Room for the new indexes is needed.",
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
                "Killed here, it is finished by running contract again.",
                swap.After
            ),
        ];
    }

    private async Task<IReadOnlyList<PlannedStep>> StepsAsync(
        Scene scene,
        IReadOnlyList<SiteCount> counts,
        CancellationToken cancellation
    )
    {
        var rows = counts.Sum(one => one.Ids + one.Hashed);
        var bytes = scene.Sites.Select(site => (site.TableOid, site.TotalBytes)).Distinct().Sum(one => one.TotalBytes);
        var time = TimeSpan.FromSeconds(Math.Ceiling(rows / RowsPerSecond));
        return
        [
            new(
                "expand",
                "Adds an empty column beside each "
                    + $"({string.Join(", ", scene.Sites.Select(site => $"{site.Table}.{site.NewColumn}"))}) and a trigger "
                    + "that empties it when a writer changes the id.",
                Instant,
                "INSERTs without a list of columns, and programs that choke on a column they don't know. `hatcheck ids "
                    + "rollback` takes it back.",
                [
                    .. scene
                        .Sites.Where(site => scene.StateOf(site) is null)
                        .SelectMany(site =>
                            Expansion.Statements(site, scene.Migration?.Id ?? 1, scene.NumberOf(site), work.Kind)
                        ),
                ]
            ),
            new(
                "fill",
                $"Gives {rows:N0} rows their {(work.Kind == ReplacementKind.Ticket ? "ticket" : "hash")}, "
                    + $"{work.Options.Batch:N0} a transaction; about {time:hh\\:mm\\:ss} at {RowsPerSecond:N0} rows a "
                    + "second.",
                "rows of one batch, for as long as it is written",
                $"Each row is written anew: the tables and indexes may grow by up to {Size(bytes)} until vacuum, the log "
                    + "(WAL) by more; replicas may lag. Killed, it goes on where it was.",
                []
            ),
            new("verify", "Computes every row again and compares; counts duplicates and references.", "none", "Nothing.", []),
            .. await ContractAsync(work, scene, cancellation),
        ];
    }

    private async Task<IReadOnlyList<string>> NotesAsync(Scene scene, CancellationToken cancellation)
    {
        var notes = new List<string>();
        var obstacles = new Obstacles(work);
        foreach (var site in scene.Sites)
        {
            foreach (var check in await obstacles.DroppedChecksAsync(site, cancellation))
                notes.Add(
                    $"The check {check} of {site.Table} is about plain ids and goes with them; the new column has one of its own."
                );
        }

        foreach (var index in (await CarriedObjects.ReadAsync(work, scene, cancellation)).Indexes)
        {
            if (index.LeftOut is { } reason)
                notes.Add($"The index {index.Name} is not made again: it {reason}.");
        }

        notes.AddRange(await new Circumstances(work.Db).FindAsync(scene, cancellation));
        notes.Add("The new column comes last in the table: SELECT * and COPY without a list of columns give another order.");
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
