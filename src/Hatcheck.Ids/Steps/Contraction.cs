using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;
using Hatcheck.Platform;
using Npgsql;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// Drops the plaintext and puts the replacement in its place. What takes long is built beside the writers before; under the
/// lock there are only the last rows and changes of the catalogue; what must read the table again is checked after, beside
/// the writers.
/// </summary>
internal sealed class Contraction(Work work, RejectList rejects)
{
    private const int MaxRounds = 10;
    private readonly MigrationStore store = new(work.Db);

    public async Task RunAsync(Scene scene, CancellationToken cancellation)
    {
        if (scene.Phase != Phase.Finishing)
        {
            var migration = scene.Begun();
            var text = Filling.Union(migration.Text, work.Options.Text);
            var carried = await CarriedObjects.ReadAsync(work, scene, cancellation);
            await PrepareAsync(scene, carried, text, cancellation);
            await SwapAsync(scene, migration, await Swap.PlanAsync(work, scene, carried, cancellation), text, cancellation);
        }

        await FinishAsync(scene.Migration!.Id, cancellation);
    }

    private async Task PrepareAsync(Scene scene, CarriedObjects carried, IdText text, CancellationToken cancellation)
    {
        var filling = new Filling(work, rejects);
        await filling.CatchUpAsync(scene, text, MaxRounds, cancellation);
        foreach (var index in carried.Indexes.Where(index => index.Definition is not null))
        {
            work.Report.Say($"{index.Table}: building the like of {index.Name} on the new column");
            try
            {
                await IndexBuild.EnsureAsync(
                    work,
                    index.Table.Schema,
                    index.PreparedName,
                    $"on {index.Table.Sql} {index.Definition}",
                    index.IsUnique,
                    cancellation
                );
            }
            catch (PostgresException twice) when (twice.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                throw new OperatorException(
                    $"{index.Name} of {index.Table} is unique, and two of its rows would have the same value: `hatcheck ids "
                        + "verify` counts them. Nothing was dropped."
                );
            }
        }
    }

    private async Task SwapAsync(Scene scene, Migration migration, Swap swap, IdText text, CancellationToken cancellation)
    {
        var filling = new Filling(work, rejects);
        work.Report.Say("dropping the plaintext, in one short transaction");
        var locked = 0L;
        await work.Db.TransactionAsync(
            async () =>
            {
                rejects.Restart();
                // A check that is put off to the end would stand in the way of every ALTER TABLE.
                await work.Db.ExecuteAsync("set constraints all immediate", cancellation);
                await work.Db.ExecuteAsync(
                    "lock table "
                        + $"{string.Join(", ", scene.Sites.Select(site => site.Table.Sql).Distinct(StringComparer.Ordinal))} "
                        + "in access exclusive mode",
                    cancellation
                );
                locked = work.Time.GetTimestamp();
                await DemandUnchangedAsync(scene, cancellation);
                foreach (var site in scene.Sites)
                {
                    // Twice at most: the first gives the rows, the second sees that only rejects are left.
                    while (
                        await filling.CatchUpOnceAsync(migration.Id, site, scene.NumberOf(site), text, retry: false, cancellation)
                        > 0
                    )
                        rejects.Restart();
                    await DemandNoneLeftAsync(site, filling.Refused, cancellation);
                }

                foreach (var sql in swap.Under)
                    await work.Db.ExecuteAsync(sql, cancellation);
                await store.AddRemainingAsync(migration.Id, swap.After, cancellation);
                await store.SetPhaseAsync(migration.Id, Phase.Finishing, cancellation);
            },
            cancellation,
            lockTimeout: "2s"
        );
        work.Report.Say($"the tables were locked for {work.Time.GetElapsedTime(locked).TotalMilliseconds:N0} ms");
        rejects.Close();
    }

    // Whoever may alter the table may have done so since it was verified.
    private async Task DemandUnchangedAsync(Scene scene, CancellationToken cancellation)
    {
        foreach (var site in scene.Sites)
        {
            if (await new Obstacles(work).TableAsync(site, cancellation) is [{ } obstacle, ..])
                throw new OperatorException($"{obstacle} Nothing was dropped.");
            var trigger = Expansion.TriggerName(scene.Migration!.Id, scene.NumberOf(site));
            if (
                !await work.Db.ScalarAsync<bool>(
                    "select exists (select from pg_trigger where tgrelid = $1 and tgname = $2 and tgenabled = 'A')",
                    cancellation,
                    SiteReader.Oid(site.TableOid),
                    trigger
                )
            )
                throw new OperatorException(
                    $"The trigger {trigger} of {site.Table} was switched off or dropped, so ids may have changed unseen: "
                        + "`hatcheck ids rollback`, and begin again. Nothing was dropped."
                );
        }
    }

    private async Task DemandNoneLeftAsync(Site site, long refused, CancellationToken cancellation)
    {
        var left = await work.Db.ScalarAsync<long>(
            $"select count(*) from only {site.Table.Sql} where {site.NewSql} is null and {site.Sql} is not null",
            cancellation
        );
        if (left == 0)
            return;
        if (left > refused)
            throw new OperatorException(Filling.NotTaken(site, left - refused) + " Nothing was dropped.");
        if (!work.Options.NullRejects)
            throw new OperatorException(
                $"{site} has {left} rows whose value is no id. Mend them, or let them become NULL with --on-reject null. "
                    + "Nothing was dropped."
            );
        if (site.NotNull)
            throw new OperatorException(
                $"{site} has {left} rows whose value is no id, and may not be NULL. Mend or delete them. Nothing was dropped."
            );
    }

    private async Task FinishAsync(int migration, CancellationToken cancellation)
    {
        foreach (var (place, sql) in await store.RemainingAsync(migration, cancellation))
        {
            work.Report.Say($"after: {sql}");
            try
            {
                await work.Db.TransactionAsync(
                    async () =>
                    {
                        await work.Db.ExecuteAsync(sql, cancellation);
                        await store.TickOffAsync(migration, place, cancellation);
                    },
                    cancellation,
                    lockTimeout: "2s"
                );
            }
            catch (PostgresException orphan) when (orphan.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                // Programs that write hashes already may have named somebody who is not there, which nothing checked until now.
                throw new OperatorException(
                    $"Rows of {orphan.TableName} refer by {orphan.ConstraintName} to nobody. The plaintext is dropped, and "
                        + "new rows are checked; delete those rows or add whom they refer to, and run contract again to "
                        + "finish."
                );
            }
        }

        await work.Db.TransactionAsync(() => store.RemoveAsync(migration, cancellation), cancellation, lockTimeout: "2s");
    }
}
