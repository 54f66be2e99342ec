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
/// Finds the user of who has proved an identity: an issuer's subject, which stands among the identities as a messenger's id
/// does (by blind index, sealed, so that merging, unlinking, export and erasure reach it too), or that id itself. One round
/// trip for who is known.
/// </summary>
internal sealed class ExternalPersons(Database database, TenantKeys keys, BuiltInRoles roles, Resolver resolver)
{
    private const Caller.Person? Nobody = null;

    private const string Query =
        "select t.name, t.blind_only, t.index_scheme, t.key_epoch, u.user_id from tenants t "
        + "left join identities i on i.tenant_id = t.tenant_id and i.channel = $2 and i.index_value = $3 "
        + "left join users u on u.tenant_id = i.tenant_id and u.user_id = i.user_id and u.erased_at is null "
        + "and u.deleted_at is null where t.tenant_id = $1";

    /// <summary>
    /// The person behind a proved identity, made if absent where the settings say so; null if there is none, or they were
    /// deleted.
    /// </summary>
    /// <exception cref="StorageBusyException">The tenant's keys changed again and again.</exception>
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
                // Scheme 0 hashes bare Telegram ids and nothing else.
                if (set.Index[0].Scheme == BlindIndexKey.PlainScheme && channel is not TelegramChannel)
                    return Nobody;
                var (home, user) = await FindAsync(tenant, set, channel, subject, cancellation);
                if (home is null)
                    return Nobody;
                if (user is { } known)
                    return new Caller.Person(home, roles.OfPersons, known);
                if (home.KeyEpoch == set.Epoch)
                {
                    if (!createUsers)
                        return Nobody;
                    var name = IdentityName.Of(set, channel, subject, home.BlindOnly);
                    var resolved = await resolver.ResolveAsync(tenant, set.Epoch, name, cancellation);
                    if (resolved is Outcome<ResolvedUser>.Done(var made))
                        return new Caller.Person(home, roles.OfPersons, made.Id);
                    // Deleted, and not yet erased: signing in brings no one back, and makes no one anew.
                    if (resolved.Refusal is Refusal.Gone)
                        return Nobody;
                    if (resolved.Refusal is Refusal.Busy)
                        throw new StorageBusyException();
                }

                // The tenant's keys have changed since this node read them: no one is a stranger before it has read them again.
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
        // After a rotation: who has not been rehashed yet stands under an older version, and who is nested under all of them.
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
