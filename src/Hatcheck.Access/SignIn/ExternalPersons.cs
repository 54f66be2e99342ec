using Hatcheck.Access.Staff;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Access.SignIn;

/// <summary>
/// Finds the user behind a proved identity: an issuer's subject or a messenger's id. Both are stored as identities (blind
/// index and sealed value), so merging, unlinking, export and erasure cover them. A known user costs one round trip.
/// </summary>
internal sealed class ExternalPersons(Database database, TenantKeys keys, BuiltInRoles roles, Resolver resolver)
{
    private const Caller.Person? NoUser = null;

    private const string Query =
        "select t.name, t.blind_only, t.index_scheme, t.key_epoch, u.user_id from tenants t "
        + "left join identities i on i.tenant_id = t.tenant_id and i.channel = $2 and i.index_value = $3 "
        + "left join users u on u.tenant_id = i.tenant_id and u.user_id = i.user_id and u.erased_at is null "
        + "and u.deleted_at is null where t.tenant_id = $1";

    /// <summary>
    /// Returns the user behind a proved identity; null if there is none, or the user was deleted.
    /// </summary>
    /// <param name="tenant">The tenant that the identity belongs to.</param>
    /// <param name="channel">The issuer's or messenger's channel.</param>
    /// <param name="subject">The proved id on the channel.</param>
    /// <param name="createUsers">Whether an unknown identity becomes a new user.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="StorageBusyException">The tenant's keys changed during every attempt.</exception>
    public async Task<Caller.Person?> FindAsync(
        Guid tenant,
        IChannel channel,
        string subject,
        bool createUsers,
        CancellationToken cancellation
    )
    {
        if (await keys.KnownAsync(tenant, cancellation) is not { } set)
            return null;
        var found = await database.RepeatAsync<Caller.Person?>(
            async () =>
            {
                // Scheme 0 hashes only bare Telegram ids.
                if (set.Index[0].Scheme == BlindIndexKey.PlainScheme && channel is not TelegramChannel)
                    return NoUser;
                var (home, user) = await FindAsync(tenant, set, channel, subject, cancellation);
                if (home is null)
                    return NoUser;
                if (user is { } known)
                    return new Caller.Person(home, roles.OfPersons, known);
                if (home.KeyEpoch == set.Epoch)
                {
                    if (!createUsers)
                        return NoUser;
                    var name = IdentityName.Of(set, channel, subject, home.BlindOnly);
                    var resolved = await resolver.ResolveAsync(tenant, set.Epoch, name, cancellation);
                    if (resolved is Outcome<ResolvedUser>.Done(var created))
                        return new Caller.Person(home, roles.OfPersons, created.Id);
                    // Deleted but not yet erased: signing in neither restores this user nor creates another.
                    if (resolved.Refusal is Refusal.Gone)
                        return NoUser;
                    if (resolved.Refusal is Refusal.Busy)
                        throw new StorageBusyException();
                }

                // The tenant's keys changed after this node read them. Reads them again before it treats the identity as unknown.
                set = await keys.GetAsync(tenant, home.KeyEpoch, cancellation);
                return new Refusal.Busy();
            },
            cancellation
        );
        return found is Outcome<Caller.Person?>.Done(var person) ? person : throw new StorageBusyException();
    }

    private async Task<(CallerTenant? Home, Guid? User)> FindAsync(
        Guid tenant,
        TenantKeySet set,
        IChannel channel,
        string subject,
        CancellationToken cancellation
    )
    {
        var (home, user) = await QueryAsync(
            tenant,
            channel,
            set.Index[0].Compute(channel.Name, channel.Kind, subject),
            cancellation
        );
        if (home is null || user is not null || set.Index.Count + set.Links.Count == 1)
            return (home, user);
        // After a rotation, an identity that is not yet rehashed is stored under an older key version, and a nested one under
        // all of them.
        foreach (var (value, _) in IdentityName.Of(set, channel, subject, home.BlindOnly).Values)
        {
            (home, user) = await QueryAsync(tenant, channel, value, cancellation);
            if (home is null || user is not null)
                return (home, user);
        }

        return (home, null);
    }

    private async Task<(CallerTenant? Home, Guid? User)> QueryAsync(
        Guid tenant,
        IChannel channel,
        string indexValue,
        CancellationToken cancellation
    )
    {
        var rows = await database.QueryAsync(
            tenant,
            Query,
            [tenant, channel.Name, indexValue],
            row => (Home: CallerTenant.Read(tenant, row), User: row.GuidOrNull("user_id")),
            cancellation
        );
        if (rows.Count == 0)
            return (null, null);
        return rows[0];
    }
}
