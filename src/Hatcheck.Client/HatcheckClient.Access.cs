using System.Globalization;
using Hatcheck.Contracts;

namespace Hatcheck.Client;

/// <summary>
/// The caller, roles, members and API keys. Calls that add something are never repeated: they would add it twice.
/// </summary>
public sealed partial class HatcheckClient
{
    /// <summary>The caller as the server sees it, and its permissions. Any scope.</summary>
    public Task<CallerResponse> GetCallerAsync(CancellationToken cancellation = default) =>
        transport.SendAsync(Call.Get("me"), HatcheckJson.Default.CallerResponse, cancellation);

    /// <summary>Every role of the tenant, the built-in ones first. Scope <c>roles:read</c>.</summary>
    public Task<RoleList> ListRolesAsync(CancellationToken cancellation = default) =>
        transport.SendAsync(Call.Get("roles"), HatcheckJson.Default.RoleList, cancellation);

    /// <summary>A role and its permissions. Scope <c>roles:read</c>.</summary>
    public Task<RoleResponse> GetRoleAsync(string role, CancellationToken cancellation = default) =>
        transport.SendAsync(Call.Get(RolePath(role)), HatcheckJson.Default.RoleResponse, cancellation);

    /// <summary>Adds a role of the tenant's own. Scope <c>roles:write</c>.</summary>
    /// <exception cref="HatcheckException">
    /// <see cref="ProblemCodes.RoleExists"/>, or <see cref="ProblemCodes.NotHeld"/>: the role would grant more than the caller
    /// holds.
    /// </exception>
    public Task<RoleResponse> AddRoleAsync(RoleRequest role, CancellationToken cancellation = default) =>
        transport.SendAsync(
            Call.Post("roles", role, HatcheckJson.Default.RoleRequest),
            HatcheckJson.Default.RoleResponse,
            cancellation
        );

    /// <summary>Replaces a role's permissions, at once, for all its members. Scope <c>roles:write</c>.</summary>
    public Task<RoleResponse> ChangeRoleAsync(string role, RoleChangeRequest change, CancellationToken cancellation = default) =>
        transport.SendAsync(
            Call.Send(HttpMethod.Put, RolePath(role), change, HatcheckJson.Default.RoleChangeRequest) with
            {
                Repeatable = true,
            },
            HatcheckJson.Default.RoleResponse,
            cancellation
        );

    /// <summary>Removes a role without members. Scope <c>roles:write</c>.</summary>
    public Task RemoveRoleAsync(string role, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Delete, RolePath(role)) { Repeatable = true, DoneBefore = ProblemCodes.RoleNotFound },
            cancellation
        );

    /// <summary>A page of the tenant's members, by id. Scope <c>members:read</c>.</summary>
    /// <param name="limit">Members per page, 1 to 200; absent: the server's default.</param>
    /// <param name="cursor">From <see cref="MemberPage.NextCursor"/>; absent: the first page.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<MemberPage> ListMembersAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellation = default
    ) => transport.SendAsync(Call.Get($"members{PageQuery(limit, cursor)}"), HatcheckJson.Default.MemberPage, cancellation);

    /// <summary>A member. Scope <c>members:read</c>.</summary>
    public Task<MemberResponse> GetMemberAsync(Guid member, CancellationToken cancellation = default) =>
        transport.SendAsync(Call.Get($"members/{member}"), HatcheckJson.Default.MemberResponse, cancellation);

    /// <summary>Adds a member, who signs in with an issuer's token. Scope <c>members:write</c>.</summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.MemberExists"/>, or
    /// <see cref="ProblemCodes.NotHeld"/>.</exception>
    public Task<MemberResponse> AddMemberAsync(MemberRequest member, CancellationToken cancellation = default) =>
        transport.SendAsync(
            Call.Post("members", member, HatcheckJson.Default.MemberRequest),
            HatcheckJson.Default.MemberResponse,
            cancellation
        );

    /// <summary>Replaces a member's name, e-mail address and roles. Scope <c>members:write</c>.</summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.LastOwner"/>: a tenant keeps its last owner.</exception>
    public Task<MemberResponse> ChangeMemberAsync(
        Guid member,
        MemberChangeRequest change,
        CancellationToken cancellation = default
    ) =>
        transport.SendAsync(
            Call.Send(HttpMethod.Put, $"members/{member}", change, HatcheckJson.Default.MemberChangeRequest) with
            {
                Repeatable = true,
            },
            HatcheckJson.Default.MemberResponse,
            cancellation
        );

    /// <summary>Removes a member and destroys their personal data. Scope <c>members:write</c>.</summary>
    public Task RemoveMemberAsync(Guid member, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Delete, $"members/{member}") { Repeatable = true, DoneBefore = ProblemCodes.MemberNotFound },
            cancellation
        );

    /// <summary>A page of the tenant's API keys, without the keys, by id. Scope <c>apikeys:read</c>.</summary>
    /// <param name="limit">Keys per page, 1 to 200; absent: the server's default.</param>
    /// <param name="cursor">From <see cref="ApiKeyPage.NextCursor"/>; absent: the first page.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<ApiKeyPage> ListApiKeysAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellation = default
    ) => transport.SendAsync(Call.Get($"api-keys{PageQuery(limit, cursor)}"), HatcheckJson.Default.ApiKeyPage, cancellation);

    /// <summary>Creates an API key; only this answer holds it. Scope <c>apikeys:write</c>.</summary>
    public Task<NewApiKeyResponse> AddApiKeyAsync(ApiKeyRequest key, CancellationToken cancellation = default) =>
        transport.SendAsync(
            Call.Post("api-keys", key, HatcheckJson.Default.ApiKeyRequest),
            HatcheckJson.Default.NewApiKeyResponse,
            cancellation
        );

    /// <summary>Ends an API key at once, on every node. Scope <c>apikeys:write</c>.</summary>
    public Task RevokeApiKeyAsync(Guid key, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Delete, $"api-keys/{key}") { Repeatable = true, DoneBefore = ProblemCodes.ApiKeyNotFound },
            cancellation
        );

    private static string RolePath(string role) => $"roles/{Uri.EscapeDataString(role)}";

    private static string PageQuery(int? limit, string? cursor)
    {
        var parts = new List<string>(2);
        if (limit is { } most)
            parts.Add($"limit={most.ToString(CultureInfo.InvariantCulture)}");
        if (cursor is not null)
            parts.Add($"cursor={Uri.EscapeDataString(cursor)}");
        return parts.Count == 0 ? "" : $"?{string.Join('&', parts)}";
    }
}
