using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Platform;

namespace Hatcheck.Ids.Steps;

/// <summary>Removes all that the steps before the contract added; the tables are then as before.</summary>
internal sealed class Rollback(StepContext context)
{
    public async Task RunAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        var store = new MigrationStore(context.Db);
        await DemandNothingIsLostAsync(snapshot, cancellation);
        var statements = await StatementsAsync(snapshot, cancellation);
        await context.Db.TransactionAsync(
            async () =>
            {
                await context.Db.ExecuteAsync(
                    "lock table "
                        + $"{string.Join(", ", snapshot.Sites.Select(site => site.Table.Sql).Distinct(StringComparer.Ordinal))} "
                        + "in access exclusive mode",
                    cancellation
                );
                // If the id may be NULL, a program that already hashes may have written meanwhile.
                if (snapshot.Sites.Any(site => !site.NotNull))
                    await DemandNothingIsLostAsync(snapshot, cancellation);
                foreach (var sql in statements)
                    await context.Db.ExecuteAsync(sql, cancellation);
                await store.RemoveAsync(snapshot.Migration!.Id, cancellation);
            },
            cancellation,
            lockTimeout: "2s"
        );
    }

    public async Task<IReadOnlyList<string>> StatementsAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        var ours = snapshot.Sites.Where(site => snapshot.StateOf(site) is not null).Reverse().ToList();
        var statements = new List<string>();
        var carried = await CarriedObjects.ReadAsync(context, snapshot, cancellation);
        statements.AddRange(
            carried.ForeignKeys.Select(key =>
                $"alter table {key.Table.Sql} drop constraint if exists {SqlName.Quote(key.PreparedName)}"
            )
        );
        foreach (var site in ours)
        {
            var (id, number) = (snapshot.Migration!.Id, snapshot.NumberOf(site));
            statements.Add($"drop trigger if exists {Expansion.TriggerName(id, number)} on {site.Table.Sql}");
            statements.Add($"drop function if exists {Expansion.FunctionName(id, number)}()");
            // Drops its indexes too.
            statements.Add($"alter table {site.Table.Sql} drop column if exists {site.NewSql}");
        }

        foreach (var lost in snapshot.DetachedSites)
        {
            // Drops the trigger with its function, on any table.
            statements.Add($"drop function if exists {Expansion.FunctionName(snapshot.Migration!.Id, lost.Number)}() cascade");
            statements.Add(
                $"alter table if exists {new TableName(lost.Schema, lost.Table).Sql} drop column if exists "
                    + $"{SqlName.Quote(lost.NewColumn)}"
            );
        }

        return statements;
    }

    private async Task DemandNothingIsLostAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        foreach (var site in snapshot.Sites.Where(site => site.HasNewColumn && snapshot.StateOf(site) is not null))
        {
            var only = await context.Db.ScalarAsync<long>(
                $"select count(*) from only {site.Table.Sql} where {site.Sql} is null and {site.NewSql} is not null",
                cancellation
            );
            if (only > 0)
                throw new OperatorException(
                    $"{site}: {only} rows have a replacement and no id, written by programs that already hash; going back "
                        + "would lose whose they are. Nothing was changed."
                );
        }
    }
}
