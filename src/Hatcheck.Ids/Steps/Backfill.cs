using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;
using Hatcheck.Platform;
using NpgsqlTypes;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// Fills every row's replacement: a first pass through the table's file, then catch-ups of rows that writers added or
/// changed, until one finds nothing. A catch-up finds all rows that the first pass missed, so the checkpoint only saves
/// work.
/// </summary>
internal sealed class Backfill(StepContext context, RejectList rejects)
{
    // Busy writers could keep catch-ups going for ever; the contract fills the last rows under its lock.
    private const int MaxCatchUps = 20;
    private const long MostPages = 8192;
    private const int MostVain = 5;

    private readonly MigrationStore store = new(context.Db);
    private long attempted;

    /// <summary>Rows of the last catch-up whose value is no id.</summary>
    public long Refused { get; private set; }

    /// <summary>The error for rows that have an id but take no replacement.</summary>
    public static string NotTaken(Site site, long rows) =>
        $"{site}: {rows} rows have an id but take no replacement: a trigger of the table keeps `hatcheck ids` from writing "
        + "them. Disable it during the migration.";

    /// <summary>Returns the number of rows filled.</summary>
    public async Task<long> RunAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        var migration = snapshot.Begun();
        var text = Union(migration.Text, context.Options.Text);
        await store.SetTextAsync(migration.Id, text, cancellation);
        var filled = 0L;
        foreach (var site in snapshot.Sites)
        {
            var state = snapshot.StateOf(site)!;
            if (!state.PassedOnce)
                filled += await PassAsync(migration.Id, site, state, text, cancellation);
        }

        filled += await CatchUpAsync(snapshot, text, MaxCatchUps, cancellation);
        await store.SetPhaseAsync(migration.Id, Phase.Filled, cancellation);
        return filled;
    }

    public static IdText Union(IdText one, IdText other) =>
        new(one.Normalize || other.Normalize, one.KeepHashed || other.KeepHashed);

    public static string UnfilledIndex(int migration, int site) => $"{SqlName.Mark}unfilled_{migration}_{site}";

    /// <summary>Fills the rest of each column, referenced ones first; returns the number of rows.</summary>
    public async Task<long> CatchUpAsync(MigrationSnapshot snapshot, IdText text, int most, CancellationToken cancellation)
    {
        foreach (var site in snapshot.Sites)
            await IndexUnfilledAsync(snapshot.Migration!.Id, site, snapshot.NumberOf(site), cancellation);
        var (all, vain) = (0L, 0);
        for (var round = 0; round < most; round++)
        {
            var (filled, left) = (0L, (Site: snapshot.Root, Rows: 0L));
            rejects.Restart();
            foreach (var site in snapshot.Sites)
            {
                var done = await CatchUpOnceAsync(
                    snapshot.Migration!.Id,
                    site,
                    snapshot.NumberOf(site),
                    text,
                    retry: true,
                    cancellation
                );
                if (attempted > done)
                    left = (site, attempted - done);
                filled += done;
            }

            all += filled;
            if (filled == 0 && left.Rows == 0)
                break;
            // A writer may have changed all of them first, but not again and again.
            vain = filled == 0 ? vain + 1 : 0;
            if (vain == MostVain)
                throw new OperatorException(NotTaken(left.Site, left.Rows));
        }

        rejects.Close();
        return all;
    }

    /// <summary>One catch-up of one column. Inside a caller's transaction, the caller retries.</summary>
    public async Task<long> CatchUpOnceAsync(
        int migration,
        Site site,
        int number,
        IdText text,
        bool retry,
        CancellationToken cancellation
    )
    {
        var page = new Page(context.Required, text, context.Options.Batch);
        var (read, write) = (Page.ReadSql(site), Page.WriteSql(site, context.Kind));
        var (at, filled) = (Places.First, 0L);
        (attempted, Refused) = (0, 0);
        await store.ClearRejectsAsync(migration, number, cancellation);
        do
        {
            var stretch = (at, Places.End);
            filled += retry ? await context.Db.RetryAsync(() => OnceAsync(stretch), cancellation) : await OnceAsync(stretch);
            await store.AddRejectsAsync(migration, number, page.Rejects, cancellation);
            rejects.Add(site, page.Rejects);
            (attempted, Refused) = (attempted + page.Writable, Refused + page.Rejects.Count);
            at = page.Last;
        } while (page.Read == context.Options.Batch);
        return filled;

        Task<long> OnceAsync((NpgsqlTid After, NpgsqlTid Before) stretch) =>
            page.FillAsync(context.Db, read, write, site, stretch, (migration, number, Checkpoint: false), cancellation);
    }

    private async Task<long> PassAsync(int migration, Site site, SiteState state, IdText text, CancellationToken cancellation)
    {
        var end = state.UpTo ?? await BeginAsync(migration, site, state.Number, cancellation);
        var page = new Page(context.Required, text, context.Options.Batch);
        var (read, write) = (Page.ReadSql(site), Page.WriteSql(site, context.Kind));
        var at = state.Checkpoint is { } checkpoint ? Places.Parse(checkpoint) : Places.First;
        var total = await TotalAsync(site, cancellation);
        var (filled, pages) = (0L, Math.Max(1, (long)(context.Options.Batch * (double)Math.Max(1, end) / Math.Max(1, total))));
        context.Report.Begin($"fill {site}", state.Filled, total);
        while (at.BlockNumber < end)
        {
            var until = Places.OfPage(Math.Min(end, at.BlockNumber + pages));
            var stretch = (at, until);
            filled += await context.Db.RetryAsync(
                () =>
                    page.FillAsync(
                        context.Db,
                        read,
                        write,
                        site,
                        stretch,
                        (migration, state.Number, Checkpoint: true),
                        cancellation
                    ),
                cancellation
            );
            if (page.Read == context.Options.Batch)
            {
                at = page.Last;
                // Some of these pages are left and read again; makes the next stretch shorter.
                pages = Math.Max(1, pages - (pages / 16));
            }
            else
            {
                at = until;
                if (page.Read < context.Options.Batch / 2)
                    pages = Math.Min(MostPages, pages * 2);
            }

            context.Report.Advance(state.Filled + filled);
        }

        await store.SetPassedAsync(migration, state.Number, cancellation);
        context.Report.End();
        return filled;
    }

    private async Task<long> BeginAsync(int migration, Site site, int number, CancellationToken cancellation)
    {
        var pages = await context.Db.ScalarAsync<long>(
            "select pg_relation_size($1::oid) / current_setting('block_size')::bigint",
            cancellation,
            SiteReader.Oid(site.TableOid)
        );
        await store.SetUpToAsync(migration, number, pages, cancellation);
        return pages;
    }

    private async Task<long> TotalAsync(Site site, CancellationToken cancellation) =>
        site.EstimatedRows > 5_000_000
            ? (long)site.EstimatedRows
            : await context.Db.ScalarAsync<long>($"select count({site.Sql}) from only {site.Table.Sql}", cancellation);

    // Created after the first pass: before it, it would hold every row and slow down every write.
    private async Task IndexUnfilledAsync(int migration, Site site, int number, CancellationToken cancellation) =>
        await IndexBuild.EnsureAsync(
            context,
            site.Table.Schema,
            UnfilledIndex(migration, number),
            $"on {site.Table.Sql} ({site.NewSql}) where {site.NewSql} is null and {site.Sql} is not null",
            unique: false,
            cancellation
        );
}
