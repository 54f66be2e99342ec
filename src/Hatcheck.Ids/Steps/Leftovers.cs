using System.Data;
using Hatcheck.Ids.Catalogue;

namespace Hatcheck.Ids.Steps;

/// <summary>Lists places that still hold plaintext after the column is dropped, each with a remedy.</summary>
internal sealed class Leftovers(StepContext context)
{
    private const string ServerSettings = """
        select current_setting('archive_mode') as archive_mode,
               (select count(*) from pg_stat_replication) as replicas, (select count(*) from pg_replication_slots) as slots,
               exists (select from pg_extension where extname = 'pg_stat_statements') as keeps_statements,
               current_setting('log_statement') as log_statement,
               current_setting('log_min_duration_statement') as log_min_duration_statement
        """;

    /// <summary>
    /// Rewrites the tables and the server's samples of values, so that no file of this database holds a dropped id.
    /// </summary>
    public async Task<string?> RewriteAsync(IReadOnlyList<TableName> tables, CancellationToken cancellation)
    {
        await context.Db.ExecuteAsync("set lock_timeout = 0", cancellation);
        foreach (var table in tables)
        {
            context.Report.Note($"{table}: rewriting");
            await context.Db.ExecuteAsync($"vacuum (full, analyze) {table.Sql}", cancellation);
        }

        // Frequent values and histogram bounds are copies of ids; dropped rows leave their bytes in the page.
        var may = await context.Db.ScalarAsync<bool>(
            "select pg_has_role(current_user, datdba, 'USAGE') from pg_database where datname = current_database()",
            cancellation
        );
        if (may)
            await context.Db.ExecuteAsync("vacuum full pg_catalog.pg_statistic", cancellation);
        // The old files are emptied at once, and removed by a checkpoint.
        var checkpoint = await context.Db.ScalarAsync<bool>(
            "select rolsuper or exists (select from pg_roles c where c.rolname = 'pg_checkpoint' "
                + "and pg_has_role(current_user, c.oid, 'USAGE')) from pg_roles where rolname = current_user",
            cancellation
        );
        if (checkpoint)
            await context.Db.ExecuteAsync("checkpoint", cancellation);
        return may
            ? null
            : "pg_statistic: the server's samples of the dropped column may still lie in its pages. As the database's owner: "
                + "VACUUM FULL pg_catalog.pg_statistic.";
    }

    public async Task<IReadOnlyList<string>> ListAsync(bool rewritten, string? further, CancellationToken cancellation)
    {
        var (archive, replicas, slots, statements, logged, slow) = (
            await context.Db.QueryAsync(
                ServerSettings,
                row =>
                    (
                        row.GetString("archive_mode"),
                        row.GetInt64("replicas"),
                        row.GetInt64("slots"),
                        row.GetBoolean("keeps_statements"),
                        row.GetString("log_statement"),
                        row.GetString("log_min_duration_statement")
                    ),
                cancellation
            )
        ).Single();
        var found = new List<string>();
        if (!rewritten)
            found.Add(
                "The tables' files: dropped columns keep their bytes, and dead rows theirs, until the table is rewritten. "
                    + "Run `hatcheck ids contract --rewrite`, or VACUUM FULL, and the same for pg_catalog.pg_statistic, "
                    + "which has samples."
            );
        if (further is not null)
            found.Add(further);
        found.Add(
            "The write-ahead log (pg_wal): until its segments are recycled"
                + (
                    archive == "off"
                        ? ""
                        : "; archive_mode is on, so the archive holds them for as long as it keeps them: expire it"
                )
                + (slots > 0 ? $"; {slots} replication slots hold segments back" : "")
                + ". CHECKPOINT and pg_switch_wal() hasten it."
        );
        found.Add(
            "Backups and dumps taken before now: expire or destroy them on a date that you write down; until then they are as "
                + "good as the old table."
        );
        if (replicas > 0)
            found.Add(
                $"{replicas} replicas follow this server: their tables change with it, their own log, backups and logical "
                    + "copies do not."
            );
        else
            found.Add(
                "Replicas, logical copies, data warehouses, foreign tables, other databases: whatever was ever fed from this "
                    + "table."
            );
        found.Add(
            $"Logs of the server (log_statement = {logged}, log_min_duration_statement = {slow}), of poolers and of your "
                + "programs: search them for the column's name, rotate and delete. This tool sent no id back to the server."
        );
        if (statements)
            found.Add(
                "pg_stat_statements is installed: statements that had ids written into their text may be kept. "
                    + "select pg_stat_statements_reset();"
            );
        found.Add(
            "Other tables with the same ids: audit and history tables, queues, sessions, JSON columns (the plan names "
                + "columns of the same name)."
        );
        found.Add("The disk itself: files that were removed are not overwritten. Encrypt the disk, or discard it by the book.");
        return found;
    }
}
