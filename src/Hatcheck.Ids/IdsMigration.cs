using System.Data;
using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Steps;

namespace Hatcheck.Ids;

/// <summary>
/// Migrates a live table of plaintext Telegram ids to hashes or tickets: plan, expand, fill, verify, contract; and rolls
/// back, up to the contract. Each step may be repeated, or killed anywhere and run again.
/// </summary>
internal sealed class IdsMigration(StepContext context)
{
    public async Task<IdsResult> PlanAsync(CancellationToken cancellation)
    {
        var snapshot = await MigrationSnapshot.LoadAsync(context, cancellation);
        if (snapshot.Contracted)
            return Over("plan", snapshot);
        return await new MigrationPlan(context).RunAsync(snapshot, cancellation) with { Next = NextOf(snapshot.Phase) };
    }

    public async Task<IdsResult> ExpandAsync(CancellationToken cancellation)
    {
        var snapshot = await MigrationSnapshot.LoadAsync(context, cancellation);
        if (snapshot.Contracted)
            return Over("expand", snapshot);
        var obstacles = await new Obstacles(context).FindAsync(snapshot, cancellation);
        if (obstacles.Count > 0)
            return Result("expand", snapshot) with { Failed = true, Findings = obstacles, Next = "hatcheck ids plan" };
        if (context.Options.DryRun)
            return await new MigrationPlan(context).RunAsync(snapshot, cancellation) with { Verb = "expand" };
        await context.Db.TakeTurnAsync($"{snapshot.Table}", cancellation);
        var changed = await new Expansion(context).RunAsync(snapshot, cancellation);
        return Result("expand", await MigrationSnapshot.LoadAsync(context, cancellation)) with
        {
            Changed = changed,
            Next = "hatcheck ids fill",
        };
    }

    public async Task<IdsResult> FillAsync(CancellationToken cancellation)
    {
        var snapshot = await MigrationSnapshot.LoadAsync(context, cancellation);
        if (snapshot.Contracted)
            return Over("fill", snapshot);
        using var rejects = new RejectList(context.Options.RejectsFile);
        if (context.Options.DryRun)
        {
            var text = Backfill.Union(snapshot.Migration?.Text ?? context.Options.Text, context.Options.Text);
            var counts = await new Scan(context, rejects).RunAsync(snapshot, text, cancellation);
            return WithRejects(Result("fill", snapshot) with { Columns = counts }, rejects);
        }

        snapshot.Begun();
        await context.Db.TakeTurnAsync($"{snapshot.Table}", cancellation);
        var filled = await new Backfill(context, rejects).RunAsync(snapshot, cancellation);
        snapshot = await MigrationSnapshot.LoadAsync(context, cancellation);
        return WithRejects(
            Result("fill", snapshot) with
            {
                Changed = filled > 0,
                Filled = filled,
                Next = "hatcheck ids verify",
            },
            rejects
        );
    }

    public async Task<IdsResult> VerifyAsync(CancellationToken cancellation)
    {
        var snapshot = await MigrationSnapshot.LoadAsync(context, cancellation);
        if (snapshot.Contracted)
            return Over("verify", snapshot);
        using var rejects = new RejectList(context.Options.RejectsFile);
        var (verdicts, differences) = await new Verification(context, rejects).RunAsync(
            snapshot,
            writersGoOn: false,
            cancellation
        );
        return Result("verify", snapshot) with
        {
            Verified = verdicts,
            Findings = differences,
            Failed = differences.Count > 0,
            Rejected = rejects.Count,
            Reasons = rejects.Reasons,
            Next = differences.Count > 0 ? "hatcheck ids fill" : "hatcheck ids contract",
        };
    }

    /// <summary>Drops the plaintext. Verifies again first: only this step can't be undone.</summary>
    public async Task<IdsResult> ContractAsync(CancellationToken cancellation)
    {
        var snapshot = await MigrationSnapshot.LoadAsync(context, cancellation);
        if (snapshot.Phase == Phase.Contracted)
            return await ClearAwayAsync(Over("contract", snapshot), snapshot, cancellation);
        using var rejects = new RejectList(context.Options.RejectsFile);
        if (snapshot.Phase != Phase.Finishing)
        {
            snapshot.Begun();
            if (!context.Options.DryRun)
                await context.Db.TakeTurnAsync($"{snapshot.Table}", cancellation);
            var refused = await RefuseAsync(snapshot, rejects, cancellation);
            if (refused is not null)
                return refused;
        }

        if (context.Options.DryRun)
            return Result("contract", snapshot) with
            {
                Steps = await MigrationPlan.ContractAsync(context, snapshot, cancellation),
            };
        if (snapshot.Phase == Phase.Finishing)
            await context.Db.TakeTurnAsync($"{snapshot.Table}", cancellation);
        await new Contraction(context, rejects).RunAsync(snapshot, cancellation);
        var done = Result("contract", await MigrationSnapshot.LoadAsync(context, cancellation)) with { Changed = true };
        return await ClearAwayAsync(done with { Rejected = rejects.Count, Reasons = rejects.Reasons }, snapshot, cancellation);
    }

