namespace Hatcheck.Cli.Doctor;

/// <summary>Finding of one check.</summary>
/// <param name="Area"><c>configuration</c>, <c>keys</c>, <c>database</c>, <c>disk</c> or <c>clock</c>.</param>
/// <param name="Status"><c>ok</c>, <c>warning</c> or <c>fault</c>.</param>
/// <param name="Finding">The finding, in words.</param>
/// <param name="Remedy">What to do; null if nothing.</param>
internal sealed record DoctorFinding(string Area, string Status, string Finding, string? Remedy)
{
    public static DoctorFinding Ok(string area, string finding) => new(area, "ok", finding, null);

    public static DoctorFinding Warning(string area, string finding, string remedy) => new(area, "warning", finding, remedy);

    public static DoctorFinding Fault(string area, string finding, string remedy) => new(area, "fault", finding, remedy);
}

/// <summary>Result of <c>doctor</c>.</summary>
/// <param name="Healthy">True without faults; warnings do not count.</param>
/// <param name="Findings">In the order of the checks.</param>
internal sealed record DoctorReport(bool Healthy, IReadOnlyList<DoctorFinding> Findings);
