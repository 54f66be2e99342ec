using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;
using Hatcheck.Server.Users;

namespace Hatcheck.Server.Privacy;

/// <summary>Tells a person what is kept, by walking the data inventory.</summary>
internal sealed class Disclosure(Database database, People people, PersonalData data, TimeProvider time)
{
    /// <summary>Null if the person was erased since the look-up.</summary>
    public async Task<UserSummary?> SummariseAsync(Guid tenant, PersonLookup.Found person, CancellationToken cancellation)
    {
        var scope = await people.ScopeAsync(tenant, person.User, cancellation);
        if (scope.Users.Count == 0) return null;
        return await database.ReadAsync(
            tenant,
            async (db, stop) =>
            {
                var counts = await data.CountAsync(db, scope, stop);
                return new UserSummary(
                    person.User,
                    person.CreatedAt,
                    [.. counts.Select(kind => new SummarySection(kind.Section.Name, kind.Section.Says, kind.Count))]);
            },
            cancellation);
    }

    /// <summary>Null if the person was erased since the look-up.</summary>
    public async Task<UserExport?> ExportAsync(Guid tenant, PersonLookup.Found person, CancellationToken cancellation)
    {
        var scope = await people.ScopeAsync(tenant, person.User, cancellation);
        if (scope.Users.Count == 0) return null;
        return await database.ReadAsync(
            tenant,
            async (db, stop) =>
            {
                var sections = await data.ExportAsync(db, scope, stop);
                return new UserExport("hatcheck-export/1", time.Now(), person.User, sections);
            },
            cancellation);
    }
}
