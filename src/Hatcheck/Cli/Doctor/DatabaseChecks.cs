using Hatcheck.Platform.Storage;

namespace Hatcheck.Cli.Doctor;

/// <summary>Checks that the database answers, and its schema, roles and row-level security.</summary>
internal static class DatabaseChecks
{
    private const string Area = "database";

    public static async Task<IReadOnlyList<DoctorFinding>> RunAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var engine = services.GetRequiredService<IEngine>();
        if (engine.NotMadeYet is { } place)
            return [DoctorFinding.Ok(Area, $"{place} will be created at the first start")];
        var findings = new List<DoctorFinding>();
        try
        {
            var migrator = services.GetRequiredService<Migrator>();
            var state = await migrator.StateAsync(cancellation);
            findings.Add(DoctorFinding.Ok(Area, $"{engine.Name} answers"));
            findings.Add(
                state.Refusal(migrator.Known) is { } refusal
                    ? DoctorFinding.Fault(Area, refusal, engine.Advice.Migrate)
                    : DoctorFinding.Ok(Area, $"the schema is at version {state.Version}, which this build takes")
            );
            findings.AddRange((await engine.ExamineAsync(cancellation)).Select(FindingOf));
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            findings.Add(
                DoctorFinding.Fault(Area, $"{engine.Name} does not answer: {StorageFaults.Cause(fault)}", engine.Advice.Reach)
            );
        }

        return findings;
    }

    private static DoctorFinding FindingOf(EngineFinding finding) =>
        finding switch
        {
            { Advice: null } => DoctorFinding.Ok(Area, finding.Text),
            { IsFault: false } => DoctorFinding.Warning(Area, finding.Text, finding.Advice),
            { Cause: { } cause } => DoctorFinding.Fault(Area, $"{finding.Text}: {StorageFaults.Cause(cause)}", finding.Advice),
            _ => DoctorFinding.Fault(Area, finding.Text, finding.Advice),
        };
}
