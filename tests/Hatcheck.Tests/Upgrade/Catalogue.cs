using Hatcheck.ServerKit.Storage;

namespace Hatcheck.Tests.Upgrade;

/// <summary>A schema's whole catalogue, sorted, so that its history makes no difference.</summary>
internal static class Catalogue
{
    private static readonly string[] sqlite =
    [
        "select type, name, tbl_name, sql from sqlite_master where name not like 'sqlite_%' order by 1, 2",
        "select tbl, idx, stat from sqlite_stat1 order by 1, 2",
    ];

    private const string Relations =
        "pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'keys') ";

    private static readonly string[] postgres =
    [
        "select 'relation', n.nspname, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text, "
            + $"pg_get_userbyid(c.relowner) from {Relations} order by 2, 3",
        "select 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
            + "a.attcollation::regcollation::text, pg_get_expr(d.adbin, d.adrelid) "
            + $"from {Relations} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
            + "left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum where c.relkind in ('r', 'p') order by 2, 3",
        $"select 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid) "
            + $"from {Relations} join pg_constraint k on k.conrelid = c.oid order by 2, 3",
        "select 'index', schemaname, tablename, indexname, indexdef "
            + "from pg_indexes where schemaname in ('public', 'keys') order by 2, 3, 4",
        "select 'policy', schemaname, tablename, policyname, permissive, roles::text, cmd, qual, with_check "
            + "from pg_policies order by 2, 3, 4",
        "select 'grant', n.nspname, c.relname, pg_get_userbyid(g.grantor), g.grantee::regrole::text, "
            + $"g.privilege_type, g.is_grantable from {Relations}, aclexplode(c.relacl) g order by 2, 3, 5, 6",
        "select 'schema', n.nspname, pg_get_userbyid(n.nspowner), g.grantee::regrole::text, g.privilege_type "
            + "from pg_namespace n, aclexplode(n.nspacl) g where n.nspname in ('public', 'keys') order by 2, 4, 5",
        "select 'function', p.proname, pg_get_functiondef(p.oid), g.grantee::regrole::text, g.privilege_type from pg_proc p "
            + "join pg_namespace n on n.oid = p.pronamespace and n.nspname in ('public', 'keys'), "
            + "aclexplode(p.proacl) g order by 2, 4, 5",
    ];

    public static async Task<List<string>> DescribeAsync(TestedDatabase database)
    {
        await using var connection = await database.OpenAsync();
        var described = new List<string>();
        foreach (var sql in database.Name == "sqlite" ? sqlite : postgres)
            described.AddRange(await connection.RowsAsync(sql));
        const string Versions = "select version, min_compatible, name, checksum from schema_versions order by version";
        described.AddRange(await connection.RowsAsync(Versions));
        return described;
    }
}
