using System.Data;
using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// Everything that a contract changes, found out beforehand, so that under the lock there is nothing left to ask.
/// </summary>
/// <param name="Under">Statements of the one short transaction, all of them changes of the catalogue only.</param>
/// <param name="After">Statements that follow one by one: they read the table, but keep nobody from it.</param>
internal sealed record Swap(IReadOnlyList<string> Under, IReadOnlyList<string> After)
{
    private const string Grants = """
        select a.privilege_type, coalesce(quote_ident(r.rolname), 'public') as grantee, a.is_grantable
        from pg_attribute t cross join lateral aclexplode(t.attacl) a
        left join pg_roles r on r.oid = a.grantee where t.attrelid = $1 and t.attnum = $2
        """;

    public static async Task<Swap> PlanAsync(Work work, Scene scene, CarriedObjects carried, CancellationToken cancellation)
    {
        var kind = scene.Migration is { } migration ? ReplacementKind.Of(migration.Key.Kind) : work.Kind;
        var under = new List<string>();
        var after = new List<string>();
        var id = scene.Migration?.Id ?? 0;
        foreach (var key in carried.ForeignKeys)
        {
            // Not before: beside the writers it would refuse their rows, and ours, that are filled before the rows they refer to.
            under.Add(key.AddSql);
            under.Add($"alter table {key.Table.Sql} drop constraint {SqlName.Quote(key.Name)}");
        }

        foreach (var site in scene.Sites)
        {
            var number = scene.NumberOf(site);
            under.Add($"drop trigger {Expansion.TriggerName(id, number)} on {site.Table.Sql}");
            under.Add($"drop function {Expansion.FunctionName(id, number)}()");
            under.Add($"drop index if exists {new TableName(site.Table.Schema, Filling.UnfilledIndex(id, number)).Sql}");
        }

        foreach (var site in scene.Sites)
        {
            var rights = await work.Db.QueryAsync(
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
            var comment = await work.Db.QueryAsync(
                "select col_description($1, $2::int) as comment",
                row => row.IsDBNull("comment") ? null : row.GetString("comment"),
                cancellation,
                SiteReader.Oid(site.TableOid),
                site.Attribute
            );
            var final = FinalName(work.Options, kind, site);
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
                var guard = SqlName.Quote(Scene.GuardName(site.Table, final));
                under.Add($"alter table {table} rename constraint {Expansion.Guard(id, scene.NumberOf(site))} to {guard}");
                after.Add($"alter table {table} validate constraint {guard}");
            }

            if (!site.NotNull)
                continue;
            // A check that is not validated yet holds for new rows at once; validated, it spares SET NOT NULL the scan under
            // the lock.
            var filled = $"{SqlName.Mark}filled_{id}_{scene.NumberOf(site)}";
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

        // The new columns have no statistics, without which the planner guesses.
        after.AddRange(
            scene.Sites.Select(site => site.Table.Sql).Distinct(StringComparer.Ordinal).Select(table => $"analyze {table}")
        );
        return new Swap(under, after);
    }

    /// <summary>A hash takes the old column's name, so that programs need no other; a ticket has a name of its own.</summary>
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
            // A primary key wants NOT NULL first.
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

/// <summary>What goes over from the old columns to the new ones.</summary>
internal sealed record CarriedObjects(IReadOnlyList<CarriedIndex> Indexes, IReadOnlyList<CarriedForeignKey> ForeignKeys)
{
    public static async Task<CarriedObjects> ReadAsync(Work work, Scene scene, CancellationToken cancellation)
    {
        var kind = scene.Migration is { } migration ? ReplacementKind.Of(migration.Key.Kind) : work.Kind;
        return new CarriedObjects(
            await new IndexReader(work.Db).ReadAsync(scene.Sites, kind, cancellation),
            await new ForeignKeyReader(work.Db).ReadAsync(scene.Sites, cancellation)
        );
    }

    /// <summary>What is built beside the writers before the contract's transaction.</summary>
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
