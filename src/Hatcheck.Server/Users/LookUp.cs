using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;

namespace Hatcheck.Server.Users;

/// <summary>Finds the person behind a messenger identity, and leaves no trace of having asked: who is not known stays unknown.</summary>
internal sealed class LookUp(Database database)
{
    // An identity always names a living, unmerged user: a merge re-points it and an erasure deletes it, each in the transaction that does so.
    private const string FindQuery =
        "select u.user_id, u.created_at, i.identity_id, i.channel, i.kind, i.sealed_id is null, i.linked_at from identities f "
        + "join users u on u.tenant_id = f.tenant_id and u.user_id = f.user_id "
        + "join identities i on i.tenant_id = f.tenant_id and i.user_id = f.user_id "
        + "where f.tenant_id = $1 and f.channel = $2 and f.index_value = $3";

    /// <summary>The user of an identity; null if there is none. One round trip for each live version of the index key: outside a rotation, one.</summary>
    public async Task<UserResponse?> FindAsync(Guid tenant, IdentityName name, CancellationToken cancellation)
    {
        foreach (var (value, _) in name.Values)
        {
            if (await FindAsync(tenant, name.Channel.Name, value, cancellation) is { } user) return user;
        }

        return null;
    }

    /// <summary>
    /// The index values that a hash without a version may stand for: itself, and for a blind-only tenant, whose bots go on with the key they
    /// have, what it nests to from each older version. Before a first rotation that is one.
    /// </summary>
    public static IEnumerable<string> Readings(string hash, bool blindOnly, TenantKeySet keys)
    {
        yield return hash;
        for (var version = keys.Index[0].Version - 1; blindOnly && version >= 1; version--)
        {
            if (keys.Nest(hash, version) is not [var newest, ..]) yield break;
            yield return newest.Value;
        }
    }

    /// <summary>The user of an index value; null if there is none. One round trip.</summary>
    public async Task<UserResponse?> FindAsync(Guid tenant, string channel, string indexValue, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(
            tenant,
            FindQuery,
            [tenant, channel, indexValue],
            row => (User: row.Guid(0), Made: row.Instant(1), Identity: new IdentityResponse(row.Guid(2), row.Text(3), row.Text(4), row.Flag(5), row.Instant(6))),
            cancellation);
        return rows.Count == 0 ? null : new UserResponse(rows[0].User, rows[0].Made, MergedInto: null, Linking.Shown(rows.Select(row => row.Identity)));
    }
}
