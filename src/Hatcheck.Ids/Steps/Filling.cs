using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;
using Hatcheck.Platform;
using NpgsqlTypes;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// Gives every row its replacement: a first pass through the table's file, and then catch-ups of what writers added or
/// changed meanwhile, until one finds nothing. Whatever the first pass missed, for whichever reason, a catch-up finds: the
/// checkpoint only saves work.
/// </summary>
internal sealed class Filling(Work work, RejectList rejects)
{
    // Behind writers who never rest one would catch up for ever; the contract fills what is left under its lock.
    private const int MaxCatchUps = 20;
    private const long MostPages = 8192;
    private const int MostVain = 5;

    private readonly MigrationStore store = new(work.Db);
    private long attempted;

    /// <summary>Rows of the last catch-up whose value is no id.</summary>
    public long Refused { get; private set; }

    /// <summary>The error where rows have an id and yet take no replacement.</summary>
    public static string NotTaken(Site site, long rows) =>
        $"{site}: {rows} rows have an id, and take no replacement: a trigger of the table keeps `hatcheck ids` from writing "
        + "them. Disable it for the time of the move.";

    /// <summary>Gives how many rows were filled now.</summary>
    public async Task<long> RunAsync(Scene scene, CancellationToken cancellation)
    {
        var migration = scene.Begun();
        var text = Union(migration.Text, work.Options.Text);
        await store.SetTextAsync(migration.Id, text, cancellation);
        var filled = 0L;
        foreach (var site in scene.Sites)
        {
            var state = scene.StateOf(site)!;
            if (!state.PassedOnce)
                filled += await PassAsync(migration.Id, site, state, text, cancellation);
        }

        filled += await CatchUpAsync(scene, text, MaxCatchUps, cancellation);
        await store.SetPhaseAsync(migration.Id, Phase.Filled, cancellation);
        return filled;
    }

    public static IdText Union(IdText one, IdText other) =>
        new(one.Normalize || other.Normalize, one.KeepHashed || other.KeepHashed);

    public static string UnfilledIndex(int migration, int site) => $"{SqlName.Mark}unfilled_{migration}_{site}";

    /// <summary>Fills what is left of each column, what is referred to first; gives how many rows that were.</summary>
    public async Task<long> CatchUpAsync(Scene scene, IdText text, int most, CancellationToken cancellation)
    {
        foreach (var site in scene.Sites)
            await IndexUnfilledAsync(scene.Migration!.Id, site, scene.NumberOf(site), cancellation);
        var (all, vain) = (0L, 0);
        for (var round = 0; round < most; round++)
        {
            var (filled, left) = (0L, (Site: scene.Root, Rows: 0L));
            rejects.Restart();
            foreach (var site in scene.Sites)
            {
                var done = await CatchUpOnceAsync(
                    scene.Migration!.Id,
                    site,
                    scene.NumberOf(site),
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
            // A writer may have been faster with each of them, but not again and again.
            vain = filled == 0 ? vain + 1 : 0;
            if (vain == MostVain)
                throw new OperatorException(NotTaken(left.Site, left.Rows));
        }

        rejects.Close();
        return all;
    }

    /// <summary>One catch-up of one column. In a transaction of the caller's, the caller retries.</summary>
    public async Task<long> CatchUpOnceAsync(
        int migration,
        Site site,
        int number,
        IdText text,
        bool retry,
        CancellationToken cancellation
    )
    {
        var page = new Page(work.Required, text, work.Options.Batch);
        var (read, write) = (Page.ReadSql(site), Page.WriteSql(site, work.Kind));
        var (at, filled) = (Places.First, 0L);
        (attempted, Refused) = (0, 0);
        await store.ClearRejectsAsync(migration, number, cancellation);
        do
        {
            var stretch = (at, Places.End);
            filled += retry ? await work.Db.RetryAsync(() => OnceAsync(stretch), cancellation) : await OnceAsync(stretch);
            await store.AddRejectsAsync(migration, number, page.Rejects, cancellation);
            rejects.Add(site, page.Rejects);
            (attempted, Refused) = (attempted + page.Writable, Refused + page.Rejects.Count);
            at = page.Last;
        } while (page.Read == work.Options.Batch);
        return filled;

        Task<long> OnceAsync((NpgsqlTid After, NpgsqlTid Before) stretch) =>
            page.FillAsync(work.Db, read, write, site, stretch, (migration, number, Checkpoint: false), cancellation);
    }

    private async Task<long> PassAsync(int migration, Site site, SiteState state, IdText text, CancellationToken cancellation)
    {
        var end = state.UpTo ?? await BeginAsync(migration, site, state.Number, cancellation);
        var page = new Page(work.Required, text, work.Options.Batch);
        var (read, write) = (Page.ReadSql(site), Page.WriteSql(site, work.Kind));
        var at = state.Checkpoint is { } checkpoint ? Places.Parse(checkpoint) : Places.First;
        var total = await TotalAsync(site, cancellation);
        var (filled, pages) = (0L, Math.Max(1, (long)(work.Options.Batch * (double)Math.Max(1, end) / Math.Max(1, total))));
        work.Report.Begin($"fill {site}", state.Filled, total);
        while (at.BlockNumber < end)
        {
            var until = Places.OfPage(Math.Min(end, at.BlockNumber + pages));
            var stretch = (at, until);
            filled += await work.Db.RetryAsync(
                () =>
                    page.FillAsync(
                        work.Db,
                        read,
                        write,
                        site,
                        stretch,
                        (migration, state.Number, Checkpoint: true),
                        cancellation
                    ),
                cancellation
            );
            if (page.Read == work.Options.Batch)
            {
                at = page.Last;
                // Some of these pages are left, and read again; the next stretch is shorter.
                pages = Math.Max(1, pages - (pages / 16));
            }
            else
            {
                at = until;
                if (page.Read < work.Options.Batch / 2)
                    pages = Math.Min(MostPages, pages * 2);
            }

            work.Report.Advance(state.Filled + filled);
        }

        await store.SetPassedAsync(migration, state.Number, cancellation);
        work.Report.End();
        return filled;
    }

    private async Task<long> BeginAsync(int migration, Site site, int number, CancellationToken cancellation)
    {
        var pages = await work.Db.ScalarAsync<long>(
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
            : await work.Db.ScalarAsync<long>($"select count({site.Sql}) from only {site.Table.Sql}", cancellation);

    // Made after the first pass: before it, it would hold every row, and slow down each of the writes.
    private async Task IndexUnfilledAsync(int migration, Site site, int number, CancellationToken cancellation) =>
        await IndexBuild.EnsureAsync(
            work,
            site.Table.Schema,
            UnfilledIndex(migration, number),
            $"on {site.Table.Sql} ({site.NewSql}) where {site.NewSql} is null and {site.Sql} is not null",
            unique: false,
            cancellation
        );
}
