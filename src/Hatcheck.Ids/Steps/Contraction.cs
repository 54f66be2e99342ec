using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;
using Hatcheck.Platform;
using Npgsql;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// Drops the plaintext and puts the replacement in its place. Before the lock, builds indexes while writers run; under it,
/// fills the last rows and changes the catalogue; after it, runs the checks that read the table again.
/// </summary>
internal sealed class Contraction(StepContext context, RejectList rejects)
{
    private const int MaxRounds = 10;
    private readonly MigrationStore store = new(context.Db);

    public async Task RunAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        if (snapshot.Phase != Phase.Finishing)
        {
            var migration = snapshot.Begun();
            var text = Backfill.Union(migration.Text, context.Options.Text);
            var carried = await CarriedObjects.ReadAsync(context, snapshot, cancellation);
            await PrepareAsync(snapshot, carried, text, cancellation);
            await SwapAsync(
                snapshot,
                migration,
                await Swap.PlanAsync(context, snapshot, carried, cancellation),
                text,
                cancellation
            );
        }

        await FinishAsync(snapshot.Migration!.Id, cancellation);
    }

    private async Task PrepareAsync(
        MigrationSnapshot snapshot,
        CarriedObjects carried,
        IdText text,
        CancellationToken cancellation
    )
    {
        var backfill = new Backfill(context, rejects);
        await backfill.CatchUpAsync(snapshot, text, MaxRounds, cancellation);
        foreach (var index in carried.Indexes.Where(index => index.Definition is not null))
        {
            context.Report.Note($"{index.Table}: building a copy of {index.Name} on the new column");
            try
            {
                await IndexBuild.EnsureAsync(
                    context,
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

    private async Task SwapAsync(
        MigrationSnapshot snapshot,
        Migration migration,
        Swap swap,
        IdText text,
        CancellationToken cancellation
    )
    {
        var backfill = new Backfill(context, rejects);
        context.Report.Note("dropping the plaintext, in one short transaction");
        var locked = 0L;
        await context.Db.TransactionAsync(
            async () =>
            {
                rejects.Restart();
                // A check deferred to the end would block every ALTER TABLE.
                await context.Db.ExecuteAsync("set constraints all immediate", cancellation);
                await context.Db.ExecuteAsync(
                    "lock table "
                        + $"{string.Join(", ", snapshot.Sites.Select(site => site.Table.Sql).Distinct(StringComparer.Ordinal))} "
                        + "in access exclusive mode",
                    cancellation
                );
                locked = context.Time.GetTimestamp();
                await DemandUnchangedAsync(snapshot, cancellation);
                foreach (var site in snapshot.Sites)
                {
                    // Twice at most: the first pass fills the rows, the second finds only rejects.
                    while (
                        await backfill.CatchUpOnceAsync(
                            migration.Id,
                            site,
                            snapshot.NumberOf(site),
                            text,
                            retry: false,
                            cancellation
                        ) > 0
                    )
                        rejects.Restart();
                    await DemandNoneLeftAsync(site, backfill.Refused, cancellation);
                }

                foreach (var sql in swap.Under)
                    await context.Db.ExecuteAsync(sql, cancellation);
                await store.AddRemainingAsync(migration.Id, swap.After, cancellation);
                await store.SetPhaseAsync(migration.Id, Phase.Finishing, cancellation);
            },
            cancellation,
            lockTimeout: "2s"
        );
        context.Report.Note($"the tables were locked for {context.Time.GetElapsedTime(locked).TotalMilliseconds:N0} ms");
        rejects.Close();
    }

    // The table may have been altered since it was verified.
    private async Task DemandUnchangedAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        foreach (var site in snapshot.Sites)
        {
            if (await new Obstacles(context).TableAsync(site, cancellation) is [{ } obstacle, ..])
                throw new OperatorException($"{obstacle} Nothing was dropped.");
            var trigger = Expansion.TriggerName(snapshot.Migration!.Id, snapshot.NumberOf(site));
            if (
                !await context.Db.ScalarAsync<bool>(
                    "select exists (select from pg_trigger where tgrelid = $1 and tgname = $2 and tgenabled = 'A')",
                    cancellation,
                    SiteReader.Oid(site.TableOid),
                    trigger
                )
            )
                throw new OperatorException(
                    $"The trigger {trigger} of {site.Table} was switched off or dropped, so ids may have changed unnoticed: "
                        + "`hatcheck ids rollback`, and begin again. Nothing was dropped."
                );
        }
    }

    private async Task DemandNoneLeftAsync(Site site, long refused, CancellationToken cancellation)
    {
        var left = await context.Db.ScalarAsync<long>(
            $"select count(*) from only {site.Table.Sql} where {site.NewSql} is null and {site.Sql} is not null",
            cancellation
        );
        if (left == 0)
            return;
        if (left > refused)
            throw new OperatorException(Backfill.NotTaken(site, left - refused) + " Nothing was dropped.");
        if (!context.Options.NullRejects)
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
            context.Report.Note($"after: {sql}");
            try
            {
                await context.Db.TransactionAsync(
                    async () =>
                    {
                        await context.Db.ExecuteAsync(sql, cancellation);
                        await store.TickOffAsync(migration, place, cancellation);
                    },
                    cancellation,
                    lockTimeout: "2s"
                );
            }
            catch (PostgresException orphan) when (orphan.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                // A program that already writes hashes may have referred to a missing row; no check found it until now.
                throw new OperatorException(
                    $"Rows of {orphan.TableName} refer by {orphan.ConstraintName} to missing rows. The plaintext is dropped, and "
                        + "new rows are checked; delete those rows or add the missing ones, and run contract again to "
                        + "finish."
                );
            }
        }

        await context.Db.TransactionAsync(() => store.RemoveAsync(migration, cancellation), cancellation, lockTimeout: "2s");
    }
}
