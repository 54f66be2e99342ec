using Hatcheck.ServerKit.Storage;

namespace Hatcheck.People.Tests.Users;

/// <summary>The database stores no audit entry about one user, until it is disposed.</summary>
internal sealed class RefusedEntries : IAsyncDisposable
{
    private readonly TestedDatabase database;

    private RefusedEntries(TestedDatabase database) => this.database = database;

    public static async Task<RefusedEntries> PlantAsync(TestedDatabase database, Guid user)
    {
        var isTheirs = $"new.user_id = {RawSql.Literal(user)}";
        await database.ExecuteAsync(
            database.Name == "sqlite"
                ? $"""
                create trigger refused before insert on audit_pending when {isTheirs}
                begin select raise(abort, 'refused'); end
                """
                : $"""
                create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
                create trigger refused before insert on audit_pending for each row
                when ({isTheirs}) execute function refuse()
                """
        );
        return new RefusedEntries(database);
    }

    public async ValueTask DisposeAsync() =>
        await database.ExecuteAsync(database.Name == "sqlite" ? "drop trigger refused" : "drop function refuse() cascade");
}
