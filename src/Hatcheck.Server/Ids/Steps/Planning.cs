using Hatcheck.Server.Ids.Catalogue;

namespace Hatcheck.Server.Ids.Steps;

/// <summary>Says what would happen, in which order, under which locks, and what could break. Reads every value; changes nothing.</summary>
internal sealed class Planning(Work work)
{
    public async Task<IdsResult> RunAsync(Scene scene, CancellationToken cancellation)
    {
        var findings = new List<string>(await new Obstacles(work).FindAsync(scene, cancellation));
        using var rejects = new RejectList(work.Options.RejectsFile);
        var text = Filling.Union(scene.Migration?.Text ?? work.Options.Text, work.Options.Text);
        var counts = await new Scan(work, rejects).RunAsync(scene, text, cancellation);
        return new IdsResult("plan", $"{scene.Table}", work.Options.Column, scene.Phase)
        {
            DryRun = work.Options.DryRun,
            Columns = counts,
            Rejected = rejects.Count,
            Reasons = rejects.Reasons,
            Findings = findings,
            Failed = findings.Count > 0 || (rejects.Count > 0 && !work.Options.NullRejects),
            Next = "hatcheck ids expand",
        };
    }
}
