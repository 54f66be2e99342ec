using Hatcheck.Ids.Catalogue;
using Hatcheck.Ids.State;
using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Steps;

/// <summary>
/// Puts an empty column beside each, and a trigger that empties it again whenever a writer changes the id. No row is touched.
/// </summary>
internal sealed class Expansion(Work work)
{
    // Last of the table's triggers, which fire by name: one of them may change the id.
    public static string TriggerName(int migration, int site) => $"zzz_{SqlName.Mark}{migration}_{site}";

    public static string FunctionName(int migration, int site) => $"{MigrationStore.Schema}.clear_{migration}_{site}";

    public static string Guard(int migration, int site) => $"{SqlName.Mark}guard_{migration}_{site}";

    public async Task<bool> RunAsync(Scene scene, CancellationToken cancellation)
    {
        var store = new MigrationStore(work.Db);
        if (scene.Phase is not (Phase.None or Phase.Expanding) && !scene.Strangers.Any())
            return false;
        var migration = scene.Migration?.Id ?? 0;
        if (scene.Migration is null)
        {
            await work.Db.TransactionAsync(
                async () =>
                {
                    // Two migrations of two tables may begin at once.
                    await work.Db.ExecuteAsync(
                        "select pg_advisory_xact_lock(hashtextextended('hatcheck ids state', 0))",
                        cancellation
                    );
                    foreach (var sql in MigrationStore.Tables)
                        await work.Db.ExecuteAsync(sql, cancellation);
                    var begun = await store.FindAsync(scene.Table, scene.Root.Column, cancellation);
                    migration =
                        begun?.Id
                        ?? await store.AddAsync(scene.Root, KeyCheck.Of(work.Required), work.Options.Text, cancellation);
                },
                cancellation
            );
        }

        await store.SetPhaseAsync(migration, Phase.Expanding, cancellation);
        foreach (var site in scene.Sites.Where(site => scene.StateOf(site) is null))
        {
            work.Report.Say($"{site}: adding {site.NewColumn}");
            var number = scene.NumberOf(site);
            await work.Db.TransactionAsync(
                async () =>
                {
                    foreach (var sql in Statements(site, migration, number, work.Kind))
                        await work.Db.ExecuteAsync(sql, cancellation);
                    await store.AddSiteAsync(migration, site, number, cancellation);
                },
                cancellation,
                lockTimeout: "2s"
            );
        }

        await store.SetPhaseAsync(migration, Phase.Expanded, cancellation);
        return true;
    }

    /// <summary>What is done to one column's table, under an exclusive lock of an instant.</summary>
    public static IReadOnlyList<string> Statements(Site site, int migration, int number, ReplacementKind kind)
    {
        var collate = site.IsNumber ? "" : "::text collate \"C\"";
        // From the start, so that no program can write what is no hash; a new column's check is true of every row, and needs
        // no look at them.
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
            // Also for changes that a replication applies.
            $"alter table {site.Table.Sql} enable always trigger {TriggerName(migration, number)}",
        ];
    }
}
