using Hatcheck.Access.Staff;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Access;

/// <summary>An API key without its text, which is shown once, at creation.</summary>
internal sealed record ApiKeyView(
    Guid Id,
    string Name,
    string Hint,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>A key that was just created, with its text.</summary>
internal sealed record CreatedApiKey(string Key, ApiKeyView View)
{
    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(CreatedApiKey)} {{ Key = ***, Id = {View.Id} }}";
}

/// <summary>Creates, lists and revokes a tenant's API keys.</summary>
internal sealed class ApiKeys(Database database, StaffChanges changes, BuiltInRoles roles)
{
    /// <summary>Two live keys may share a name: the old and the new of a rotation.</summary>
    private const int LiveKeysPerName = 2;

    /// <summary>The most live keys of a tenant.</summary>
    private const int LiveKeys = 200;

    private const string PageQuery =
        "select key_id, name, hint, scopes, created_at, expires_at, revoked_at, last_used_at from api_keys "
        + "where tenant_id = $1 and key_id > $2 order by key_id limit $3";

    /// <summary>The permissions that a key can have.</summary>
    public KnownPermissions Known => roles.Known;

    /// <summary>Creates a key. Its text is only in the answer.</summary>
    /// <exception cref="OperatorException">The name, a scope or the lifetime is invalid.</exception>
    public async Task<Outcome<CreatedApiKey>> AddAsync(
        Grantor by,
        string name,
        IReadOnlyList<string> scopes,
        TimeSpan? life,
        bool demo,
        CancellationToken cancellation
    )
    {
        if (!BoundedText.IsCode(name))
            throw new OperatorException("A key's name is 1 to 64 of a-z 0-9 . _ -");
        if (scopes.Count == 0 || scopes.Except(Known.Names, StringComparer.Ordinal).Any())
            throw new OperatorException($"Scopes are one or more of {string.Join(' ', Known.Names)}.");
        if (life <= TimeSpan.Zero)
            throw new OperatorException("A key's lifetime is longer than zero.");
        var text = ApiKeyText.Create(by.Tenant, demo);
        return await changes.RunAsync<CreatedApiKey>(
            by,
            async (change, stop) =>
            {
                if (change.RefuseBeyond([.. scopes, AccessPermissions.ApiKeysWrite]) is { } refusal)
                    return refusal;
                var (db, now) = (change.Db, change.Db.Now);
                var live = db.Set<ApiKeyRow>()
                    .Where(key => key.RevokedAt == null && (key.ExpiresAt == null || key.ExpiresAt > now));
                if (await live.CountAsync(key => key.Name == name, stop) >= LiveKeysPerName)
                {
                    return new AccessRefusal.TooMany(
                        $"Two live keys are named {name} already. Revoke the older one first: "
                            + "`hatcheck apikeys list`, `hatcheck apikeys revoke`."
                    );
                }

                if (await live.CountAsync(stop) >= LiveKeys)
                    return new AccessRefusal.TooMany($"A tenant has at most {LiveKeys} live keys. Revoke some first.");
                var row = new ApiKeyRow
                {
                    TenantId = by.Tenant,
                    KeyId = Guid.NewGuid(),
                    Name = name,
                    Hash = ApiKeyText.Hash(text),
                    Hint = text[^4..],
                    Scopes = string.Join(' ', Known.Names.Where(scopes.Contains)),
                    CreatedAt = now,
                    ExpiresAt = life is { } span ? Instants.Truncate(now + span) : null,
                };
                db.Add(row);
                change.Record(AccessActs.ApiKeyAdd, Subject.Of("key", row.KeyId).And(View(row).Scopes));
                return new CreatedApiKey(text, View(row));
            },
            cancellation
        );
    }

    /// <summary>The tenant's keys, oldest first.</summary>
    public Task<List<ApiKeyView>> ListAsync(Guid tenant, CancellationToken cancellation) =>
        database.ReadAsync(
            tenant,
            async (db, stop) =>
            {
                var rows = await db.Set<ApiKeyRow>().AsNoTracking().OrderBy(key => key.CreatedAt).ToListAsync(stop);
                return rows.ConvertAll(View);
            },
            cancellation
        );

    /// <summary>At most <paramref name="limit"/> keys after the given one, by id.</summary>
    public Task<List<ApiKeyView>> PageAsync(Guid tenant, Guid after, int limit, CancellationToken cancellation) =>
        database.QueryAsync(
            tenant,
            PageQuery,
            [tenant, after, limit],
            row => new ApiKeyView(
                row.Guid("key_id"),
                row.Text("name"),
                row.Text("hint"),
                row.Text("scopes").Split(' '),
                row.Instant("created_at"),
                row.InstantOrNull("expires_at"),
                row.InstantOrNull("revoked_at"),
                row.InstantOrNull("last_used_at")
            ),
            cancellation
        );

    /// <summary>
    /// Revokes a key at once, on every node; a key that is already revoked keeps its time. A caller with the permission
    /// may revoke any key: revoking grants nothing.
    /// </summary>
    public Task<Outcome<Guid>> RevokeAsync(Grantor by, Guid key, CancellationToken cancellation) =>
        database.WriteAsync<Outcome<Guid>>(
            by.Tenant,
            async (db, stop) =>
            {
                var now = db.Now;
                var row = await db.Set<ApiKeyRow>().FirstOrDefaultAsync(candidate => candidate.KeyId == key, stop);
                if (row is null)
                    return new AccessRefusal.NoSuchKey();
                if (row.RevokedAt is not null)
                    return key;
                row.RevokedAt = now;
                AuditTrail.Add(db, AccessActs.ApiKeyRevoke, by.Actor, subject: Subject.Of("key", key));
                return key;
            },
            cancellation
        );

    private static ApiKeyView View(ApiKeyRow row) =>
        new(row.KeyId, row.Name, row.Hint, row.Scopes.Split(' '), row.CreatedAt, row.ExpiresAt, row.RevokedAt, row.LastUsedAt);
}
