using Hatcheck.Server.Tests.Storage;
using Hatcheck.Server.Tests.Support;

namespace Hatcheck.Server.Tests.Webhooks;

/// <summary>
/// A subject whose events spoil the transaction of everything that is processed with them, until it is disposed.
/// </summary>
internal sealed class SpoiltSubject : IAsyncDisposable
{
    private readonly TestedDatabase database;

    private SpoiltSubject(TestedDatabase database) => this.database = database;

    public static async Task<SpoiltSubject> PlantAsync(TestedDatabase database, string hash)
    {
        await database.ExecuteAsync(database.Name == "sqlite"
            ? $"""
               create trigger spoilt before update on inbox_subjects when new.subject_hash = '{hash}'
               begin select raise(abort, 'spoilt'); end
               """
            : $"""
               create function spoil() returns trigger language plpgsql as $$ begin raise 'spoilt'; end $$;
               create trigger spoilt before update on inbox_subjects for each row
               when (new.subject_hash = '{hash}') execute function spoil()
               """);
        return new SpoiltSubject(database);
    }

    public async ValueTask DisposeAsync() =>
        await database.ExecuteAsync(database.Name == "sqlite" ? "drop trigger spoilt" : "drop function spoil() cascade");
}
