using System.Data;
using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// All changes of a contract, collected beforehand, so that nothing needs a query under the lock.
/// </summary>
/// <param name="Under">Statements of the one short transaction, which change the catalogue only.</param>
/// <param name="After">Statements that follow one by one: they read the table without blocking it.</param>
internal sealed record Swap(IReadOnlyList<string> Under, IReadOnlyList<string> After)
{
    private const string Grants = """
        select a.privilege_type, coalesce(quote_ident(r.rolname), 'public') as grantee, a.is_grantable
        from pg_attribute t cross join lateral aclexplode(t.attacl) a
        left join pg_roles r on r.oid = a.grantee where t.attrelid = $1 and t.attnum = $2
        """;

    public static async Task<Swap> PlanAsync(
        StepContext context,
        MigrationSnapshot snapshot,
        CarriedObjects carried,
        CancellationToken cancellation
    )
    {
        var kind = snapshot.Migration is { } migration ? ReplacementKind.Of(migration.Key.Kind) : context.Kind;
        var under = new List<string>();
        var after = new List<string>();
        var id = snapshot.Migration?.Id ?? 0;
        foreach (var key in carried.ForeignKeys)
        {
            // Not earlier: it would refuse rows that are filled before the rows they refer to.
            under.Add(key.AddSql);
            under.Add($"alter table {key.Table.Sql} drop constraint {SqlName.Quote(key.Name)}");
        }

        foreach (var site in snapshot.Sites)
        {
            var number = snapshot.NumberOf(site);
            under.Add($"drop trigger {Expansion.TriggerName(id, number)} on {site.Table.Sql}");
            under.Add($"drop function {Expansion.FunctionName(id, number)}()");
            under.Add($"drop index if exists {new TableName(site.Table.Schema, Backfill.UnfilledIndex(id, number)).Sql}");
        }

        foreach (var site in snapshot.Sites)
        {
            var rights = await context.Db.QueryAsync(
                Grants,
                row =>
                    (
                        Right: row.GetString("privilege_type"),
                        To: row.GetString("grantee"),
                        Further: row.GetBoolean("is_grantable")
                    ),
                cancellation,
                SiteReader.Oid(site.TableOid),
                site.Attribute
            );
            var comment = await context.Db.QueryAsync(
                "select col_description($1, $2::int) as comment",
                row => row.IsDBNull("comment") ? null : row.GetString("comment"),
                cancellation,
                SiteReader.Oid(site.TableOid),
                site.Attribute
            );
            var final = FinalName(context.Options, kind, site);
            var (table, column) = (site.Table.Sql, SqlName.Quote(final));
            under.Add($"alter table {table} drop column {site.Sql}");
            if (final != site.NewColumn)
                under.Add($"alter table {table} rename column {site.NewSql} to {column}");
            under.AddRange(
                rights.Select(one =>
                    $"grant {one.Right} ({column}) on {table} to {one.To}{(one.Further ? " with grant option" : "")}"
                )
            );
            if (comment is [{ } text])
                under.Add($"comment on column {table}.{column} is {SqlName.Literal(text)}");
            if (kind == ReplacementKind.Hash)
            {
                var guard = SqlName.Quote(MigrationSnapshot.GuardName(site.Table, final));
                under.Add($"alter table {table} rename constraint {Expansion.Guard(id, snapshot.NumberOf(site))} to {guard}");
                after.Add($"alter table {table} validate constraint {guard}");
            }

            if (!site.NotNull)
                continue;
            // A check that is not yet validated already holds for new rows; once validated, it spares SET NOT NULL the scan
            // under the lock.
            var filled = $"{SqlName.Mark}filled_{id}_{snapshot.NumberOf(site)}";
            under.Add($"alter table {table} add constraint {filled} check ({column} is not null) not valid");
            after.Add($"alter table {table} validate constraint {filled}");
            after.Add($"alter table {table} alter column {column} set not null");
            after.Add($"alter table {table} drop constraint {filled}");
        }

        foreach (var index in carried.Indexes.Where(index => index.Definition is not null))
            Take(index, under, after);
        foreach (var key in carried.ForeignKeys)
        {
            under.Add(
                $"alter table {key.Table.Sql} rename constraint {SqlName.Quote(key.PreparedName)} to {SqlName.Quote(key.Name)}"
            );
            if (key.Comment is { } comment)
                under.Add($"comment on constraint {SqlName.Quote(key.Name)} on {key.Table.Sql} is {SqlName.Literal(comment)}");
            if (key.IsValid)
                after.Add($"alter table {key.Table.Sql} validate constraint {SqlName.Quote(key.Name)}");
        }

        // Without statistics on the new columns the planner guesses.
        after.AddRange(
            snapshot.Sites.Select(site => site.Table.Sql).Distinct(StringComparer.Ordinal).Select(table => $"analyze {table}")
        );
        return new Swap(under, after);
    }

    /// <summary>A hash takes the old column's name, so that programs can keep it; a ticket column has its own name.</summary>
    public static string FinalName(IdsOptions options, ReplacementKind kind, Site site) =>
        options.KeepColumnName || kind == ReplacementKind.Ticket ? site.NewColumn : site.Column;

    private static void Take(CarriedIndex index, List<string> under, List<string> after)
    {
        var (table, name) = (index.Table.Sql, SqlName.Quote(index.Name));
        var behaviour = (index.Deferrable ? " deferrable" : "") + (index.Deferred ? " initially deferred" : "");
        if (index.Constraint == 'u')
        {
            under.Add(
                $"alter table {table} add constraint {name} unique using index {SqlName.Quote(index.PreparedName)}{behaviour}"
            );
        }
        else
        {
            under.Add($"alter index {new TableName(index.Table.Schema, index.PreparedName).Sql} rename to {name}");
            // A primary key needs NOT NULL first.
            if (index.Constraint == 'p')
                after.Add($"alter table {table} add constraint {name} primary key using index {name}{behaviour}");
        }

        if (index.Comment is { } comment)
            under.Add($"comment on index {new TableName(index.Table.Schema, index.Name).Sql} is {SqlName.Literal(comment)}");
        if (index.IsReplicaIdentity)
            after.Add($"alter table {table} replica identity using index {name}");
        if (index.IsClustered)
            under.Add($"alter table {table} cluster on {name}");
    }
}

/// <summary>The objects carried over from the old columns to the new ones.</summary>
internal sealed record CarriedObjects(IReadOnlyList<CarriedIndex> Indexes, IReadOnlyList<CarriedForeignKey> ForeignKeys)
{
    public static async Task<CarriedObjects> ReadAsync(
        StepContext context,
        MigrationSnapshot snapshot,
        CancellationToken cancellation
    )
    {
        var kind = snapshot.Migration is { } migration ? ReplacementKind.Of(migration.Key.Kind) : context.Kind;
        return new CarriedObjects(
            await new IndexReader(context.Db).ReadAsync(snapshot.Sites, kind, cancellation),
            await new ForeignKeyReader(context.Db).ReadAsync(snapshot.Sites, cancellation)
        );
    }

    /// <summary>Statements that run before the contract's transaction, while writers run.</summary>
    public IEnumerable<string> Statements() =>
        [
            .. Indexes
                .Where(index => index.Definition is not null)
                .Select(index =>
                    $"create {(index.IsUnique ? "unique " : "")}index concurrently {SqlName.Quote(index.PreparedName)} on "
                    + $"{index.Table.Sql} {index.Definition}"
                ),
        ];
}
