using System.Data;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;
using Hatcheck.Platform;

namespace Hatcheck.Ids.Catalogue;

/// <summary>The columns of a migration as they are, and how far it is.</summary>
/// <param name="Table">The named table.</param>
/// <param name="TableOid">Its number in this database.</param>
/// <param name="Sites">The named column first, then those that refer to it; empty once contracted.</param>
/// <param name="Migration">Null before it began and after it is over.</param>
/// <param name="Contracted">The column holds replacements now.</param>
internal sealed record Scene(TableName Table, uint TableOid, IReadOnlyList<Site> Sites, Migration? Migration, bool Contracted)
{
    public Site Root => Sites[0];

    public string Phase => Migration?.Phase ?? (Contracted ? State.Phase.Contracted : State.Phase.None);

    /// <summary>Columns that came to refer to this one after the migration began.</summary>
    public IEnumerable<Site> Strangers => Sites.Where(site => Migration is not null && StateOf(site) is null);

    /// <summary>Columns that were part of this when it began, and refer to the column no more.</summary>
    public IEnumerable<SiteState> Lost => (Migration?.Sites ?? []).Where(state => !Sites.Any(site => StateOf(site) == state));

    public SiteState? StateOf(Site site) =>
        Migration?.Sites.FirstOrDefault(one =>
            (one.Schema, one.Table, one.Column) == (site.Table.Schema, site.Table.Name, site.Column)
        );

    /// <summary>The state's own number of a column, which names its trigger and function.</summary>
    public int NumberOf(Site site) =>
        StateOf(site)?.Number ?? ((Migration?.Sites.Max(one => (int?)one.Number) ?? 0) + site.Number);

    /// <summary>Looks, and refuses another key before any row is read.</summary>
    public static async Task<Scene> LoadAsync(Work work, CancellationToken cancellation)
    {
        if (work.Db.ServerVersion < 14)
            throw new OperatorException(
                "`hatcheck ids` needs PostgreSQL 14 or newer: it pages by a row's place, which older ones can't."
            );
        var reader = new SiteReader(work.Db);
        var oid = await reader.TableAsync(work.Options.Table, cancellation);
        var table = (
            await work.Db.QueryAsync(
                "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1",
                row => new TableName(row.GetString("nspname"), row.GetString("relname")),
                cancellation,
                SiteReader.Oid(oid)
            )
        ).Single();
        var migration = await new MigrationStore(work.Db).FindAsync(table, work.Options.Column, cancellation);
        if (migration is not null && work.Replacement is not null)
            migration.Key.Demand(work.Replacement);
        var kind = migration is null ? work.Kind : ReplacementKind.Of(migration.Key.Kind);
        var column = await reader.ColumnAsync(oid, work.Options.Column, cancellation);
        if (
            migration?.Phase == State.Phase.Finishing
            || (migration is null && await IsContractedAsync(work, table, oid, column, cancellation))
        )
            return new Scene(table, oid, [], migration, Contracted: true);
        if (column is null)
            throw new OperatorException($"The table {table} has no column {work.Options.Column}.");
        return new Scene(
            table,
            oid,
            await reader.ClosureAsync(oid, column.Value, kind, cancellation),
            migration,
            Contracted: false
        );
    }

    /// <summary>For steps that need the migration begun and whole.</summary>
    public Migration Begun()
    {
        if (Migration is null || Phase == State.Phase.Expanding)
            throw new OperatorException(
                "The column beside is not there yet, or not everywhere: run `hatcheck ids expand` first."
            );
        if (Strangers.FirstOrDefault() is { } stranger)
            throw new OperatorException(
                $"{stranger} refers to the column since the migration began: run `hatcheck ids expand` again."
            );
        if (Lost.FirstOrDefault() is { } lost)
            throw new OperatorException(
                $"{lost.Schema}.{lost.Table} ({lost.Column}) belongs to this migration, and does not refer to {Table} any "
                    + "more (a foreign key was dropped, or something renamed): make that undone, or go back with "
                    + "`hatcheck ids rollback`."
            );
        return Migration;
    }

    /// <summary>The constraint that keeps plaintext out for good, and by which a contracted column is known.</summary>
    public static string GuardName(TableName table, string column) => SqlName.WithSuffix($"{table.Name}_{column}", "_hashed");

    // The plaintext is gone where the guard stands on the column, or on the one beside where only that is left. Tickets have
    // no guard.
    private static async Task<bool> IsContractedAsync(
        Work work,
        TableName table,
        uint oid,
        short? column,
        CancellationToken cancellation
    )
    {
        // Steps that need no key don't say which of the two they look for.
        if (
            column is null
            && (work.Replacement is null || work.Kind == ReplacementKind.Ticket)
            && await work.Db.ScalarAsync<bool>(
                "select exists (select from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped "
                    + "and attname = $2 and atttypid = 'uuid'::regtype)",
                cancellation,
                SiteReader.Oid(oid),
                SiteReader.NewName(work.Options.Column, ReplacementKind.Ticket)
            )
        )
            return true;
        var guarded = column is null
            ? SiteReader.NewName(work.Options.Column, ReplacementKind.Hash)
            : await work.Db.ScalarAsync<string>(
                "select attname::text from pg_attribute where attrelid = $1 and attnum = $2",
                cancellation,
                SiteReader.Oid(oid),
                column.Value
            );
        return await work.Db.ScalarAsync<bool>(
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
