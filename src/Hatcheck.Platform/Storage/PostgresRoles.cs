namespace Hatcheck.Platform.Storage;

/// <summary>Ensures that a node on PostgreSQL can't bypass row-level security.</summary>
internal static class PostgresRoles
{
    private const string Query =
        "select r.rolsuper as super, "
        + "exists (select 1 from pg_roles a where (a.rolbypassrls or a.rolsuper) "
        + "and pg_has_role(r.oid, a.oid, 'member')) as bypass, "
        + "exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        + "where n.nspname in ('public', 'keys') and c.relkind in ('r', 'p') "
        + "and pg_has_role(current_user, c.relowner, 'member')) as owner "
        + "from pg_roles r where r.rolname = current_user";

    private const string Unprotected =
        "select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        + "where n.nspname in ('public', 'keys') and c.relkind in ('r', 'p') "
        + "and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) "
        + "and not (c.relrowsecurity and c.relforcerowsecurity and exists (select 1 from pg_policy p "
        + "where p.polrelid = c.oid)) order by 1";

    /// <summary>Refuses to start if the role could see more than one tenant.</summary>
    /// <exception cref="OperatorException">
    /// The role is a superuser, bypasses row-level security, or owns the tables.
    /// </exception>
    public static async Task EnsureAsync(IEngine engine, CancellationToken cancellation)
    {
        var rows = await engine.QueryAsync(
            Guid.Empty,
            Query,
            [],
            row => (Super: row.Flag("super"), Bypass: row.Flag("bypass"), Owner: row.Flag("owner")),
            cancellation
        );
        var fault = rows switch
        {
            [(Super: true, _, _)] => "is a superuser",
            [(_, Bypass: true, _)] => "has BYPASSRLS, itself or by a role that it is a member of",
            [(_, _, Owner: true)] => "owns the tables",
            _ => null,
        };
        if (fault is not null)
            throw new OperatorException(
                $"The role of Database:ConnectionString {fault}, so row-level security would not hold. Connect as a role that "
                    + "owns nothing (hatcheck_app); see docs/operations/database.md."
            );
    }

    /// <summary>Examines the role, the row-level security of every tenant table, and the maintenance role.</summary>
    public static async Task<List<EngineFinding>> ExamineAsync(
        IEngine engine,
        DatabaseOptions options,
        CancellationToken cancellation
    )
    {
        var findings = new List<EngineFinding>();
        try
        {
            await EnsureAsync(engine, cancellation);
            findings.Add(new("the nodes' role owns nothing and can't bypass row-level security"));
        }
        catch (OperatorException fault)
        {
            findings.Add(new(fault.Message, "Roles are created by `hatcheck migrate --print-roles-sql | psql`.", IsFault: true));
        }

        var open = await engine.QueryAsync(Guid.Empty, Unprotected, [], row => row.Text("name"), cancellation);
        findings.Add(
            open.Count == 0
                ? new("every tenant table has row-level security, forced")
                : new(
                    $"no forced row-level security on {string.Join(", ", open)}",
                    "The schema was changed by hand. As its owner, for each of them: select hatcheck_protect('TABLE', 'tenant'); "
                        + "it switches row-level security on and sets the policies again.",
                    IsFault: true
                )
        );
        if (string.IsNullOrEmpty(options.MaintenanceConnectionString))
        {
            findings.Add(
                new(
                    "Database:MaintenanceConnectionString is not set",
                    "The CLI's lists need it; a node that only serves does not."
                )
            );
            return findings;
        }

        try
        {
            await using var connection = await engine.OpenAcrossTenantsAsync(cancellation);
            findings.Add(new("the maintenance role can connect"));
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            findings.Add(
                new("the maintenance role can't connect", "Check Database:MaintenanceConnectionString.", IsFault: true, fault)
            );
        }

        return findings;
    }
}
