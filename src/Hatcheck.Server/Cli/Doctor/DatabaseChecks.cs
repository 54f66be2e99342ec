using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Cli.Doctor;

/// <summary>Does the database answer, with the schema, the roles and the row-level security that the server counts on?</summary>
internal static class DatabaseChecks
{
    private const string Area = "database";

    private const string Unprotected =
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        + "where n.nspname in ('public', 'keys') and c.relkind in ('r', 'p') "
        + "and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) "
        + "and not (c.relrowsecurity and c.relforcerowsecurity and exists (select 1 from pg_policy p where p.polrelid = c.oid)) order by 1";

    public static async Task<IReadOnlyList<DoctorFinding>> RunAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var engine = services.GetRequiredService<IEngine>();
        if (engine is SqliteEngine sqlite && !File.Exists(sqlite.File)) return [DoctorFinding.Ok(Area, $"{sqlite.File} will be made at the first start")];
        var findings = new List<DoctorFinding>();
        try
        {
            var migrator = services.GetRequiredService<Migrator>();
            var state = await migrator.StateAsync(cancellation);
            findings.Add(DoctorFinding.Ok(Area, $"{engine.Name} answers"));
            findings.Add(state.Refusal(migrator.Known) is { } refusal
                ? DoctorFinding.Fault(Area, refusal, engine.Name == "sqlite" ? "`hatcheck serve` does it at the start, or run `hatcheck migrate`." : "Run it as the owner: docs/operations/database.md.")
                : DoctorFinding.Ok(Area, $"the schema is at version {state.Version}, which this build takes"));
            if (engine.Name == "postgres") await PostgresAsync(services, engine, findings, cancellation);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            findings.Add(DoctorFinding.Fault(
                Area,
                $"{engine.Name} does not answer: {FaultReport.Cause(fault)}",
                engine.Name == "sqlite" ? "Check that the file is hatcheck's, whole, and may be written by this user; docs/operations/database.md." : "Check that it runs, and Database:ConnectionString; docs/operations/database.md."));
        }

        return findings;
    }

    private static async Task PostgresAsync(IServiceProvider services, IEngine engine, List<DoctorFinding> findings, CancellationToken cancellation)
    {
        try
        {
            await RoleCheck.EnsureAsync(engine, cancellation);
            findings.Add(DoctorFinding.Ok(Area, "the nodes' role owns nothing and can't step around row-level security"));
        }
        catch (OperatorException fault)
        {
            findings.Add(DoctorFinding.Fault(Area, fault.Message, "Roles are made by `hatcheck migrate --print-roles-sql | psql`."));
        }

        var open = await engine.QueryAsync(Guid.Empty, Unprotected, [], row => row.Text(0), cancellation);
        findings.Add(open.Count == 0
            ? DoctorFinding.Ok(Area, "every tenant table has row-level security, forced")
            : DoctorFinding.Fault(Area, $"no forced row-level security on {string.Join(", ", open)}", "The schema was changed by hand. As its owner, for each of them: select hatcheck_protect('TABLE', 'tenant'); it switches row-level security on and sets the policies anew."));
        if (string.IsNullOrEmpty(services.GetRequiredService<IOptions<DatabaseOptions>>().Value.MaintenanceConnectionString))
        {
            findings.Add(DoctorFinding.Warning(Area, "Database:MaintenanceConnectionString is not set", "The CLI's lists need it; a node that only serves does not."));
            return;
        }

        try
        {
            await using var connection = await engine.OpenAcrossTenantsAsync(cancellation);
            findings.Add(DoctorFinding.Ok(Area, "the maintenance role can connect"));
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            findings.Add(DoctorFinding.Fault(Area, $"the maintenance role can't connect: {FaultReport.Cause(fault)}", "Check Database:MaintenanceConnectionString."));
        }
    }
}
