using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Access;

/// <summary>An API key as the operator sees it; the key itself is shown once, when it is made.</summary>
internal sealed record ApiKeyView(
    Guid Id, string Name, string Hint, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt);

/// <summary>Makes, lists and revokes a tenant's API keys.</summary>
internal sealed class ApiKeys(Database database, TimeProvider time)
{
    /// <summary>Two live keys of one name: the old and the new of a rotation.</summary>
    private const int LiveKeysPerName = 2;

    /// <summary>Makes a key. Its text is in the answer and nowhere else.</summary>
    /// <exception cref="OperatorException">A scope is unknown, the life is not positive, or two live keys have this name already.</exception>
    public async Task<(string Key, ApiKeyView View)> AddAsync(
        Guid tenant, string name, IReadOnlyList<string> scopes, TimeSpan? life, bool demo, CancellationToken cancellation)
    {
        if (!BoundedText.IsCode(name)) throw new OperatorException("A key's name is 1 to 64 of a-z 0-9 . _ -");
        var unknown = scopes.Except(Scopes.All, StringComparer.Ordinal).ToList();
        if (unknown.Count > 0 || scopes.Count == 0) throw new OperatorException($"Scopes are one or more of {string.Join(' ', Scopes.All)}.");
        if (life <= TimeSpan.Zero) throw new OperatorException("A key's life is longer than zero.");
        var text = ApiKeyText.Create(tenant, demo);
        var row = new ApiKeyRow
        {
            TenantId = tenant,
            KeyId = Guid.NewGuid(),
            Name = name,
            Hash = ApiKeyText.Hash(text),
            Hint = text[^4..],
            Scopes = string.Join(' ', Scopes.All.Where(scopes.Contains)),
            CreatedAt = time.Now(),
            ExpiresAt = life is { } span ? Instants.Truncate(time.GetUtcNow() + span) : null,
        };
        await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                // The tenant's row serialises two operators who add at once.
                await db.Database.ExecuteSqlAsync($"update tenants set key_epoch = key_epoch where tenant_id = {tenant}", stop);
                var now = time.Now();
                var live = await db.Set<ApiKeyRow>().CountAsync(key => key.Name == name && key.RevokedAt == null && (key.ExpiresAt == null || key.ExpiresAt > now), stop);
                if (live >= LiveKeysPerName)
                    throw new OperatorException($"Two live keys are named {name} already. Revoke the older one first: `hatcheck apikeys list`, `hatcheck apikeys revoke`.");
                db.Add(row);
                return true;
            },
            cancellation);
        return (text, View(row));
    }

    /// <summary>The tenant's keys, oldest first.</summary>
    public Task<List<ApiKeyView>> ListAsync(Guid tenant, CancellationToken cancellation) => database.ReadAsync(
        tenant,
        async (db, stop) =>
        {
            var rows = await db.Set<ApiKeyRow>().AsNoTracking().OrderBy(key => key.CreatedAt).ToListAsync(stop);
            return rows.ConvertAll(View);
        },
        cancellation);

    /// <summary>Ends a key at once on every node. False if the tenant has no such key; a key revoked before stays revoked since then.</summary>
    public async Task<bool> RevokeAsync(Guid tenant, Guid key, CancellationToken cancellation)
    {
        var changed = await database.ExecuteAsync(
            tenant,
            [("update api_keys set revoked_at = coalesce(revoked_at, $3) where tenant_id = $1 and key_id = $2", [tenant, key, time.Now()])],
            cancellation);
        return changed[0] > 0;
    }

    private static ApiKeyView View(ApiKeyRow row) =>
        new(row.KeyId, row.Name, row.Hint, row.Scopes.Split(' '), row.CreatedAt, row.ExpiresAt, row.RevokedAt, row.LastUsedAt);
}
