using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// Adds an empty column beside each, and a trigger that empties it when a writer changes the id. Touches no row.
/// </summary>
internal sealed class Expansion(StepContext context)
{
    // Fires last, since triggers fire in order of name: an earlier one may change the id.
    public static string TriggerName(int migration, int site) => $"zzz_{SqlName.Mark}{migration}_{site}";

    public static string FunctionName(int migration, int site) => $"{MigrationStore.Schema}.clear_{migration}_{site}";

    public static string Guard(int migration, int site) => $"{SqlName.Mark}guard_{migration}_{site}";

    public async Task<bool> RunAsync(MigrationSnapshot snapshot, CancellationToken cancellation)
    {
        var store = new MigrationStore(context.Db);
        if (snapshot.Phase is not (Phase.None or Phase.Expanding) && !snapshot.AddedSites.Any())
            return false;
        var migration = snapshot.Migration?.Id ?? 0;
        if (snapshot.Migration is null)
        {
            await context.Db.TransactionAsync(
                async () =>
                {
                    // Migrations of two tables may begin at once.
                    await context.Db.ExecuteAsync(
                        "select pg_advisory_xact_lock(hashtextextended('hatcheck ids state', 0))",
                        cancellation
                    );
                    foreach (var sql in MigrationStore.Tables)
                        await context.Db.ExecuteAsync(sql, cancellation);
                    var begun = await store.FindAsync(snapshot.Table, snapshot.Root.Column, cancellation);
                    migration =
                        begun?.Id
                        ?? await store.AddAsync(snapshot.Root, KeyCheck.Of(context.Required), context.Options.Text, cancellation);
                },
                cancellation
            );
        }

        await store.SetPhaseAsync(migration, Phase.Expanding, cancellation);
        foreach (var site in snapshot.Sites.Where(site => snapshot.StateOf(site) is null))
        {
            context.Report.Note($"{site}: adding {site.NewColumn}");
            var number = snapshot.NumberOf(site);
            await context.Db.TransactionAsync(
                async () =>
                {
                    foreach (var sql in Statements(site, migration, number, context.Kind))
                        await context.Db.ExecuteAsync(sql, cancellation);
                    await store.AddSiteAsync(migration, site, number, cancellation);
                },
                cancellation,
                lockTimeout: "2s"
            );
        }

        await store.SetPhaseAsync(migration, Phase.Expanded, cancellation);
        return true;
    }

    /// <summary>Statements for one column's table, which hold an exclusive lock for an instant.</summary>
    public static IReadOnlyList<string> Statements(Site site, int migration, int number, ReplacementKind kind)
    {
        var collate = site.IsNumber ? "" : "::text collate \"C\"";
        // From the start, so that programs can write hashes only. A new column's check holds for every row, so rows need no
        // validation.
        IEnumerable<string> guard =
            kind == ReplacementKind.Hash
                ?
                [
                    $"alter table {site.Table.Sql} add constraint {Guard(migration, number)} check ({site.NewSql} ~ "
                        + "'^[0-9a-f]{64}$') not valid",
                ]
                : [];
        return
        [
            $"alter table {site.Table.Sql} add column {site.NewSql} {kind.SqlType}",
            .. guard,
            $"create or replace function {FunctionName(migration, number)}() returns trigger language plpgsql as $body$ begin "
                + $"new.{site.NewSql} := null; return new; end $body$",
            $"create or replace trigger {TriggerName(migration, number)} before update on {site.Table.Sql} for each row "
                + $"when (new.{site.Sql}{collate} is distinct from old.{site.Sql}{collate} and new.{site.NewSql} is not "
                + $"distinct from old.{site.NewSql}) "
                + $"execute function {FunctionName(migration, number)}()",
            // Fires also for replicated changes.
            $"alter table {site.Table.Sql} enable always trigger {TriggerName(migration, number)}",
        ];
    }
}
