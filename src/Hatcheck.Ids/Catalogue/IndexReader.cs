using System.Data;
using Hatcheck.Ids.Values;
using Npgsql;
using NpgsqlTypes;

namespace Hatcheck.Ids.Catalogue;

/// <summary>Finds the indexes over one of the columns.</summary>
internal sealed class IndexReader(IdsConnection db)
{
    private const string Sql = """
        select i.indrelid, ic.relname, i.indisunique, i.indisexclusion, i.indisvalid, i.indisreplident, i.indisclustered,
               pg_get_indexdef(i.indexrelid) as definition, quote_ident(ic.relname) as quoted_name,
               format('%I.%I', n.nspname, c.relname) as quoted_table,
               i.indkey::smallint[] as attributes, i.indnkeyatts::int as key_length,
               array(select coalesce(quote_ident(a.attname), '')
                     from unnest(i.indkey::smallint[]) with ordinality as u(attnum, place)
                     left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.attnum and u.attnum > 0
                     order by u.place) as columns,
               array(select o.opcdefault from unnest(i.indclass::oid[]) with ordinality as u(oid, place)
                     join pg_opclass o on o.oid = u.oid order by u.place) as operators_are_default,
               pg_get_expr(i.indpred, i.indrelid) as predicate, pg_get_expr(i.indexprs, i.indrelid) as expressions,
               coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) as nulls_are_equal,
               con.contype::text as constraint_type, coalesce(con.condeferrable, false) as deferrable,
               coalesce(con.condeferred, false) as deferred, obj_description(i.indexrelid, 'pg_class') as comment, am.amname
        from pg_index i join pg_class ic on ic.oid = i.indexrelid
        join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
        join pg_am am on am.oid = ic.relam
        left join pg_constraint con on con.conindid = i.indexrelid and con.conrelid = i.indrelid
          and con.contype in ('p', 'u', 'x')
        where i.indrelid = any($1) and ic.relname not like 'hatcheck\_ids\_%'
        order by i.indrelid, ic.relname
        """;

    public async Task<IReadOnlyList<CarriedIndex>> ReadAsync(
        IReadOnlyList<Site> sites,
        ReplacementKind kind,
        CancellationToken cancellation
    )
    {
        var quoted = new Dictionary<(uint, short), string>();
        foreach (var site in sites)
        {
            quoted[(site.TableOid, site.Attribute)] = await db.ScalarAsync<string>(
                "select quote_ident($1)",
                cancellation,
                site.Column
            );
        }

        var tables = new NpgsqlParameter
        {
            Value = sites.Select(site => site.TableOid).Distinct().ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid,
        };
        var all = await db.QueryAsync(Sql, row => Read(row, sites, quoted, kind), cancellation, tables);
        return [.. all.OfType<CarriedIndex>()];
    }

    private static CarriedIndex? Read(
        NpgsqlDataReader row,
        IReadOnlyList<Site> sites,
        Dictionary<(uint, short), string> quoted,
        ReplacementKind kind
    )
    {
        var oid = row.GetFieldValue<uint>("indrelid");
        var here = sites.Where(site => site.TableOid == oid).ToList();
        var names = here.ToDictionary(site => quoted[(oid, site.Attribute)], site => site, StringComparer.Ordinal);
        var key = row.GetFieldValue<short[]>("attributes");
        var (predicate, expressions) = (Text(row, "predicate"), Text(row, "expressions"));
        var inColumns = here.Exists(site => key.Contains(site.Attribute));
        var inPredicate = predicate is not null && names.Keys.Any(name => CarriedIndex.Mentions(predicate, name));
        var inExpressions = expressions is not null && names.Keys.Any(name => CarriedIndex.Mentions(expressions, name));
        if (!inColumns && !inPredicate && !inExpressions)
            return null;

        var name = row.GetString("relname");
        var replaced = names.ToDictionary(pair => pair.Key, pair => pair.Value.NewSql, StringComparer.Ordinal);
        var columns = row.GetFieldValue<string[]>("columns")
            .Take(row.GetInt32("key_length"))
            .Select((text, i) => (text, here.Find(site => site.Attribute == key[i])))
            .ToList();
        var isDefault = row.GetFieldValue<bool[]>("operators_are_default");
        var odd = columns
            .Where((column, i) => column.Item2 is not null && !isDefault[i])
            .Select(column => column.Item2!)
            .FirstOrDefault();
        var obstacle = Obstacle(row, inPredicate && !IsNotNullOnly(predicate!, names), inExpressions, odd is { IsNumber: true });
        var isUnique = row.GetBoolean("indisunique");
        // Text search is meaningless on a ticket; Django creates such an index beside each of its own.
        var leftOut =
            odd is not null && kind == ReplacementKind.Ticket && !isUnique
                ? "serves searches by parts of a text, and a ticket has none"
                : null;
        var table = here[0].Table;
        return new CarriedIndex(oid, table, name, isUnique)
        {
            Definition = obstacle is null && leftOut is null ? CarriedIndex.Replace(Behind(row), replaced) : null,
            Obstacle = obstacle,
            LeftOut = leftOut,
            Columns = columns,
            Predicate = predicate,
            Constraint = Text(row, "constraint_type")?[0],
            Deferrable = row.GetBoolean("deferrable"),
            Deferred = row.GetBoolean("deferred"),
            IsReplicaIdentity = row.GetBoolean("indisreplident"),
            IsClustered = row.GetBoolean("indisclustered"),
            Comment = Text(row, "comment"),
        };
    }

    private static string? Obstacle(NpgsqlDataReader row, bool byPredicate, bool byExpression, bool byOperators) =>
        row switch
        {
            _ when byExpression => "is on an expression over the column: drop it, and create one on the new column afterwards",
            _ when byPredicate =>
                "is partial by a condition on the column's value: drop it, and create one on the new column afterwards",
            _ when row.GetBoolean("indisexclusion") =>
                "belongs to an exclusion constraint: drop that, and create it again afterwards",
            _ when !row.GetBoolean("indisvalid") => "is invalid, left by a build that failed: drop or rebuild it first",
            _ when row.GetBoolean("nulls_are_equal") =>
                "counts NULLs as equal, and the new column has NULLs until it is filled: drop it, and create it again afterwards",
            _ when byOperators => "uses operators made for numbers: drop it, and create one on the new column afterwards",
            _ => null,
        };

    /// <summary>The definition from the access method on, as PostgreSQL writes it.</summary>
    private static string Behind(NpgsqlDataReader row)
    {
        var (definition, method) = (row.GetString("definition"), row.GetString("amname"));
        var unique = row.GetBoolean("indisunique") ? "UNIQUE " : "";
        var head = $"CREATE {unique}INDEX {row.GetString("quoted_name")} ON {row.GetString("quoted_table")} USING {method} ";
        return definition.StartsWith(head, StringComparison.Ordinal)
            ? $"using {method} {definition[head.Length..]}"
            : throw new InvalidOperationException("The definition of an index has an unknown form.");
    }

    private static bool IsNotNullOnly(string predicate, Dictionary<string, Site> names) =>
        names.Keys.Any(name => predicate == $"({name} IS NOT NULL)");

    private static string? Text(NpgsqlDataReader row, string column) => row.IsDBNull(column) ? null : row.GetString(column);
}
