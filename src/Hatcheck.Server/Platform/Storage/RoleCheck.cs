namespace Hatcheck.Server.Platform.Storage;

/// <summary>On PostgreSQL a node may not be able to step around row-level security.</summary>
internal static class RoleCheck
{
    private const string Query =
        "select r.rolsuper, exists (select 1 from pg_roles a where (a.rolbypassrls or a.rolsuper) and pg_has_role(r.oid, a.oid, 'member')), exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        + "where n.nspname in ('public', 'keys') and c.relkind in ('r', 'p') and pg_has_role(current_user, c.relowner, 'member')) "
        + "from pg_roles r where r.rolname = current_user";

    /// <summary>Ends the start if the role could see more than one tenant.</summary>
    /// <exception cref="OperatorException">The role is a superuser, bypasses row-level security, or owns the tables.</exception>
    public static async Task EnsureAsync(IEngine engine, CancellationToken cancellation)
    {
        var rows = await engine.QueryAsync(Guid.Empty, Query, [], row => (Super: row.Flag(0), Bypass: row.Flag(1), Owner: row.Flag(2)), cancellation);
        var fault = rows switch
        {
            [(Super: true, _, _)] => "is a superuser",
            [(_, Bypass: true, _)] => "has BYPASSRLS, itself or by a role that it is a member of",
            [(_, _, Owner: true)] => "owns the tables",
            _ => null,
        };
        if (fault is not null)
            throw new OperatorException($"The role of Database:ConnectionString {fault}, so row-level security would not hold. Connect as a role that owns nothing (hatcheck_app); see docs/operations/database.md.");
    }
}
