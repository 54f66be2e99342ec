namespace Hatcheck.ServerKit.Storage;

/// <summary>Rows that fail every transaction that updates or deletes them, until it is disposed.</summary>
internal sealed class SpoiltRows : IAsyncDisposable
{
    private readonly TestedDatabase database;

    private SpoiltRows(TestedDatabase database) => this.database = database;

    /// <summary>Plants them.</summary>
    /// <param name="database">The database.</param>
    /// <param name="table">The table.</param>
    /// <param name="act"><c>update</c> or <c>delete</c>.</param>
    /// <param name="which">The rows, as a condition on <c>row</c>.</param>
    public static async Task<SpoiltRows> PlantAsync(TestedDatabase database, string table, string act, string which)
    {
        var when = which.Replace("row.", act == "delete" ? "old." : "new.", StringComparison.Ordinal);
        await database.ExecuteAsync(
            database.Name == "sqlite"
                ? $"create trigger spoilt before {act} on {table} when {when} begin select raise(abort, 'spoilt'); end"
                : $"""
                create function spoil() returns trigger language plpgsql as $$ begin raise 'spoilt'; end $$;
                create trigger spoilt before {act} on {table} for each row when ({when}) execute function spoil()
                """
        );
        return new SpoiltRows(database);
    }

    public async ValueTask DisposeAsync() =>
        await database.ExecuteAsync(database.Name == "sqlite" ? "drop trigger spoilt" : "drop function spoil() cascade");
}
