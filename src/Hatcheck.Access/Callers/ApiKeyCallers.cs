using System.Net;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Access.Callers;

/// <summary>
/// Authenticates services by API key. Every request reads the key from the database, so that a revocation takes effect at
/// once on every node. The same read returns the tenant and its key epoch.
/// </summary>
internal sealed class ApiKeyCallers(Database database, KnownPermissions known, ApiKeyUse use, DemoKeys demoKeys) : IBearerCallers
{
    private static readonly Columns Key = new();
    private static readonly Field Id = Key.Add("k.key_id");
    private static readonly Field Scopes = Key.Add("k.scopes");
    private static readonly Field ExpiresAt = Key.Add("k.expires_at");
    private static readonly Field RevokedAt = Key.Add("k.revoked_at");
    private static readonly Field Name = Key.Add("t.name");
    private static readonly Field BlindOnly = Key.Add("t.blind_only");
    private static readonly Field IndexScheme = Key.Add("t.index_scheme");
    private static readonly Field KeyEpoch = Key.Add("t.key_epoch");
    private static readonly Field Now = Key.Add("{now}");

    private static readonly string Query =
        $"select {Key} from api_keys k join tenants t on t.tenant_id = k.tenant_id where k.tenant_id = $1 and k.hash = $2";

    public bool Takes(string token) => token.StartsWith("hck_", StringComparison.Ordinal);

    public async Task<Caller?> FindAsync(string token, HttpContext context)
    {
        if (!ApiKeyText.TryParse(token, out var tenant, out var hash, out var demo))
            return Refuse(
                context,
                "The API key is incomplete: its checksum does not match. Copy it again, from hck_ to its end."
            );
        if (demo && !DemoAllowed(context))
            return Refuse(context, "A demo key does not work here: `hatcheck apikeys add` creates a key for this server.");
        var found = await database.QueryAsync(
            tenant,
            Query,
            [tenant, hash],
            row => Read(tenant, row),
            ReadsAhead.Begin(context, tenant),
            context.RequestAborted
        );
        // The key does not show which installation created it; only that no demo of this one did.
        if (found is not [{ } caller])
            return demo
                ? Refuse(
                    context,
                    "A demo key works only for the demo that printed it, until that ends: `hatcheck apikeys add` "
                        + "creates a key for this server."
                )
                : null;
        use.Note(caller.Tenant, caller.Key);
        return caller;
    }

    // Answered without a query: the checksum and the word demo are in the key itself.
    private static Caller? Refuse(HttpContext context, string detail)
    {
        context.Features.Set(Problems.Unauthenticated(detail));
        return null;
    }

    // The settings may be overridden, so also check that this request arrived on a loopback address.
    private bool DemoAllowed(HttpContext context) =>
        demoKeys.Allowed && context.Connection.LocalIpAddress is { } address && IPAddress.IsLoopback(address);

    private Caller.ServiceKey? Read(Guid tenant, Row row)
    {
        if (!row.IsNull(RevokedAt) || row.InstantOrNull(ExpiresAt) <= row.Instant(Now))
            return null;
        var permissions = known.Held(row.Text(Scopes).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return new Caller.ServiceKey(
            new CallerTenant(tenant, row.Text(Name), row.Flag(BlindOnly), row.Number(IndexScheme), row.Number(KeyEpoch)),
            permissions,
            row.Guid(Id)
        );
    }
}

/// <summary>
/// Whether keys that begin with <c>hck_demo_</c> are accepted: only if the server listens on loopback addresses alone.
/// </summary>
internal sealed record DemoKeys(bool Allowed);
