using System.Data;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;
using Hatcheck.Platform;

namespace Hatcheck.Ids.Catalogue;

/// <summary>The state of a migration: its columns and its phase.</summary>
/// <param name="Table">The named table.</param>
/// <param name="TableOid">Its number in this database.</param>
/// <param name="Sites">The named column first, then those that refer to it; empty once contracted.</param>
/// <param name="Migration">Null before it begins and after it ends.</param>
/// <param name="Contracted">True if the column now holds replacements.</param>
internal sealed record MigrationSnapshot(
    TableName Table,
    uint TableOid,
    IReadOnlyList<Site> Sites,
    Migration? Migration,
    bool Contracted
)
{
    public Site Root => Sites[0];

    public string Phase => Migration?.Phase ?? (Contracted ? State.Phase.Contracted : State.Phase.None);

    /// <summary>Columns that began to refer to this one after the migration began.</summary>
    public IEnumerable<Site> AddedSites => Sites.Where(site => Migration is not null && StateOf(site) is null);

    /// <summary>Columns that were part of the migration, but no longer refer to the column.</summary>
    public IEnumerable<SiteState> DetachedSites =>
        (Migration?.Sites ?? []).Where(state => !Sites.Any(site => StateOf(site) == state));

    public SiteState? StateOf(Site site) =>
        Migration?.Sites.FirstOrDefault(one =>
            (one.Schema, one.Table, one.Column) == (site.Table.Schema, site.Table.Name, site.Column)
        );

    /// <summary>The column's number in the state tables, which names its trigger and function.</summary>
    public int NumberOf(Site site) =>
        StateOf(site)?.Number ?? ((Migration?.Sites.Max(one => (int?)one.Number) ?? 0) + site.Number);

    /// <summary>Reads the state; refuses another key before any row is read.</summary>
    public static async Task<MigrationSnapshot> LoadAsync(StepContext context, CancellationToken cancellation)
    {
        if (context.Db.ServerVersion < 14)
            throw new OperatorException(
                "`hatcheck ids` needs PostgreSQL 14 or newer: older versions can't page by a row's place."
            );
        var reader = new SiteReader(context.Db);
        var oid = await reader.TableAsync(context.Options.Table, cancellation);
        var table = (
            await context.Db.QueryAsync(
                "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1",
                row => new TableName(row.GetString("nspname"), row.GetString("relname")),
                cancellation,
                SiteReader.Oid(oid)
            )
        ).Single();
        var migration = await new MigrationStore(context.Db).FindAsync(table, context.Options.Column, cancellation);
        if (migration is not null && context.Replacement is not null)
            migration.Key.Demand(context.Replacement);
        var kind = migration is null ? context.Kind : ReplacementKind.Of(migration.Key.Kind);
        var column = await reader.ColumnAsync(oid, context.Options.Column, cancellation);
        if (
            migration?.Phase == State.Phase.Finishing
            || (migration is null && await IsContractedAsync(context, table, oid, column, cancellation))
        )
            return new MigrationSnapshot(table, oid, [], migration, Contracted: true);
        if (column is null)
            throw new OperatorException($"The table {table} has no column {context.Options.Column}.");
        return new MigrationSnapshot(
            table,
            oid,
            await reader.ClosureAsync(oid, column.Value, kind, cancellation),
            migration,
            Contracted: false
        );
    }

    /// <summary>The migration, for steps that need it begun and complete.</summary>
    public Migration Begun()
    {
        if (Migration is null || Phase == State.Phase.Expanding)
            throw new OperatorException("The new column is missing, at least in one table: run `hatcheck ids expand` first.");
        if (AddedSites.FirstOrDefault() is { } stranger)
            throw new OperatorException(
                $"{stranger} refers to the column since the migration began: run `hatcheck ids expand` again."
            );
        if (DetachedSites.FirstOrDefault() is { } lost)
            throw new OperatorException(
                $"{lost.Schema}.{lost.Table} ({lost.Column}) belongs to this migration, but no longer refers to {Table} (a "
                    + "foreign key was dropped, or something renamed): undo that, or go back with `hatcheck ids rollback`."
            );
        return Migration;
    }

    /// <summary>The constraint that keeps plaintext out for good, and that marks a contracted column.</summary>
    public static string GuardName(TableName table, string column) => SqlName.WithSuffix($"{table.Name}_{column}", "_hashed");

    // The plaintext is gone if the guard is on the column, or on the new column if only that is left. Tickets have no guard.
    private static async Task<bool> IsContractedAsync(
        StepContext context,
        TableName table,
        uint oid,
        short? column,
        CancellationToken cancellation
    )
    {
        // Steps without a key look for either kind.
        if (
            column is null
            && (context.Replacement is null || context.Kind == ReplacementKind.Ticket)
            && await context.Db.ScalarAsync<bool>(
                "select exists (select from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped "
                    + "and attname = $2 and atttypid = 'uuid'::regtype)",
                cancellation,
                SiteReader.Oid(oid),
                SiteReader.NewName(context.Options.Column, ReplacementKind.Ticket)
            )
        )
            return true;
        var guarded = column is null
            ? SiteReader.NewName(context.Options.Column, ReplacementKind.Hash)
            : await context.Db.ScalarAsync<string>(
                "select attname::text from pg_attribute where attrelid = $1 and attnum = $2",
                cancellation,
                SiteReader.Oid(oid),
                column.Value
            );
        return await context.Db.ScalarAsync<bool>(
            "select exists (select from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid "
                + "and c.conkey = array[a.attnum] where c.conrelid = $1 and c.contype = 'c' and a.attname = $2 "
                + "and c.conname = $3)",
            cancellation,
            SiteReader.Oid(oid),
            guarded,
            GuardName(table, guarded)
        );
    }
}
