using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Platform;

namespace Hatcheck.Ids.Steps;

/// <summary>Takes away what the steps before the contract added; the tables are then as they were.</summary>
internal sealed class Rollback(Work work)
{
    public async Task RunAsync(Scene scene, CancellationToken cancellation)
    {
        var store = new MigrationStore(work.Db);
        await DemandNothingIsLostAsync(scene, cancellation);
        var statements = await StatementsAsync(scene, cancellation);
        await work.Db.TransactionAsync(
            async () =>
            {
                await work.Db.ExecuteAsync(
                    "lock table "
                        + $"{string.Join(", ", scene.Sites.Select(site => site.Table.Sql).Distinct(StringComparer.Ordinal))} "
                        + "in access exclusive mode",
                    cancellation
                );
                // Where the id may be NULL, a program that hashes already may have written meanwhile.
                if (scene.Sites.Any(site => !site.NotNull))
                    await DemandNothingIsLostAsync(scene, cancellation);
                foreach (var sql in statements)
                    await work.Db.ExecuteAsync(sql, cancellation);
                await store.RemoveAsync(scene.Migration!.Id, cancellation);
            },
            cancellation,
            lockTimeout: "2s"
        );
    }

    public async Task<IReadOnlyList<string>> StatementsAsync(Scene scene, CancellationToken cancellation)
    {
        var ours = scene.Sites.Where(site => scene.StateOf(site) is not null).Reverse().ToList();
        var statements = new List<string>();
        var carried = await CarriedObjects.ReadAsync(work, scene, cancellation);
        statements.AddRange(
            carried.ForeignKeys.Select(key =>
                $"alter table {key.Table.Sql} drop constraint if exists {SqlName.Quote(key.PreparedName)}"
            )
        );
        foreach (var site in ours)
        {
            var (id, number) = (scene.Migration!.Id, scene.NumberOf(site));
            statements.Add($"drop trigger if exists {Expansion.TriggerName(id, number)} on {site.Table.Sql}");
            statements.Add($"drop function if exists {Expansion.FunctionName(id, number)}()");
            // Its indexes go with it.
            statements.Add($"alter table {site.Table.Sql} drop column if exists {site.NewSql}");
        }

        foreach (var lost in scene.Lost)
        {
            // The trigger goes with its function, on whichever table it is by now.
            statements.Add($"drop function if exists {Expansion.FunctionName(scene.Migration!.Id, lost.Number)}() cascade");
            statements.Add(
                $"alter table if exists {new TableName(lost.Schema, lost.Table).Sql} drop column if exists "
                    + $"{SqlName.Quote(lost.NewColumn)}"
            );
        }

        return statements;
    }

    private async Task DemandNothingIsLostAsync(Scene scene, CancellationToken cancellation)
    {
        foreach (var site in scene.Sites.Where(site => site.HasNewColumn && scene.StateOf(site) is not null))
        {
            var only = await work.Db.ScalarAsync<long>(
                $"select count(*) from only {site.Table.Sql} where {site.Sql} is null and {site.NewSql} is not null",
                cancellation
            );
            if (only > 0)
                throw new OperatorException(
                    $"{site}: {only} rows have a replacement and no id, written by programs that hash already; going back "
                        + "would lose who they are. Nothing was changed."
                );
        }
    }
}
