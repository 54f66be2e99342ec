using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;

namespace Hatcheck.People.Privacy;

/// <summary>Discloses a user's stored data, by walking the data inventory.</summary>
internal sealed class Disclosure(Database database, UserDirectory people, PersonalData data, TimeProvider time)
{
    /// <summary>Counts each kind of data; also for a user who is deleted and not yet erased.</summary>
    public async Task<Outcome<UserSummary>> SummariseAsync(Guid tenant, Guid user, CancellationToken cancellation)
    {
        var lookup = await people.FindAsync(tenant, user, cancellation);
        if (lookup.Kept is not { } person)
            return lookup.Refusal();
        var scope = await people.ScopeAsync(tenant, person.User, cancellation);
        // Erased since the look-up.
        if (scope.Users.Count == 0)
            return new Refusal.Gone(IsDeleted: false);
        return await database.ReadAsync(
            tenant,
            async (db, stop) =>
            {
                var counts = await data.CountAsync(db, scope, stop);
                return new UserSummary(
                    person.User,
                    person.CreatedAt,
                    [.. counts.Select(kind => new SummarySection(kind.Section.Name, kind.Section.Description, kind.Count))]
                );
            },
            cancellation
        );
    }

    /// <summary>Returns all data, decrypted; also for a user who is deleted and not yet erased.</summary>
    public async Task<Outcome<UserExport>> ExportAsync(Guid tenant, Guid user, CancellationToken cancellation)
    {
        var lookup = await people.FindAsync(tenant, user, cancellation);
        if (lookup.Kept is not { } person)
            return lookup.Refusal();
        var scope = await people.ScopeAsync(tenant, person.User, cancellation);
        // Erased since the look-up.
        if (scope.Users.Count == 0)
            return new Refusal.Gone(IsDeleted: false);
        return await database.ReadAsync(
            tenant,
            async (db, stop) =>
            {
                var sections = await data.ExportAsync(db, scope, stop);
                return new UserExport("hatcheck-export/1", time.Now(), person.User, sections);
            },
            cancellation
        );
    }
}