    /// <summary>Removes everything that was added, while the plaintext exists.</summary>
    public async Task<IdsResult> RollbackAsync(CancellationToken cancellation)
    {
        var snapshot = await MigrationSnapshot.LoadAsync(context, cancellation);
        if (snapshot.Contracted)
            return Result("rollback", snapshot) with
            {
                Failed = true,
                Findings = ["The plaintext is gone: there is no way back but a backup."],
            };
        if (snapshot.Migration is null)
            return Result("rollback", snapshot) with { Notes = ["There is no migration of this column; nothing was changed."] };
        var rollback = new Rollback(context);
        if (context.Options.DryRun)
        {
            var statements = await rollback.StatementsAsync(snapshot, cancellation);
            return Result("rollback", snapshot) with
            {
                Steps =
                [
                    new PlannedStep(
                        "rollback",
                        "Removes column, trigger, indexes and state.",
                        "Exclusive, for an instant; given up and tried again after 2 seconds of waiting.",
                        "Nothing that reads or writes the plaintext.",
                        statements
                    ),
                ],
            };
        }

        await context.Db.TakeTurnAsync($"{snapshot.Table}", cancellation);
        await rollback.RunAsync(snapshot, cancellation);
        return Result("rollback", await MigrationSnapshot.LoadAsync(context, cancellation)) with { Changed = true };
    }

    /// <summary>Runs all steps up to the contract, and the contract if <paramref name="goOn"/> agrees.</summary>
    /// <param name="show">Shows the result of each step but the last.</param>
    /// <param name="goOn">Asked before the contract.</param>
    /// <param name="cancellation">Stops between two statements.</param>
    public async Task<IdsResult> MigrateAsync(Action<IdsResult> show, Func<Task<bool>> goOn, CancellationToken cancellation)
    {
        var snapshot = await MigrationSnapshot.LoadAsync(context, cancellation);
        if (snapshot.Contracted)
            return await ContractAsync(cancellation) with { Verb = "migrate" };
        var result = await PlanAsync(cancellation);
        if (result.Failed || context.Options.DryRun)
            return result with { Verb = "migrate" };
        foreach (var step in (Func<CancellationToken, Task<IdsResult>>[])[ExpandAsync, FillAsync, VerifyAsync])
        {
            show(result);
            result = await step(cancellation);
            if (result.Failed)
                return result;
        }

        show(result);
        if (!await goOn())
            return result with
            {
                Verb = "migrate",
                Verified = [],
                Notes = ["Stopped before the contract; nothing was dropped."],
                Next = "hatcheck ids contract",
            };
        return await ContractAsync(cancellation) with { Verb = "migrate" };
    }

    public async Task<IdsResult> StatusAsync(CancellationToken cancellation)
    {
        var snapshot = await MigrationSnapshot.LoadAsync(context, cancellation);
        if (snapshot.Contracted)
            return Over("status", snapshot);
        var progress = new List<SiteProgress>();
        var rejected = snapshot.Migration is null
            ? 0
            : await new MigrationStore(context.Db).CountRejectsAsync(snapshot.Migration.Id, cancellation);
        foreach (var site in snapshot.Sites)
            progress.Add(await CountAsync(snapshot, site, cancellation));
        return Result("status", snapshot) with { Progress = progress, Rejected = rejected, Next = NextOf(snapshot.Phase) };
    }

    private static string? NextOf(string phase) =>
        phase switch
        {
            Phase.None or Phase.Expanding => "hatcheck ids expand",
            Phase.Expanded => "hatcheck ids fill",
            Phase.Filled => "hatcheck ids verify, then contract",
            Phase.Finishing => "hatcheck ids contract",
            _ => null,
        };

