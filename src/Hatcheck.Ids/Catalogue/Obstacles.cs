using System.Data;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Catalogue;

/// <summary>Finds objects that can't be carried over to the new column, each with a remedy.</summary>
internal sealed class Obstacles(StepContext context)
{
    private static readonly string[] Types = ["bigint", "integer", "smallint", "text", "character varying"];

    // Views, rules, policies, generated columns, triggers: all that depends on the column itself.
    private const string Dependants = """
        select distinct d.classid::regclass::text as class, pg_describe_object(d.classid, d.objid, d.objsubid) as description,
               coalesce(con.contype::text, '') as constraint_type, coalesce(cardinality(con.conkey), 0) as constraint_columns,
               coalesce(con.conname, '') as constraint_name, coalesce(ad.adrelid = $1 and ad.adnum = $2, false) as own_default,
               coalesce(vc.relname, '') as view_name
        from pg_depend d
        left join pg_constraint con on d.classid = 'pg_constraint'::regclass and con.oid = d.objid
        left join pg_attrdef ad on d.classid = 'pg_attrdef'::regclass and ad.oid = d.objid
        left join pg_rewrite rw on d.classid = 'pg_rewrite'::regclass and rw.oid = d.objid
        left join pg_class vc on vc.oid = rw.ev_class
        left join pg_trigger tg on d.classid = 'pg_trigger'::regclass and tg.oid = d.objid
        where d.refclassid = 'pg_class'::regclass and d.refobjid = $1 and d.refobjsubid = $2
          and not coalesce(tg.tgname like 'zzz\_hatcheck\_ids\_%', false)
          and not exists (select from pg_class x
            where d.classid = 'pg_class'::regclass and x.oid = d.objid and x.relkind in ('i', 'S'))
        order by class, description
        """;

    public async Task<IReadOnlyList<string>> FindAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        var found = new List<string>();
        foreach (var site in snapshot.Sites)
        {
            if (
                !Types.Contains(site.Type.Split('(')[0], StringComparer.Ordinal)
                || site.Type.EndsWith("[]", StringComparison.Ordinal)
            )
                found.Add($"{site} is of type {site.Type}; ids are migrated from {string.Join(", ", Types)}.");
            if (site.HasNewColumn && snapshot.StateOf(site) is null)
                found.Add(
                    $"{site.Table} already has a column {site.NewColumn}, which is not of this migration: rename or drop it."
                );
            found.AddRange(await DependantsAsync(site, cancellation));
        }

        foreach (var index in await new IndexReader(context.Db).ReadAsync(snapshot.Sites, KindOf(snapshot), cancellation))
        {
            if (index.Obstacle is { } obstacle)
                found.Add($"The index {index.Name} of {index.Table} {obstacle}.");
        }

        foreach (var key in await new ForeignKeyReader(context.Db).ReadAsync(snapshot.Sites, cancellation))
        {
            if (key.Obstacle is { } obstacle)
                found.Add($"The foreign key {key.Name} of {key.Table} {obstacle}.");
        }

