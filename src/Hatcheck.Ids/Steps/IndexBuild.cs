using System.Data;
using Hatcheck.Ids.Catalogue;
using Npgsql;

namespace Hatcheck.Ids.Steps;

/// <summary>Builds an index concurrently. Rebuilds an invalid one, left by a killed build.</summary>
internal static class IndexBuild
{
    /// <summary>Builds the index unless it exists; true if it was built.</summary>
    public static Task<bool> EnsureAsync(
        StepContext context,
        string schema,
        string name,
        string definition,
        bool unique,
        CancellationToken cancellation
    ) =>
        context.Db.RetryAsync(
            async () =>
            {
                var valid = await context.Db.QueryAsync(
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
                // The build waits for earlier transactions, however long they last.
                await context.Db.ExecuteAsync("set lock_timeout = 0", cancellation);
                if (valid is [false])
                    await context.Db.ExecuteAsync($"drop index concurrently {quoted}", cancellation);
                try
                {
                    await context.Db.ExecuteAsync(
                        $"create {(unique ? "unique " : "")}index concurrently {SqlName.Quote(name)} {definition}",
                        cancellation
                    );
                }
                catch (PostgresException duplicate) when (duplicate.SqlState == PostgresErrorCodes.UniqueViolation)
                {
                    await context.Db.ExecuteAsync($"drop index concurrently if exists {quoted}", cancellation);
                    throw;
                }

                await context.Db.ExecuteAsync("set lock_timeout = '10s'", cancellation);
                return true;
            },
            cancellation
        );
}