    private async Task<SiteProgress> CountAsync(MigrationSnapshot snapshot, Site site, CancellationToken cancellation)
    {
        var state = snapshot.StateOf(site);
        var sql = state is null
            ? $"select count(*) as every_row, 0::bigint as filled, count({site.Sql}) as unfilled from only {site.Table.Sql}"
            : $"select count(*) as every_row, count({site.NewSql}) as filled, "
                + $"count(*) filter (where {site.Sql} is not null and {site.NewSql} is null) as unfilled "
                + $"from only {site.Table.Sql}";
        var row = (
            await context.Db.QueryAsync(
                sql,
                row => (All: row.GetInt64("every_row"), Filled: row.GetInt64("filled"), Unfilled: row.GetInt64("unfilled")),
                cancellation
            )
        ).Single();
        return new SiteProgress(
            $"{site.Table}",
            site.Column,
            site.NewColumn,
            row.All,
            row.Filled,
            row.Unfilled,
            state?.PassedOnce ?? false
        );
    }

    private async Task<IdsResult?> RefuseAsync(MigrationSnapshot snapshot, RejectList rejects, CancellationToken cancellation)
    {
        var obstacles = await new Obstacles(context).FindAsync(snapshot, cancellation);
        if (obstacles.Count > 0)
            return Result("contract", snapshot) with { Failed = true, Findings = obstacles, Next = "hatcheck ids plan" };
        var (verdicts, differences) = await new Verification(context, rejects).RunAsync(
            snapshot,
            writersGoOn: !context.Options.DryRun,
            cancellation
        );
        return differences.Count == 0
            ? null
            : Result("contract", snapshot) with
            {
                Verified = verdicts,
                Findings = [.. differences, "Nothing was dropped."],
                Failed = true,
                Rejected = rejects.Count,
                Reasons = rejects.Reasons,
            };
    }

    private async Task<IdsResult> ClearAwayAsync(IdsResult result, MigrationSnapshot before, CancellationToken cancellation)
    {
        if (context.Options.DryRun)
            return result;
        var leftovers = new Leftovers(context);
        var tables =
            before.Sites.Count > 0
                ? before.Sites.Select(site => site.Table).Distinct()
                : await ContractedTablesAsync(before, cancellation);
        var further = context.Options.Rewrite ? await leftovers.RewriteAsync([.. tables], cancellation) : null;
        return result with
        {
            Changed = result.Changed || context.Options.Rewrite,
            PlaintextRemains =
                result.Changed || context.Options.Rewrite
                    ? await leftovers.ListAsync(context.Options.Rewrite, further, cancellation)
                    : [],
        };
    }

    private async Task<IEnumerable<TableName>> ContractedTablesAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        var reader = new SiteReader(context.Db);
        foreach (
            var name in (string[])
                [
                    context.Options.Column,
                    SiteReader.NewName(context.Options.Column, Values.ReplacementKind.Hash),
                    SiteReader.NewName(context.Options.Column, Values.ReplacementKind.Ticket),
                ]
        )
        {
            if (await reader.ColumnAsync(snapshot.TableOid, name, cancellation) is { } column)
                return (await reader.ClosureAsync(snapshot.TableOid, column, context.Kind, cancellation))
                    .Select(site => site.Table)
                    .Distinct();
        }

        return [snapshot.Table];
    }

    private IdsResult WithRejects(IdsResult result, RejectList rejects) =>
        result with
        {
            Rejected = rejects.Count,
            Reasons = rejects.Reasons,
            Failed = rejects.Count > 0 && !context.Options.NullRejects,
            Findings =
                rejects.Count > 0 && !context.Options.NullRejects
                    ? [$"{rejects.Count} rows hold no id; mend them, or let them become NULL with --on-reject null"]
                    : [],
        };

    private IdsResult Over(string verb, MigrationSnapshot snapshot) =>
        Result(verb, snapshot) with
        {
            Notes =
            [
                snapshot.Phase == Phase.Finishing
                    ? "The plaintext column is gone; `hatcheck ids contract` finishes the last checks."
                    : "This column was migrated; there is nothing left to do.",
            ],
            Next = NextOf(snapshot.Phase),
        };

    private IdsResult Result(string verb, MigrationSnapshot snapshot) =>
        new(verb, $"{snapshot.Table}", context.Options.Column, snapshot.Phase) { DryRun = context.Options.DryRun };
}
