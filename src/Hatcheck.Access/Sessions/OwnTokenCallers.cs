using Hatcheck.Access.Callers;
using Hatcheck.Access.Staff;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Limits;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// Authenticates users and members by an own access token. Every request reads the caller, the session and the key in one
/// round trip. So a session that ends on one node ends on all with the same commit, and no node relies on a stale copy
/// (docs/adr/0017-own-tokens-and-sessions.md).
/// </summary>
internal sealed class OwnTokenCallers(
    AccessTokens tokens,
    Database database,
    TenantKeys keys,
    BuiltInRoles roles,
    IOptions<OwnSessionOptions> options
) : IBearerCallers
{
    // $1 tenant, $2 user, $3 session, $4 the token's key.
    private const string From =
        "from sessions x join signing_keys k on k.key_id = $4 join tenants t on t.tenant_id = x.tenant_id";
    private const string Where =
        "where x.tenant_id = $1 and x.user_id = $2 and x.session_id = $3 and x.expires_at > {now} and x.kind =";

    private static readonly Columns Shared = new();
    private static readonly Field Name = Shared.Add("t.name");
    private static readonly Field BlindOnly = Shared.Add("t.blind_only");
    private static readonly Field IndexScheme = Shared.Add("t.index_scheme");
    private static readonly Field KeyEpoch = Shared.Add("t.key_epoch");
    private static readonly Field Address = Shared.Add("x.address");
    private static readonly Field Now = Shared.Add("{now}");

    private static readonly Columns OfPerson = new(Shared);
    private static readonly Field Id = OfPerson.Add("s.user_id");

    private static readonly Columns OfMember = new(Shared);
    private static readonly Field MemberId = OfMember.Add("m.member_id");
    private static readonly Field Role = OfMember.Add("mr.role");
    private static readonly Field RolePermissions = OfMember.Add("r.permissions");

    private static readonly string PersonQuery = Statement(
        OfPerson,
        // `case`, not `coalesce`: under row-level security PostgreSQL 15 uses no index for `coalesce` and reads every user
        // of the tenant.
        "join users u on u.tenant_id = x.tenant_id and u.user_id = x.user_id "
            + "join users s on s.tenant_id = u.tenant_id and s.user_id = case when u.merged_into is null then u.user_id else "
            + "u.merged_into end and s.erased_at is null and s.deleted_at is null",
        SessionRow.Person
    );

    private static readonly string MemberQuery = Statement(
        OfMember,
        "join members m on m.tenant_id = x.tenant_id and m.member_id = x.user_id "
            + "left join member_roles mr on mr.tenant_id = m.tenant_id and mr.member_id = m.member_id left join roles r on "
            + "r.tenant_id = mr.tenant_id and r.name = mr.role",
        SessionRow.Member
    );

    public bool Takes(string token) => tokens.Claims(token);

    public async Task<Caller?> FindAsync(string token, HttpContext context)
    {
        if (await tokens.CheckAsync(token, context.RequestAborted) is not { Claims: var claims, KeyId: var keyId } genuine)
            return null;
        // Also for an expired token: it is genuine, not guessed.
        context.Features.Set(NoGuess.Instance);
        var isMember = claims.Kind == SessionRow.Member;
        var rows = await database.QueryAsync(
            claims.Tenant,
            isMember ? MemberQuery : PersonQuery,
            [claims.Tenant, claims.Subject, claims.Session, keyId],
            row => new Found(
                new CallerTenant(
                    claims.Tenant,
                    row.Text(Name),
                    row.Flag(BlindOnly),
                    row.Number(IndexScheme),
                    row.Number(KeyEpoch)
                ),
                row.TextOrNull(Address),
                row.Instant(Now),
                row.Guid(isMember ? MemberId : Id),
                isMember ? row.TextOrNull(Role) : null,
                isMember ? row.TextOrNull(RolePermissions) : null
            ),
            context.RequestAborted
        );
        if (rows.Count == 0 || !genuine.IsGoodAt(rows[0].Now) || !await IsAddressAllowedAsync(claims, rows[0], context))
            return null;
        if (claims.Kind == SessionRow.Person)
            return new Caller.Person(rows[0].Home, roles.OfPersons, rows[0].Id) { Session = claims.Session };
        return new Caller.Member(rows[0].Home, roles.Held(rows.Select(row => (row.Role, row.Permissions))), rows[0].Id)
        {
            Session = claims.Session,
        };
    }

    private async ValueTask<bool> IsAddressAllowedAsync(AccessClaims claims, Found found, HttpContext context)
    {
        var binding = options.Value.BindingOf(claims.Kind);
        if (found.Address is null || binding == AddressBinding.Off)
            return true;
        var set = await keys.GetAsync(claims.Tenant, found.Home.KeyEpoch, context.RequestAborted);
        return BoundAddress.Allows(set, claims.Session, binding, found.Address, context.Connection.RemoteIpAddress);
    }

    private static string Statement(Columns columns, string joins, string kind) =>
        $"select {columns} {From} {joins} {Where} '{kind}'";

    private sealed record Found(
        CallerTenant Home,
        string? Address,
        DateTimeOffset Now,
        Guid Id,
        string? Role,
        string? Permissions
    );
}
