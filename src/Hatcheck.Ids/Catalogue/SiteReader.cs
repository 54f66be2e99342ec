using System.Data;
using Hatcheck.Ids.Values;
using Hatcheck.Platform;

namespace Hatcheck.Ids.Catalogue;

/// <summary>Finds the named column and all columns that refer to it by foreign keys, directly or not.</summary>
internal sealed class SiteReader(IdsConnection db)
{
    private const string Describe = """
        select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod) as type, t.typname, a.attnotnull,
               c.reltuples::float8 as estimated_rows, pg_relation_size(c.oid) as bytes,
               pg_total_relation_size(c.oid) as total_bytes,
               array(select quote_ident(k.attname)
                     from pg_constraint p cross join lateral unnest(p.conkey) with ordinality as u(attnum, place)
                     join pg_attribute k on k.attrelid = c.oid and k.attnum = u.attnum
                     where p.conrelid = c.oid and p.contype = 'p' order by u.place) as key_columns,
               coalesce((select p.conkey from pg_constraint p where p.conrelid = c.oid and p.contype = 'p'), '{}')
                   as key_attributes
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join pg_type t on t.oid = a.atttypid
        where c.oid = $1 and a.attnum = $2
        """;

    private const string Referring = """
        select con.conrelid, con.conkey[u.place] as attribute from pg_constraint con
        cross join lateral unnest(con.confkey) with ordinality as u(attnum, place)
        where con.contype = 'f' and con.confrelid = $1 and u.attnum = $2 order by con.conrelid::regclass::text, con.conname
        """;

    /// <summary>The table of this name: as written, else in lower case, as PostgreSQL folds it.</summary>
    /// <exception cref="OperatorException">There is no such table.</exception>
    public async Task<uint> TableAsync(string text, CancellationToken cancellation)
    {
        var (schema, name) =
            SqlName.Parse(text)
            ?? throw new OperatorException("--table takes a table, or schema.table; put parts with a dot into double quotes.");
        foreach (var (s, n) in new[] { (schema, name), (schema?.ToLowerInvariant(), name.ToLowerInvariant()) })
        {
            var quoted = s is null ? SqlName.Quote(n) : new TableName(s, n).Sql;
            var found = await db.QueryAsync(
                """
                select c.oid, c.relkind::text as kind,
                       c.relispartition or exists (select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent)) as inherits
                from pg_class c where c.oid = to_regclass($1)
                """,
                row => (Oid: row.GetFieldValue<uint>("oid"), Kind: row.GetString("kind"), Inherits: row.GetBoolean("inherits")),
                cancellation,
                quoted
            );
            if (found.Count == 0)
                continue;
            return found[0] switch
            {
                { Kind: "p" } or { Inherits: true } => throw new OperatorException(
                    $"{text} is partitioned or inherits, which `hatcheck ids` does not migrate."
                ),
                { Kind: "r" } => found[0].Oid,
                _ => throw new OperatorException($"{text} is not a table."),
            };
        }

        throw new OperatorException(
            $"There is no table {text}{(schema is null ? " in the search path; name its schema too" : "")}."
        );
    }

    /// <summary>The column's number in the table; null if there is none of that name.</summary>
    public async Task<short?> ColumnAsync(uint table, string column, CancellationToken cancellation)
    {
        var found = await db.QueryAsync(
            "select attnum from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped "
                + "and attname in ($2, lower($2)) order by attname = $2 desc",
            row => row.GetInt16("attnum"),
            cancellation,
            Oid(table),
            column
        );
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>The column and all that refer to it, referenced columns first, which is the order of the fill.</summary>
    public async Task<IReadOnlyList<Site>> ClosureAsync(
        uint table,
        short attribute,
        ReplacementKind kind,
        CancellationToken cancellation
    )
    {
        var order = new List<(uint Table, short Attribute)>();
        var waiting = new Queue<(uint, short)>([(table, attribute)]);
        while (waiting.TryDequeue(out var next))
        {
            // Found again over a longer path: moves behind the column it refers to. Cycles are refused.
            if (order.Count > 1000)
                throw new OperatorException("Foreign keys form a cycle through this column.");
            order.Remove(next);
            order.Add(next);
            var referring = await db.QueryAsync(
                Referring,
                row => (row.GetFieldValue<uint>("conrelid"), row.GetInt16("attribute")),
                cancellation,
                Oid(next.Item1),
                next.Item2
            );
            foreach (var one in referring)
            {
                if (one != next)
                    waiting.Enqueue(one);
            }

            if (waiting.Count > 1000)
                throw new OperatorException("Foreign keys form a cycle through this column.");
        }

        var sites = new List<Site>();
        foreach (var (oid, number) in order)
            sites.Add(await DescribeAsync(sites, oid, number, order, kind, cancellation));
        return sites;
    }

    public static Npgsql.NpgsqlParameter Oid(uint value) => new() { Value = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid };

    private async Task<Site> DescribeAsync(
        List<Site> before,
        uint oid,
        short number,
        List<(uint Table, short Attribute)> all,
        ReplacementKind kind,
        CancellationToken cancellation
    )
    {
        var rows = await db.QueryAsync(
            Describe,
            row =>
            {
                var column = row.GetString("attname");
                var key = row.GetFieldValue<short[]>("key_attributes");
                var table = new TableName(row.GetString("nspname"), row.GetString("relname"));
                return new Site(before.Count + 1, oid, table, number, column, NewName(column, oid, before, kind))
                {
                    Type = row.GetString("type"),
                    IsNumber = row.GetString("typname") is "int8" or "int4" or "int2",
                    NotNull = row.GetBoolean("attnotnull"),
                    HasNewColumn = false,
                    EstimatedRows = row.GetDouble("estimated_rows"),
                    Bytes = row.GetInt64("bytes"),
                    TotalBytes = row.GetInt64("total_bytes"),
                    Key = row.GetFieldValue<string[]>("key_columns"),
                    KeyHoldsIds = all.Exists(one => one.Table == oid && key.Contains(one.Attribute)),
                };
            },
            cancellation,
            Oid(oid),
            number
        );
        var site = rows.Single();
        return site with { HasNewColumn = await ColumnExactlyAsync(oid, site.NewColumn, cancellation) };
    }

    private async Task<bool> ColumnExactlyAsync(uint table, string column, CancellationToken cancellation) =>
        await db.ScalarAsync<bool>(
            "select exists (select from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped and attname = $2)",
            cancellation,
            Oid(table),
            column
        );

    public static string NewName(string column, ReplacementKind kind) =>
        kind == ReplacementKind.Ticket ? "hatcheck_user_id" : SqlName.WithSuffix(column, "_hash");

    // A table's second column of tickets can't have the first one's name.
    private static string NewName(string column, uint table, List<Site> before, ReplacementKind kind) =>
        kind == ReplacementKind.Ticket && before.Exists(site => site.TableOid == table)
            ? SqlName.WithSuffix(column, "_hatcheck_user_id")
            : NewName(column, kind);
}
