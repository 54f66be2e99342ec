using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Users;

/// <summary>The user to change, the actor, and the preconditions.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="User">The user's id in the request: after a merge the survivor is changed.</param>
/// <param name="Actor">The actor in the audit log.</param>
internal sealed record ChangeTerms(Guid Tenant, Guid User, Actor Actor)
{
    /// <summary>Whether the user may be deleted and not yet erased.</summary>
    public bool WithDeleted { get; init; }

    /// <summary>
    /// The tenant's key epoch as the caller read it, for a change that stores index values. It is locked until the commit;
    /// another epoch is refused as stale. Null: the change stores none.
    /// </summary>
    public int? KeyEpoch { get; init; }

    /// <summary>The versions that <c>If-Match</c> allows, and the refusal of any other; null: any version.</summary>
    public Refusal.Changed? Match { get; init; }

    public static ChangeTerms Of(Caller caller, Guid user) => new(caller.Tenant, user, caller.Actor);
}

/// <summary>
/// A change of a user in progress: one transaction, which locks the user's row. Everything added here is stored by the
/// commit, or not at all.
/// </summary>
internal sealed class PersonChange(ChangeTerms terms, HatcheckDb db, PersonVault vault, PersonLookup.Found person)
{
    public HatcheckDb Db => db;

    /// <summary>Holds the user's data keys.</summary>
    public PersonVault Vault => vault;

    public PersonLookup.Found Person => person;

    /// <summary>The survivor's id.</summary>
    public Guid User => person.User;

    public Guid Tenant => db.Tenant;

    public Actor Actor => terms.Actor;

    /// <summary>The database's clock.</summary>
    public DateTimeOffset Now => db.Now;

    /// <summary>Whether the commit gives the user a new entity tag.</summary>
    public bool IsTouched { get; private set; }

    /// <summary>Marks the user's representation as changed.</summary>
    public void Touch() => IsTouched = true;

    /// <summary>Records the act, in ids and codes.</summary>
    public void Record(Act act, Subject? subject = null) => AuditTrail.Add(db, act, terms.Actor, User, subject);

    /// <summary>Records the act with sealed details, which never hold the user's values.</summary>
    public Task RecordAsync(Act act, string details, CancellationToken cancellation) =>
        AuditTrail.AddAsync(db, vault, User, act, terms.Actor, details, cancellation);
}

/// <summary>
/// Changes users, always in the same steps: look up, lock, check, change, record, commit. If another request was first, it
/// repeats from the look-up, so that a concurrent merge never looks like an erasure.
/// </summary>
internal sealed class PersonChanges(Database database, UserDirectory people, PersonVaults vaults)
{
    /// <summary>Changes a user in one transaction. A refusal rolls it back.</summary>
    public Task<Outcome<T>> RunAsync<T>(
        ChangeTerms terms,
        Func<PersonChange, CancellationToken, Task<Outcome<T>>> change,
        CancellationToken cancellation
    ) =>
        database.RepeatAsync(
            async () =>
            {
                var lookup = await people.FindAsync(terms.Tenant, terms.User, cancellation);
                if ((terms.WithDeleted ? lookup.Kept : lookup as PersonLookup.Found) is not { } person)
                    return lookup.Refusal();
                return await database.WriteAsync(
                    terms.Tenant,
                    (db, stop) => ChangeAsync(terms, db, person, change, stop),
                    cancellation
                );
            },
            cancellation
        );

    /// <summary>
    /// Changes an active user without an EF Core transaction, for example by a batch of statements that itself checks
    /// whether the user is still active. If it lost a race, it returns <see cref="Refusal.Busy"/> and is repeated.
    /// </summary>
    public Task<Outcome<T>> BatchAsync<T>(
        Guid tenant,
        Guid user,
        Func<PersonLookup.Found, CancellationToken, Task<Outcome<T>>> change,
        CancellationToken cancellation
    ) =>
        database.RepeatAsync(
            async () =>
            {
                var lookup = await people.FindAsync(tenant, user, cancellation);
                return lookup is PersonLookup.Found person ? await change(person, cancellation) : lookup.Refusal();
            },
            cancellation
        );

    /// <summary>Same, for a change that is computed from data that the look-up also reads.</summary>
    public Task<Outcome<T>> BatchAsync<TRead, T>(
        Guid tenant,
        Guid user,
        PersonQuery<TRead> query,
        Func<PersonLookup.Found, TRead, CancellationToken, Task<Outcome<T>>> change,
        CancellationToken cancellation
    ) =>
        database.RepeatAsync(
            async () =>
            {
                var (lookup, read) = await people.FindAsync(tenant, user, query, cancellation);
                return lookup is PersonLookup.Found person ? await change(person, read!, cancellation) : lookup.Refusal();
            },
            cancellation
        );

    private async Task<Outcome<T>> ChangeAsync<T>(
        ChangeTerms terms,
        HatcheckDb db,
        PersonLookup.Found person,
        Func<PersonChange, CancellationToken, Task<Outcome<T>>> change,
        CancellationToken cancellation
    )
    {
        var user = person.User;
        var locked = terms.WithDeleted
            ? await UserRows.LockKeptAsync(db, user, cancellation)
            : await UserRows.LockAsync(db, user, cancellation);
        // Deleted, merged or erased since the look-up: the next look-up shows which.
        if (!locked)
            return new Refusal.Busy();
        if (
            terms.Match is { Match: Precondition.OneOf allowed } changed
            && !allowed.Allows(await UserRows.VersionAsync(db, user, cancellation))
        )
            return changed;
        if (terms.KeyEpoch is { } epoch && !await KeyEpoch.HoldAsync(db, terms.Tenant, epoch, cancellation))
            return new Refusal.Stale();
        using var vault = vaults.In(db, person.Keys);
        var context = new PersonChange(terms, db, vault, person);
        var outcome = await change(context, cancellation);
        if (outcome.Refusal is null && context.IsTouched)
            await UserRows.TouchAsync(db, [user], db.Now, cancellation);
        return outcome;
    }
}
