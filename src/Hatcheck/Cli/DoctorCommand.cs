using System.CommandLine;
using Hatcheck.Cli.Doctor;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Cli;

internal static class DoctorCommand
{
    public static Command Create(Invocation invocation)
    {
        var json = Verb.JsonOption();
        var verb = new Verb(
            "doctor",
            "Checks configuration, keys, database, disk and clock, and names a remedy for each fault. Changes nothing. "
                + "Exit code 1 on a fault.",
            "hatcheck doctor",
            "hatcheck doctor --json | jq '.findings[] | select(.status != \"ok\")'"
        )
        {
            json,
        };
        verb.SetAction(
            async (parsed, cancellation) =>
            {
                try
                {
                    return await invocation.WithDatabaseAsync(
                        parsed,
                        async (services, stop) =>
                        {
                            var findings = new List<DoctorFinding>
                            {
                                DoctorFinding.Ok("configuration", "every setting is known and in its range"),
                            };
                            findings.AddRange(await KeyChecks.RunAsync(services, stop));
                            findings.AddRange(await DatabaseChecks.RunAsync(services, stop));
                            findings.AddRange(MachineChecks.Disk(services));
                            findings.AddRange(await MachineChecks.ClockAsync(services, stop));
                            return Report(invocation.Terminal, findings, parsed.GetValue(json));
                        },
                        cancellation,
                        access: DatabaseAccess.AsItIs
                    );
                }
                catch (ConfigurationException wrong)
                {
                    // Nothing else can be checked without settings; reports all their faults.
                    return Report(
                        invocation.Terminal,
                        [
                            .. wrong.Faults.Select(fault =>
                                DoctorFinding.Fault(
                                    "configuration",
                                    fault,
                                    "Correct the setting; docs/operations/configuration.md describes each."
                                )
                            ),
                        ],
                        parsed.GetValue(json)
                    );
                }
            }
        );
        return verb;
    }

    private static int Report(Terminal terminal, IReadOnlyList<DoctorFinding> findings, bool json)
    {
        var healthy = findings.All(finding => finding.Status != "fault");
        if (json)
        {
            terminal.WriteJson(new DoctorReport(healthy, findings), CliJson.Default.DoctorReport);
        }
        else
        {
            foreach (var finding in findings)
            {
                terminal.Output.WriteLine($"{finding.Status.PadRight(7)}  {finding.Area}: {finding.Finding}");
                if (finding.Remedy is not null)
                    terminal.Output.WriteLine($"         → {finding.Remedy}");
            }
        }

        return healthy ? ExitCode.Ok : ExitCode.Failed;
    }
}
