using System.Text.Json;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;

namespace Hatcheck.People.Users;

/// <summary>Everything stored about a user, for an operator.</summary>
internal sealed record InspectedUser(
    Guid Id,
    DateTimeOffset CreatedAt,
    IReadOnlyDictionary<string, IReadOnlyList<JsonElement>> Sections
);

/// <summary>
/// Break-glass: shows a user's data to an operator. It needs a reason, and the audit entry is committed before anything is
/// shown: no entry, no access.
/// </summary>
internal sealed class Inspection(Database database, UserDirectory people, PersonChanges changes, PersonalData data)
{
    /// <summary>Records the access, then returns everything stored, decrypted.</summary>
    /// <exception cref="OperatorException">The reason is too short, or there is no such active user.</exception>
    public async Task<InspectedUser> InspectAsync(
        Guid tenant,
        Guid user,
        string reason,
        Actor actor,
        CancellationToken cancellation
    )
    {
        if (BoundedText.Accept(reason, 500) is not { Length: >= 10 } accepted)
            throw new OperatorException(
                "Give a reason of 10 to 500 characters that someone else will understand: --reason \"ticket 4711: …\"."
            );
        var recorded = await changes.RunAsync<PersonLookup.Found>(
            new ChangeTerms(tenant, user, actor) { WithDeleted = true },
            async (change, stop) =>
            {
                await change.RecordAsync(UserActs.Inspect, accepted, stop);
                return change.Person;
            },
            cancellation
        );
        var person = recorded.OrThrow("The tenant has no such user, or the user was erased.");
        var scope = await people.ScopeAsync(tenant, person.User, cancellation);
        return await database.ReadAsync(
            tenant,
            async (db, stop) => new InspectedUser(person.User, person.CreatedAt, await data.ExportAsync(db, scope, stop)),
            cancellation
        );
    }
}
