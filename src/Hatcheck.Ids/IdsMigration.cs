using System.Data;
using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Steps;

namespace Hatcheck.Ids;

/// <summary>
/// Takes a live table of plaintext Telegram ids to hashes or tickets: plan, expand, fill, verify, contract; and back, up to
/// the contract. Each step may be run twice, killed anywhere and run again.
/// </summary>
internal sealed class IdsMigration(Work work)
{
    public async Task<IdsResult> PlanAsync(CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted)
            return Over("plan", scene);
        return await new Planning(work).RunAsync(scene, cancellation) with { Next = NextOf(scene.Phase) };
    }

    public async Task<IdsResult> ExpandAsync(CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted)
            return Over("expand", scene);
        var obstacles = await new Obstacles(work).FindAsync(scene, cancellation);
        if (obstacles.Count > 0)
            return Result("expand", scene) with { Failed = true, Findings = obstacles, Next = "hatcheck ids plan" };
        if (work.Options.DryRun)
            return await new Planning(work).RunAsync(scene, cancellation) with { Verb = "expand" };
        await work.Db.TakeTurnAsync($"{scene.Table}", cancellation);
        var changed = await new Expansion(work).RunAsync(scene, cancellation);
        return Result("expand", await Scene.LoadAsync(work, cancellation)) with { Changed = changed, Next = "hatcheck ids fill" };
    }

    public async Task<IdsResult> FillAsync(CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted)
            return Over("fill", scene);
        using var rejects = new RejectList(work.Options.RejectsFile);
        if (work.Options.DryRun)
        {
            var text = Filling.Union(scene.Migration?.Text ?? work.Options.Text, work.Options.Text);
            var counts = await new Scan(work, rejects).RunAsync(scene, text, cancellation);
            return WithRejects(Result("fill", scene) with { Columns = counts }, rejects);
        }

        scene.Begun();
        await work.Db.TakeTurnAsync($"{scene.Table}", cancellation);
        var filled = await new Filling(work, rejects).RunAsync(scene, cancellation);
        scene = await Scene.LoadAsync(work, cancellation);
        return WithRejects(
            Result("fill", scene) with
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
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted)
            return Over("verify", scene);
        using var rejects = new RejectList(work.Options.RejectsFile);
        var (verdicts, differences) = await new Verification(work, rejects).RunAsync(scene, writersGoOn: false, cancellation);
        return Result("verify", scene) with
        {
            Verified = verdicts,
            Findings = differences,
            Failed = differences.Count > 0,
            Rejected = rejects.Count,
            Reasons = rejects.Reasons,
            Next = differences.Count > 0 ? "hatcheck ids fill" : "hatcheck ids contract",
        };
    }

    /// <summary>Drops the plaintext. Verified again before: of all the steps this one has no way back.</summary>
    public async Task<IdsResult> ContractAsync(CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Phase == Phase.Contracted)
            return await ClearAwayAsync(Over("contract", scene), scene, cancellation);
        using var rejects = new RejectList(work.Options.RejectsFile);
        if (scene.Phase != Phase.Finishing)
        {
            scene.Begun();
            if (!work.Options.DryRun)
                await work.Db.TakeTurnAsync($"{scene.Table}", cancellation);
            var refused = await RefuseAsync(scene, rejects, cancellation);
            if (refused is not null)
                return refused;
        }

        if (work.Options.DryRun)
            return Result("contract", scene) with { Steps = await Planning.ContractAsync(work, scene, cancellation) };
        if (scene.Phase == Phase.Finishing)
            await work.Db.TakeTurnAsync($"{scene.Table}", cancellation);
        await new Contraction(work, rejects).RunAsync(scene, cancellation);
        var done = Result("contract", await Scene.LoadAsync(work, cancellation)) with { Changed = true };
        return await ClearAwayAsync(done with { Rejected = rejects.Count, Reasons = rejects.Reasons }, scene, cancellation);
    }

    /// <summary>Takes everything back that was added, as long as the plaintext is there.</summary>
    public async Task<IdsResult> RollbackAsync(CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted)
            return Result("rollback", scene) with
            {
                Failed = true,
                Findings = ["The plaintext is gone: there is no way back but a backup."],
            };
        if (scene.Migration is null)
            return Result("rollback", scene) with { Notes = ["No migration of this column was begun; nothing was changed."] };
        var rollback = new Rollback(work);
        if (work.Options.DryRun)
        {
            var statements = await rollback.StatementsAsync(scene, cancellation);
            return Result("rollback", scene) with
            {
                Steps =
                [
                    new PlannedStep(
                        "rollback",
                        "Takes away column, trigger, indexes and state.",
                        "Exclusive, for an instant; given up and tried again after 2 seconds of waiting.",
                        "Nothing that reads or writes the plaintext.",
                        statements
                    ),
                ],
            };
        }

        await work.Db.TakeTurnAsync($"{scene.Table}", cancellation);
        await rollback.RunAsync(scene, cancellation);
        return Result("rollback", await Scene.LoadAsync(work, cancellation)) with { Changed = true };
    }

    /// <summary>All steps up to the contract, and that too if <paramref name="goOn"/> says so.</summary>
    /// <param name="show">Shows the result of each step but the last.</param>
    /// <param name="goOn">Asked before the step without a way back.</param>
    /// <param name="cancellation">Ends it between two statements.</param>
    public async Task<IdsResult> MigrateAsync(Action<IdsResult> show, Func<Task<bool>> goOn, CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted)
            return await ContractAsync(cancellation) with { Verb = "migrate" };
        var result = await PlanAsync(cancellation);
        if (result.Failed || work.Options.DryRun)
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
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted)
            return Over("status", scene);
        var progress = new List<SiteProgress>();
        var rejected = scene.Migration is null
            ? 0
            : await new MigrationStore(work.Db).CountRejectsAsync(scene.Migration.Id, cancellation);
        foreach (var site in scene.Sites)
            progress.Add(await CountAsync(scene, site, cancellation));
        return Result("status", scene) with { Progress = progress, Rejected = rejected, Next = NextOf(scene.Phase) };
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

    private async Task<SiteProgress> CountAsync(Scene scene, Site site, CancellationToken cancellation)
    {
        var state = scene.StateOf(site);
        var sql = state is null
            ? $"select count(*) as every_row, 0::bigint as filled, count({site.Sql}) as unfilled from only {site.Table.Sql}"
            : $"select count(*) as every_row, count({site.NewSql}) as filled, "
                + $"count(*) filter (where {site.Sql} is not null and {site.NewSql} is null) as unfilled "
                + $"from only {site.Table.Sql}";
        var row = (
            await work.Db.QueryAsync(
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

    private async Task<IdsResult?> RefuseAsync(Scene scene, RejectList rejects, CancellationToken cancellation)
    {
        var obstacles = await new Obstacles(work).FindAsync(scene, cancellation);
        if (obstacles.Count > 0)
            return Result("contract", scene) with { Failed = true, Findings = obstacles, Next = "hatcheck ids plan" };
        var (verdicts, differences) = await new Verification(work, rejects).RunAsync(
            scene,
            writersGoOn: !work.Options.DryRun,
            cancellation
        );
        return differences.Count == 0
            ? null
            : Result("contract", scene) with
            {
                Verified = verdicts,
                Findings = [.. differences, "Nothing was dropped."],
                Failed = true,
                Rejected = rejects.Count,
                Reasons = rejects.Reasons,
            };
    }

    private async Task<IdsResult> ClearAwayAsync(IdsResult result, Scene before, CancellationToken cancellation)
    {
        if (work.Options.DryRun)
            return result;
        var leftovers = new Leftovers(work);
        var tables =
            before.Sites.Count > 0
                ? before.Sites.Select(site => site.Table).Distinct()
                : await ContractedTablesAsync(before, cancellation);
        var further = work.Options.Rewrite ? await leftovers.RewriteAsync([.. tables], cancellation) : null;
        return result with
        {
            Changed = result.Changed || work.Options.Rewrite,
            PlaintextRemains =
                result.Changed || work.Options.Rewrite
                    ? await leftovers.ListAsync(work.Options.Rewrite, further, cancellation)
                    : [],
        };
    }

    private async Task<IEnumerable<TableName>> ContractedTablesAsync(Scene scene, CancellationToken cancellation)
    {
        var reader = new SiteReader(work.Db);
        foreach (
            var name in (string[])
                [
                    work.Options.Column,
                    SiteReader.NewName(work.Options.Column, Values.ReplacementKind.Hash),
                    SiteReader.NewName(work.Options.Column, Values.ReplacementKind.Ticket),
                ]
        )
        {
            if (await reader.ColumnAsync(scene.TableOid, name, cancellation) is { } column)
                return (await reader.ClosureAsync(scene.TableOid, column, work.Kind, cancellation))
                    .Select(site => site.Table)
                    .Distinct();
        }

        return [scene.Table];
    }

    private IdsResult WithRejects(IdsResult result, RejectList rejects) =>
        result with
        {
            Rejected = rejects.Count,
            Reasons = rejects.Reasons,
            Failed = rejects.Count > 0 && !work.Options.NullRejects,
            Findings =
                rejects.Count > 0 && !work.Options.NullRejects
                    ? [$"{rejects.Count} rows hold no id; mend them, or let them become NULL with --on-reject null"]
                    : [],
        };

    private IdsResult Over(string verb, Scene scene) =>
        Result(verb, scene) with
        {
            Notes =
            [
                scene.Phase == Phase.Finishing
                    ? "The plaintext column is gone; `hatcheck ids contract` finishes the last checks."
                    : "This column was migrated; there is nothing left to do.",
            ],
            Next = NextOf(scene.Phase),
        };

    private IdsResult Result(string verb, Scene scene) =>
        new(verb, $"{scene.Table}", work.Options.Column, scene.Phase) { DryRun = work.Options.DryRun };
}