        foreach (var table in snapshot.Sites.DistinctBy(site => site.TableOid))
            found.AddRange(await TableAsync(table, cancellation));
        found.AddRange(await RightsAsync(snapshot, cancellation));
        return [.. found.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Checks on the plaintext, dropped with it.</summary>
    public async Task<IReadOnlyList<string>> DroppedChecksAsync(Site site, CancellationToken cancellation) =>
        [
            .. (await ReadAsync(site, cancellation))
                .Where(one => one is { Class: "pg_constraint", Type: "c", Columns: 1 })
                .Select(one => one.Name),
        ];

    private ReplacementKind KindOf(MigrationSnapshot snapshot) =>
        snapshot.Migration is { } migration ? ReplacementKind.Of(migration.Key.Kind) : context.Kind;

    private async Task<IEnumerable<string>> DependantsAsync(Site site, CancellationToken cancellation) =>
        from one in await ReadAsync(site, cancellation)
        let obstacle = one switch
        {
            { Class: "pg_constraint", Type: "p" or "u" or "f" } => null,
            // It is about numbers; the new column gets its own check.
            { Class: "pg_constraint", Type: "c", Columns: 1 } => null,
            { Class: "pg_constraint", Type: "c" } =>
                $"The check {one.Name} of {site.Table} joins {site.Column} to other columns: drop it, and create it again on "
                    + "the new column afterwards.",
            { Class: "pg_attrdef", OwnDefault: true } => null,
            { Class: "pg_attrdef" } =>
                $"A generated column of {site.Table} is computed from {site.Column}: drop it, and create it again afterwards.",
            { Class: "pg_rewrite" } =>
                $"The view {one.View} uses {site}: drop it before the contract and create it again afterwards; its definition "
                    + "is in pg_views.",
            { Class: "pg_trigger" } =>
                $"The {one.Text} fires on {site.Column}: drop it, and create it again on the new column afterwards.",
            { Class: "pg_policy" } => $"The {one.Text} uses {site.Column}: drop it, and create it again afterwards.",
            { Class: "pg_statistic_ext" } => null,
            _ => $"{one.Text} depends on {site}: drop it, and create it again afterwards.",
        }
        where obstacle is not null
        select obstacle;

    private async Task<
        List<(string Class, string Text, string Type, int Columns, string Name, bool OwnDefault, string View)>
    > ReadAsync(Site site, CancellationToken cancellation) =>
        await context.Db.QueryAsync(
            Dependants,
            row =>
                (
                    row.GetString("class"),
                    row.GetString("description"),
                    row.GetString("constraint_type"),
                    row.GetInt32("constraint_columns"),
                    row.GetString("constraint_name"),
                    row.GetBoolean("own_default"),
                    row.GetString("view_name")
                ),
            cancellation,
            SiteReader.Oid(site.TableOid),
            site.Attribute
        );

    private const string OfTable = """
        select c.relispartition or c.relkind <> 'r'
                   or exists (select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent)) as inherits,
               exists (select from pg_rewrite r where r.ev_class = c.oid and r.ev_type in ('2', '3')) as has_rules,
               array(select conname::text from pg_constraint where conrelid = c.oid and contype = 'c' and not convalidated
                     and conname not like 'hatcheck\_ids\_%') as unchecked,
               c.relreplident = 'd' and exists (
                     select from pg_publication_tables p join pg_namespace n on n.nspname = p.schemaname
                     where n.oid = c.relnamespace and p.tablename = c.relname) as published_by_key
        from pg_class c where c.oid = $1
        """;

    /// <summary>Finds obstacles of a whole table; checked again for every table under the contract's lock.</summary>
    public async Task<IReadOnlyList<string>> TableAsync(Site site, CancellationToken cancellation)
    {
        var (inherits, rules, unchecked_, published) = (
            await context.Db.QueryAsync(
                OfTable,
                row =>
                    (
                        row.GetBoolean("inherits"),
                        row.GetBoolean("has_rules"),
                        row.GetFieldValue<string[]>("unchecked"),
                        row.GetBoolean("published_by_key")
                    ),
                cancellation,
                SiteReader.Oid(site.TableOid)
            )
        ).Single();
        var found = new List<string>();
        if (inherits)
            found.Add(
                $"{site.Table} is partitioned or inherits, which `hatcheck ids` does not migrate: rows of its children would "
                    + "lose their ids."
            );
        if (rules)
            found.Add(
                $"{site.Table} has rules on insert or update, which change what `hatcheck ids` writes: drop them, and make "
                    + "them again afterwards."
            );
        // A row that violates one can't be updated, and PostgreSQL's log would show the row with its id.
        found.AddRange(
            unchecked_.Select(name =>
                $"The check {name} of {site.Table} is not validated, so rows may break it, and they could not be written: "
                + "validate it (alter table … validate constraint), or drop it."
            )
        );
        if (published && site.KeyHoldsIds)
            found.Add(
                $"{site.Table} is published and its primary key holds the ids, so for a while it would have no replica "
                    + "identity and refuse updates: take it out of the publication, or set its replica identity to full "
                    + "before."
            );
        return found;
    }

    private async Task<IEnumerable<string>> RightsAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        var found = new List<string>();
        foreach (var site in snapshot.Sites.DistinctBy(site => site.TableOid))
        {
            var (owns, hidden) = (
                await context.Db.QueryAsync(
                    """
                    select pg_has_role(current_user, c.relowner, 'USAGE') as owns, row_security_active(c.oid) as hides_rows
                    from pg_class c where c.oid = $1
                    """,
                    row => (row.GetBoolean("owns"), row.GetBoolean("hides_rows")),
                    cancellation,
                    SiteReader.Oid(site.TableOid)
                )
            ).Single();
            if (!owns)
                found.Add($"This role does not own {site.Table}: connect as its owner.");
            if (hidden)
                found.Add(
                    $"Row-level security hides rows of {site.Table} from this role: connect as one with BYPASSRLS, or as the "
                        + "owner without FORCE."
                );
        }

        if (
            snapshot.Migration is null
            && !await context.Db.ScalarAsync<bool>(
                "select case when to_regnamespace('hatcheck_ids') is null then has_database_privilege(current_database(), "
                    + "'CREATE') else has_schema_privilege('hatcheck_ids', 'CREATE') end",
                cancellation
            )
        )
            found.Add(
                $"This role may not create the schema {MigrationStore.Schema}, where the progress is kept: grant create "
                    + "on the database to it, or create the schema for it."
            );
        return found;
    }
}
