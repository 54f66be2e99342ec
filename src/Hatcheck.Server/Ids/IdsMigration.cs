using Hatcheck.Server.Ids.Catalogue;
using Hatcheck.Server.Ids.State;
using Hatcheck.Server.Ids.Steps;

namespace Hatcheck.Server.Ids;

/// <summary>
/// Takes a live table of plaintext Telegram ids to hashes or tickets: plan, expand, fill, verify, contract; and back, up to the contract.
/// Each step may be run twice, killed anywhere and run again.
/// </summary>
internal sealed class IdsMigration(Work work)
{
    public async Task<IdsResult> PlanAsync(CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted) return Over("plan", scene);
        return await new Planning(work).RunAsync(scene, cancellation);
    }

    public async Task<IdsResult> ExpandAsync(CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted) return Over("expand", scene);
        var obstacles = await new Obstacles(work).FindAsync(scene, cancellation);
        if (obstacles.Count > 0) return Result("expand", scene) with { Failed = true, Findings = obstacles, Next = "hatcheck ids plan" };
        if (work.Options.DryRun) return await new Planning(work).RunAsync(scene, cancellation) with { Verb = "expand" };
        await work.Db.TakeTurnAsync($"{scene.Table}", cancellation);
        var changed = await new Expansion(work).RunAsync(scene, cancellation);
        return Result("expand", await Scene.LoadAsync(work, cancellation)) with { Changed = changed, Next = "hatcheck ids fill" };
    }

    public async Task<IdsResult> FillAsync(CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted) return Over("fill", scene);
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
        return WithRejects(Result("fill", scene) with { Changed = filled > 0, Filled = filled, Next = "hatcheck ids verify" }, rejects);
    }

    public async Task<IdsResult> VerifyAsync(CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted) return Over("verify", scene);
        using var rejects = new RejectList(work.Options.RejectsFile);
        var (verdicts, differences) = await new Verification(work, rejects).RunAsync(scene, cancellation);
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

    public async Task<IdsResult> StatusAsync(CancellationToken cancellation)
    {
        var scene = await Scene.LoadAsync(work, cancellation);
        if (scene.Contracted) return Over("status", scene);
        var progress = new List<SiteProgress>();
        var rejected = scene.Migration is null ? 0 : await new MigrationStore(work.Db).CountRejectsAsync(scene.Migration.Id, cancellation);
        foreach (var site in scene.Sites) progress.Add(await CountAsync(scene, site, cancellation));
        return Result("status", scene) with { Progress = progress, Rejected = rejected, Next = NextOf(scene.Phase) };
    }

    private static string? NextOf(string phase) => phase switch
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
            ? $"select count(*), count(*) filter (where false), count({site.Sql}) from only {site.Table.Sql}"
            : $"select count(*), count({site.NewSql}), count(*) filter (where {site.Sql} is not null and {site.NewSql} is null) from only {site.Table.Sql}";
        var row = (await work.Db.QueryAsync(sql, row => (All: row.GetInt64(0), Filled: row.GetInt64(1), Unfilled: row.GetInt64(2)), cancellation)).Single();
        return new SiteProgress($"{site.Table}", site.Column, site.NewColumn, row.All, row.Filled, row.Unfilled, state?.PassedOnce ?? false);
    }

    private IdsResult WithRejects(IdsResult result, RejectList rejects) => result with
    {
        Rejected = rejects.Count,
        Reasons = rejects.Reasons,
        Failed = rejects.Count > 0 && !work.Options.NullRejects,
        Findings = rejects.Count > 0 && !work.Options.NullRejects ? [$"{rejects.Count} rows hold no id; mend them, or let them become NULL with --on-reject null"] : [],
    };

    private IdsResult Over(string verb, Scene scene) => Result(verb, scene) with
    {
        Notes = [scene.Phase == Phase.Finishing ? "The plaintext column is gone; `hatcheck ids contract` finishes the last checks." : "This column was migrated; there is nothing left to do."],
        Next = NextOf(scene.Phase),
    };

    private IdsResult Result(string verb, Scene scene) => new(verb, $"{scene.Table}", work.Options.Column, scene.Phase) { DryRun = work.Options.DryRun };
}
