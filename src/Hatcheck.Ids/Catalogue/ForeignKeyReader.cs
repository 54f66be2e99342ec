using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Hatcheck.Ids.Catalogue;

/// <summary>A foreign key between the columns, and the definition of its copy between the new ones.</summary>
/// <param name="Table">The referring table.</param>
/// <param name="Name">The constraint's name.</param>
/// <param name="Target">The referenced table.</param>
/// <param name="Columns">The referring columns, quoted, with the new ones in place of the old.</param>
/// <param name="TargetColumns">The referenced columns.</param>
/// <param name="Behaviour">Match, actions, deferral.</param>
/// <param name="IsValid">True if existing rows were checked.</param>
internal sealed record CarriedForeignKey(
    TableName Table,
    string Name,
    TableName Target,
    IReadOnlyList<string> Columns,
    IReadOnlyList<string> TargetColumns,
    string Behaviour,
    bool IsValid
)
{
    /// <summary>Not null if one of its columns refers to a column that is not migrated.</summary>
    public string? Obstacle { get; init; }

    public string? Comment { get; init; }

    /// <summary>The migrated ones of the referring columns, as they are now, quoted.</summary>
    public IReadOnlyList<string> PlainColumns { get; init; } = [];

    public string PreparedName => SqlName.Prepared($"{Table}.{Name}");

    public string AddSql =>
        $"alter table {Table.Sql} add constraint {SqlName.Quote(PreparedName)} foreign key ({string.Join(", ", Columns)}) "
        + $"references {Target.Sql} ({string.Join(", ", TargetColumns)}){Behaviour} not valid";

    /// <summary>SQL that counts rows without a referenced row.</summary>
    /// <param name="unguarded">
    /// While writers run, a row may be filled before the row that it refers to. If the old foreign key is valid, that is no
    /// orphan: then counts only rows without the plaintext, whose replacement no foreign key has checked yet.
    /// </param>
    public string CountOrphansSql(bool unguarded)
    {
        var only =
            unguarded && IsValid ? $" and ({string.Join(" or ", PlainColumns.Select(column => $"c.{column} is null"))})" : "";
        var filled = string.Join(" and ", Columns.Select(column => $"c.{column} is not null"));
        var matches = string.Join(" and ", Columns.Select((column, i) => $"p.{TargetColumns[i]} = c.{column}"));
        return $"select count(*) from only {Table.Sql} c where {filled} and not exists (select from only {Target.Sql} p "
            + $"where {matches}){only}";
    }
}

/// <summary>Finds the foreign keys with one of the columns at either end.</summary>
internal sealed class ForeignKeyReader(IdsConnection db)
{
    private const string Sql = """
        select con.conrelid, con.confrelid, con.conname, con.conkey, con.confkey,
               con.confmatchtype::text as match_type, con.confupdtype::text as on_update, con.confdeltype::text as on_delete,
               con.condeferrable, con.condeferred, con.convalidated,
               array(select quote_ident(a.attname) from unnest(con.conkey) with ordinality as u(n, place)
                     join pg_attribute a on a.attrelid = con.conrelid and a.attnum = u.n order by u.place) as columns,
               array(select quote_ident(a.attname) from unnest(con.confkey) with ordinality as u(n, place)
                     join pg_attribute a on a.attrelid = con.confrelid and a.attnum = u.n order by u.place) as target_columns,
               cn.nspname as schema_name, c.relname as table_name, fn.nspname as target_schema, f.relname as target_table,
               obj_description(con.oid, 'pg_constraint') as comment,
               array(select e.value::smallint from jsonb_array_elements_text(
                     coalesce(nullif(to_jsonb(con) -> 'confdelsetcols', 'null'), '[]')) e) as set_on_delete
        from pg_constraint con
        join pg_class c on c.oid = con.conrelid join pg_namespace cn on cn.oid = c.relnamespace
        join pg_class f on f.oid = con.confrelid join pg_namespace fn on fn.oid = f.relnamespace
        where con.contype = 'f' and con.conname not like 'hatcheck\_ids\_%'
          and (con.conrelid = any($1) or con.confrelid = any($1))
        order by con.conrelid::regclass::text, con.conname
        """;

    public async Task<IReadOnlyList<CarriedForeignKey>> ReadAsync(IReadOnlyList<Site> sites, CancellationToken cancellation)
    {
        var tables = new NpgsqlParameter
        {
            Value = sites.Select(site => site.TableOid).Distinct().ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid,
        };
        var all = await db.QueryAsync(Sql, row => Read(row, sites), cancellation, tables);
        return [.. all.OfType<CarriedForeignKey>()];
    }

    private static CarriedForeignKey? Read(NpgsqlDataReader row, IReadOnlyList<Site> sites)
    {
        var (table, target) = (row.GetFieldValue<uint>("conrelid"), row.GetFieldValue<uint>("confrelid"));
        var (from, to) = (row.GetFieldValue<short[]>("conkey"), row.GetFieldValue<short[]>("confkey"));
        var referring = from.Select(number => sites.FirstOrDefault(site => (site.TableOid, site.Attribute) == (table, number)))
            .ToList();
        var referred = to.Select(number => sites.FirstOrDefault(site => (site.TableOid, site.Attribute) == (target, number)))
            .ToList();
        if (referring.TrueForAll(site => site is null) && referred.TrueForAll(site => site is null))
            return null;
        var targetNames = row.GetFieldValue<string[]>("target_columns");
        var columns = row.GetFieldValue<string[]>("columns").Select((name, i) => referring[i]?.NewSql ?? name).ToList();
        var targets = targetNames.Select((name, i) => referred[i]?.NewSql ?? name).ToList();
        var apart = Enumerable.Range(0, from.Length).Where(i => (referring[i] is null) != (referred[i] is null)).ToList();
        var targetTable = new TableName(row.GetString("target_schema"), row.GetString("target_table"));
        return new CarriedForeignKey(
            new TableName(row.GetString("schema_name"), row.GetString("table_name")),
            row.GetString("conname"),
            targetTable,
            columns,
            targets,
            Behaviour(
                row,
                [.. row.GetFieldValue<short[]>("set_on_delete").Select(number => columns[Array.IndexOf(from, number)])]
            ),
            row.GetBoolean("convalidated")
        )
        {
            Obstacle =
                apart.Count == 0
                    ? null
                    : $"refers to {targetTable} ({targetNames[apart[0]]}), which holds the same ids: "
                        + "name that table and column, and this one is migrated with it",
            PlainColumns = [.. referring.OfType<Site>().Select(site => site.Sql)],
            Comment = row.IsDBNull("comment") ? null : row.GetString("comment"),
        };
    }

    private static string Behaviour(NpgsqlDataReader row, IReadOnlyList<string> setOnDelete)
    {
        var onDelete = Action(row.GetString("on_delete"));
        return (row.GetString("match_type") == "f" ? " match full" : "")
            + (Action(row.GetString("on_update")) is { } update ? $" on update {update}" : "")
            + (
                onDelete is null
                    ? ""
                    : $" on delete {onDelete}{(setOnDelete.Count == 0 ? "" : $" ({string.Join(", ", setOnDelete)})")}"
            )
            + (row.GetBoolean("condeferrable") ? " deferrable" : "")
            + (row.GetBoolean("condeferred") ? " initially deferred" : "");
    }

    private static string? Action(string code) =>
        code switch
        {
            "r" => "restrict",
            "c" => "cascade",
            "n" => "set null",
            "d" => "set default",
            _ => null,
        };
}
