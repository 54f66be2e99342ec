using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Hatcheck.Ids.Catalogue;

/// <summary>Facts that block nothing, but that the owner should know before.</summary>
internal sealed class Advisories(IdsConnection db)
{
    private const string Triggers = """
        select c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where t.tgrelid = any($1) and not t.tgisinternal and t.tgenabled <> 'D'
          and t.tgname not like 'zzz\_hatcheck\_ids\_%' and (t.tgtype & 16) <> 0
        order by relname, tgname
        """;

    private const string Publications = """
        select distinct p.pubname from pg_publication_tables p
        join pg_class c on c.oid = any($1) join pg_namespace n on n.oid = c.relnamespace
        where (p.schemaname, p.tablename) = (n.nspname, c.relname) order by pubname
        """;

    private const string Namesakes = """
        select n.nspname || '.' || c.relname || '.' || a.attname as column_path from pg_attribute a
        join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm') and a.attnum > 0 and not a.attisdropped and a.attname = any($2) and c.oid <> all($1)
          and n.nspname not in ('pg_catalog', 'information_schema', 'hatcheck_ids') and n.nspname not like 'pg\_%'
        order by column_path limit 20
        """;

    private const string Functions = """
        select n.nspname || '.' || p.proname as function_path from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname not in ('pg_catalog', 'information_schema', 'hatcheck_ids')
          and exists (select from unnest($1) as u(name) where strpos(p.prosrc, u.name) > 0)
        order by function_path limit 20
        """;

    private const string Defaults = """
        select c.relname || '.' || a.attname as column_path from pg_attrdef d join pg_class c on c.oid = d.adrelid
        join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
        where d.adrelid = any($1) and a.attname = any($2) order by column_path
        """;

    private const string Statistics = """
        select distinct s.stxname from pg_statistic_ext s
        join pg_attribute a on a.attrelid = s.stxrelid and a.attnum = any(s.stxkeys::smallint[])
        where s.stxrelid = any($1) and a.attname = any($2) order by stxname
        """;

    public async Task<IReadOnlyList<string>> FindAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        var tables = snapshot.Sites.Select(site => site.TableOid).Distinct().ToArray();
        var names = snapshot.Sites.Select(site => site.Column).Distinct(StringComparer.Ordinal).ToArray();
        var notes = new List<string>();
        var triggers = await db.QueryAsync(
            Triggers,
            row => $"{row.GetString("tgname")} on {row.GetString("relname")}",
            cancellation,
            Oids(tables)
        );
        if (triggers.Count > 0)
            notes.Add(
                "Triggers that fire for every row of the fill, such as those that set a time of change or write a history: "
                    + $"{string.Join(", ", triggers)}."
            );
        var publications = await db.QueryAsync(Publications, row => row.GetString("pubname"), cancellation, Oids(tables));
        if (publications.Count > 0)
            notes.Add(
                $"Published to subscribers ({string.Join(", ", publications)}): add the new column there first, or their "
                    + "apply stops."
            );
        var namesakes = await db.QueryAsync(
            Namesakes,
            row => row.GetString("column_path"),
            cancellation,
            Oids(tables),
            Texts(names)
        );
        if (namesakes.Count > 0)
            notes.Add(
                "Columns of the same name, without a foreign key to this one; they are not migrated: "
                    + $"{string.Join(", ", namesakes)}. Migrate each by itself, under the same key."
            );
        var functions = await db.QueryAsync(Functions, row => row.GetString("function_path"), cancellation, Texts(names));
        if (functions.Count > 0)
            notes.Add(
                "Functions whose text contains the column's name, and which may expect a plain id: "
                    + $"{string.Join(", ", functions)}."
            );
        var defaults = await db.QueryAsync(
            Defaults,
            row => row.GetString("column_path"),
            cancellation,
            Oids(tables),
            Texts(names)
        );
        if (defaults.Count > 0)
            notes.Add($"Defaults go with the plaintext, since no id is a default's: {string.Join(", ", defaults)}.");
        var statistics = await db.QueryAsync(
            Statistics,
            row => row.GetString("stxname"),
            cancellation,
            Oids(tables),
            Texts(names)
        );
        if (statistics.Count > 0)
            notes.Add($"Extended statistics go with the plaintext; create them again: {string.Join(", ", statistics)}.");
        return notes;
    }

    private static NpgsqlParameter Oids(uint[] values) =>
        new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid };

    private static NpgsqlParameter Texts(string[] values) =>
        new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
