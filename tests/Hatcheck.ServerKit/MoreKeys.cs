using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Hatcheck.ServerKit;

/// <summary>
/// Adds another key for every user, member and tenant after each request that may have changed something, before its
/// answer: one per purpose that they have a key for, up to four. So the next request seals with a newer key than the last,
/// as during a key rotation.
/// </summary>
internal sealed class MoreKeys(IKeyEncryptionKey kek, Database database) : IStartupFilter
{
    private const int Most = 4;

    private const string Newest =
        "select k.tenant_id, k.user_id, k.purpose, k.version, k.wrapped from user_keys k where k.version < $1 "
        + "and not exists (select 1 from user_keys n where n.tenant_id = k.tenant_id and n.user_id = k.user_id "
        + "and n.purpose = k.purpose and n.version > k.version)";

    // A concurrent erasure or removal either completes before, or deletes this key too.
    private const string Insert =
        "insert into user_keys (tenant_id, user_id, purpose, version, kek_id, wrapped, created_at) "
        + "select $1, $2, $3, $4, $5, $6, {now} ";

    private const string ForUser =
        Insert + "from users where tenant_id = $1 and user_id = $2 and erased_at is null {for share} on conflict do nothing";

    private const string ForMember =
        Insert + "from members where tenant_id = $1 and member_id = $2 {for share} on conflict do nothing";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.Use(
                async (context, rest) =>
                {
                    if (!HttpMethods.IsGet(context.Request.Method))
                        context.Response.OnStarting(GiveAsync);
                    await rest(context);
                }
            );
            next(app);
        };

    private const string ForTenant = Insert + "from tenants where tenant_id = $1 on conflict do nothing";

    private async Task GiveAsync()
    {
        var keys = await database.AcrossTenantsAsync(
            Newest,
            [Most],
            row =>
                (
                    Tenant: row.Guid("tenant_id"),
                    Id: row.Guid("user_id"),
                    Purpose: row.Text("purpose"),
                    Version: row.Number("version"),
                    Wrapped: row.Bytes("wrapped")
                ),
            CancellationToken.None
        );
        foreach (var (tenant, id, purpose, version, wrapped) in keys)
        {
            if (!await OpensAsync(wrapped, new WrapContext(tenant, id, purpose, version)))
                continue;
            using var fresh = SecretBytes.Random(DataKey.Length);
            var bytes = await kek.WrapAsync(fresh, new WrapContext(tenant, id, purpose, version + 1), CancellationToken.None);
            var statement = purpose switch
            {
                KeyOwner.MemberPurpose => ForMember,
                KeyOwner.TenantPurpose => ForTenant,
                _ => ForUser,
            };
            await database.ExecuteAsync(
                tenant,
                [(statement, [tenant, id, purpose, version + 1, kek.Id, bytes])],
                CancellationToken.None
            );
        }
    }

    // No new key after one that a test has corrupted.
    private async Task<bool> OpensAsync(byte[] wrapped, WrapContext context)
    {
        try
        {
            using var key = await kek.UnwrapAsync(wrapped, context, CancellationToken.None);
            return true;
        }
        catch (CannotOpenException)
        {
            return false;
        }
    }
}

/// <summary>SQLite, with keys rotated all the time: see <see cref="MoreKeys"/>.</summary>
public sealed class OnSqliteWithMoreKeys : OnSqlite
{
    public override bool HasMoreKeys => true;
}

/// <summary>PostgreSQL, with keys rotated all the time: see <see cref="MoreKeys"/>.</summary>
public sealed class OnPostgresWithMoreKeys : OnPostgres
{
    public override bool HasMoreKeys => true;
}
