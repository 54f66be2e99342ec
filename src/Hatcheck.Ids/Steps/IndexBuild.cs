using System.Data;
using Hatcheck.Ids.Catalogue;
using Npgsql;

namespace Hatcheck.Ids.Steps;

/// <summary>Builds an index beside the writers. What a killed build left behind is invalid, and is built anew.</summary>
internal static class IndexBuild
{
    /// <summary>Makes the index unless it is there; gives whether it made it.</summary>
    public static Task<bool> EnsureAsync(
        Work work,
        string schema,
        string name,
        string definition,
        bool unique,
        CancellationToken cancellation
    ) =>
        work.Db.RetryAsync(
            async () =>
            {
                var valid = await work.Db.QueryAsync(
                    "select i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n "
                        + "on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2",
                    row => row.GetBoolean("indisvalid"),
                    cancellation,
                    schema,
                    name
                );
                if (valid is [true])
                    return false;
                var quoted = new TableName(schema, name).Sql;
                // It waits for transactions that began before it, however long they last.
                await work.Db.ExecuteAsync("set lock_timeout = 0", cancellation);
                if (valid is [false])
                    await work.Db.ExecuteAsync($"drop index concurrently {quoted}", cancellation);
                try
                {
                    await work.Db.ExecuteAsync(
                        $"create {(unique ? "unique " : "")}index concurrently {SqlName.Quote(name)} {definition}",
                        cancellation
                    );
                }
                catch (PostgresException duplicate) when (duplicate.SqlState == PostgresErrorCodes.UniqueViolation)
                {
                    await work.Db.ExecuteAsync($"drop index concurrently if exists {quoted}", cancellation);
                    throw;
                }

                await work.Db.ExecuteAsync("set lock_timeout = '10s'", cancellation);
                return true;
            },
            cancellation
        );
}
