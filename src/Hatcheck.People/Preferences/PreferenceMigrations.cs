using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Preferences;

/// <summary>
/// Migrates users' values to the current schema ahead of their next read or write. This is optional: a reader sees
/// migrated values anyway. It shows a tenant the values that do not conform, and removes old keys.
/// </summary>
internal sealed class PreferenceMigrations(Database database, PreferenceStore store)
{
    private const string Newest = "coalesce((select max(version) from preference_schemas where tenant_id = $1), 0)";

    private const string Behind =
        "from preferences p join users u on u.tenant_id = p.tenant_id and u.user_id = p.user_id "
        + $"where p.tenant_id = $1 and p.schema_version < {Newest} and u.merged_into is null and u.erased_at is null "
        + "and u.deleted_at is null";

    private const string Next = "select p.user_id " + Behind + " order by p.schema_version, p.user_id limit $2";

    private const string Count = "select count(*) as behind " + Behind;

    /// <summary>Migrates at most the given number of users.</summary>
    public async Task<PreferenceMigrationResult> RunAsync(Caller caller, int limit, CancellationToken cancellation)
    {
        var migrated = 0;
        var unfit = 0;
        object[] parameters = [caller.Tenant, limit];
        foreach (var user in await database.QueryAsync(caller.Tenant, Next, parameters, row => row.Guid("user_id"), cancellation))
        {
            var outcome = await store.MigrateAsync(ChangeTerms.Of(caller, user), cancellation);
            // Erased, deleted or repeatedly changed meanwhile: the next read migrates them.
            if (outcome is not Outcome<PreferenceState>.Done(var state))
                continue;
            migrated++;
            unfit += state.Unfit.Count;
        }

        var left = await database.QueryAsync(caller.Tenant, Count, [caller.Tenant], row => row.Number("behind"), cancellation);
        return new PreferenceMigrationResult(migrated, unfit, left[0]);
    }
}
