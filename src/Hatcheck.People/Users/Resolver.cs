using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Users;

/// <summary>
/// Resolves a messenger identity to its one user. The unique index on the blind index decides between concurrent callers,
/// on any number of nodes; the loser reads what the winner wrote.
/// </summary>
internal sealed class Resolver(Database database, TenantKeys tenantKeys, PersonVaults vaults, TimeProvider time)
{
    private const string FindQuery =
        "select i.user_id, u.deleted_at from identities i left join users u on u.tenant_id = i.tenant_id "
        + "and u.user_id = i.user_id "
        + "where i.tenant_id = $1 and i.channel = $2 and i.index_value = $3";

    // An insert with an outdated key set would leave an identity that later look-ups miss, so nothing is inserted then.
    private const string InsertUser =
        "insert into users (tenant_id, user_id, created_at) select $1, $2, $3 from tenants where tenant_id = $1 "
        + "and key_epoch = $4 {for share}";

    private const string InsertKey =
        "insert into user_keys (tenant_id, user_id, purpose, version, kek_id, wrapped, created_at) "
        + "select $1, $2, $3, $4, $5, $6, $7 "
        + "from users where tenant_id = $1 and user_id = $2";

    private const string InsertIdentity =
        "insert into identities (tenant_id, channel, index_value, key_version, kind, identity_id, user_id, sealed_under, "
        + "sealed_id, linked_at) "
        + "select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 from users where tenant_id = $1 and user_id = $7";

    private const string IfMade = "and exists (select 1 from users where tenant_id = $1 and user_id = $2)";

    /// <summary>Finds the user of an identity; null if absent. One round trip.</summary>
    public async Task<(Guid User, bool Deleted)?> FindAsync(
        Guid tenant,
        string channel,
        string indexValue,
        CancellationToken cancellation
    )
    {
        var rows = await database.QueryAsync(
            tenant,
            FindQuery,
            [tenant, channel, indexValue],
            row => (row.Guid("user_id"), !row.IsNull("deleted_at")),
            cancellation
        );
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Returns the user of an identity, created if absent.</summary>
    public async Task<Outcome<ResolvedUser>> ResolveAsync(Caller caller, IdentityRequest request, CancellationToken cancellation)
    {
        var name = await IdentityName.ReadAsync(request, caller, tenantKeys, cancellation);
        return await name.ThenAsync(read => ResolveAsync(caller.Tenant, caller.KeyEpoch, read, cancellation));
    }

    /// <summary>
    /// Same, for a name that was already read, at the given key epoch. A user who is deleted and not yet erased is
    /// refused: no one is restored or created again implicitly.
    /// </summary>
    public Task<Outcome<ResolvedUser>> ResolveAsync(Guid tenant, int epoch, IdentityName name, CancellationToken cancellation) =>
        // If another request created the user meanwhile, or erases it, the next attempt looks again.
        database.RepeatAsync<ResolvedUser>(
            async () =>
            {
                // Newest first; an older live version finds users who are not rehashed yet.
                foreach (var (value, _) in name.Values)
                {
                    if (await FindAsync(tenant, name.Channel.Name, value, cancellation) is not { } found)
                        continue;
                    if (found.Deleted)
                        return new Refusal.Gone(IsDeleted: true, found.User);
                    return new ResolvedUser(found.User, Created: false);
                }

                return await CreateAsync(tenant, epoch, name, cancellation);
            },
            cancellation
        );

    private async Task<Outcome<ResolvedUser>> CreateAsync(
        Guid tenant,
        int epoch,
        IdentityName name,
        CancellationToken cancellation
    )
    {
        var user = Guid.NewGuid();
        var now = time.Now();
        using var vault = vaults.Open(tenant);
        var key = await vault.CreateAsync(KeyOwner.User(user), cancellation);
        var statements = new List<(string Sql, object?[] Parameters)>
        {
            (InsertUser, [tenant, user, now, epoch]),
            (InsertKey, [tenant, user, key.Purpose, key.Version, key.KekId, key.Wrapped, key.CreatedAt]),
        };
        foreach (var row in await name.RowsAsync(vault, user, now, cancellation))
        {
            object?[] identity =
            [
                row.TenantId,
                row.Channel,
                row.IndexValue,
                row.KeyVersion,
                row.Kind,
                row.IdentityId,
                row.UserId,
                row.SealedUnder,
                row.SealedId,
                row.LinkedAt,
            ];
            statements.Add((InsertIdentity, identity));
        }

        statements.Add(OutboxEvents.Statement(tenant, UserEvents.Created, user, now, IfMade));
        var changed = await database.ExecuteAsync(tenant, statements, cancellation);
        if (changed[^1] > 0)
            database.Follow(tenant);
        return changed[0] == 1 ? new ResolvedUser(user, Created: true) : new Refusal.Stale();
    }
}
