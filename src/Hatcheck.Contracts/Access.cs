using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Contracts;

/// <summary>The authenticated caller. Answer of <c>GET /me</c>.</summary>
/// <param name="Kind"><c>service_key</c>, <c>member</c> or <c>person</c>.</param>
/// <param name="Id">The key's, the member's or the user's id.</param>
/// <param name="TenantId">The tenant whose data the caller reaches.</param>
/// <param name="Permissions">What the caller may do; a <c>person</c> only with their own user.</param>
public sealed record CallerResponse(
    [property: AllowedValues("service_key", "member", "person")] string Kind,
    Guid Id,
    Guid TenantId,
    IReadOnlyList<string> Permissions
);

/// <summary>A role of the tenant's own. Body of <c>POST /roles</c>.</summary>
/// <param name="Name">1 to 64 of <c>a-z 0-9 . _ -</c>; not a built-in role's.</param>
/// <param name="Permissions">One or more; only what the caller holds.</param>
[Request("""{ "name": "desk-lead", "permissions": ["users:read", "usage:read"] }""")]
public sealed record RoleRequest(
    [property: Required, Code] string? Name,
    [property: Required, MinLength(1)] IReadOnlyList<string>? Permissions
);

/// <summary>Body of <c>PUT /roles/{role}</c>.</summary>
/// <param name="Permissions">All permissions of the role from now on; only what the caller holds.</param>
[Request("""{ "permissions": ["users:read"] }""")]
public sealed record RoleChangeRequest([property: Required, MinLength(1)] IReadOnlyList<string>? Permissions);

/// <summary>A named set of permissions.</summary>
/// <param name="Name">Members receive the role by this name.</param>
/// <param name="Permissions">What the role grants.</param>
/// <param name="BuiltIn">True for the roles that every tenant has; they cannot be changed.</param>
public sealed record RoleResponse(string Name, IReadOnlyList<string> Permissions, bool BuiltIn);

/// <summary>Every role of the tenant, the built-in ones first. Answer of <c>GET /roles</c>.</summary>
public sealed record RoleList([property: MaxLength(108)] IReadOnlyList<RoleResponse> Items);

/// <summary>
/// One of the tenant's staff. Body of <c>POST /members</c>; everything except the issuer is stored sealed.
/// </summary>
/// <param name="DisplayName">1 to 100 characters on one line.</param>
/// <param name="Issuer">The name of the sign-in issuer in the server's settings.</param>
/// <param name="Subject">
/// The member's id at the issuer: the token's <c>sub</c>, 1 to 255 printable ASCII characters.
/// </param>
/// <param name="Roles">One to 20 roles, which grant no more than the caller holds.</param>
/// <param name="Email">An e-mail address, shown to other staff; it grants no access.</param>
[Request(
    """
        {
          "display_name": "Anna Beispiel",
          "email": "anna@example.com",
          "issuer": "staff",
          "subject": "user_2abc",
          "roles": ["support"]
        }
        """
)]
public sealed record MemberRequest(
    [property: Required, Printable(100, MinimumLength = 1)] string? DisplayName,
    [property: Required, Code] string? Issuer,
    [property: Required, StringLength(255, MinimumLength = 1)] string? Subject,
    [property: Required, Length(1, 20)] IReadOnlyList<string>? Roles,
    [property: StringLength(254, MinimumLength = 1)] string? Email = null
)
{
    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(MemberRequest)} {{ Issuer = {Issuer} }}";
}

/// <summary>Body of <c>PUT /members/{memberId}</c>: absent fields are removed.</summary>
/// <param name="DisplayName">1 to 100 characters on one line.</param>
/// <param name="Roles">One to 20 roles.</param>
/// <param name="Email">An e-mail address.</param>
[Request("""{ "display_name": "Anna Beispiel", "roles": ["support"] }""")]
public sealed record MemberChangeRequest(
    [property: Required, Printable(100, MinimumLength = 1)] string? DisplayName,
    [property: Required, Length(1, 20)] IReadOnlyList<string>? Roles,
    [property: StringLength(254, MinimumLength = 1)] string? Email = null
)
{
    /// <summary>Masked.</summary>
    public override string ToString() => nameof(MemberChangeRequest);
}

/// <summary>One of the tenant's staff.</summary>
/// <param name="Id">Random; identifies the member in the audit log.</param>
/// <param name="DisplayName">Shown to other staff.</param>
/// <param name="Issuer">The sign-in issuer's name in the server's settings.</param>
/// <param name="Subject">The member's id at the issuer: the token's <c>sub</c>.</param>
/// <param name="Roles">Names of the member's roles.</param>
/// <param name="CreatedAt">When the member was added, UTC.</param>
/// <param name="Email">Shown to other staff.</param>
public sealed record MemberResponse(
    Guid Id,
    string DisplayName,
    string Issuer,
    string Subject,
    IReadOnlyList<string> Roles,
    DateTimeOffset CreatedAt,
    string? Email = null
)
{
    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(MemberResponse)} {{ Id = {Id} }}";
}

/// <summary>A page of members, by id.</summary>
/// <param name="Items">At most <c>limit</c>.</param>
/// <param name="NextCursor">Pass it as <c>cursor</c> for the next page; absent on the last page.</param>
public sealed record MemberPage([property: MaxLength(200)] IReadOnlyList<MemberResponse> Items, string? NextCursor = null);

/// <summary>Body of <c>POST /api-keys</c>.</summary>
/// <param name="Name">What the key is for: 1 to 64 of <c>a-z 0-9 . _ -</c>. Two live keys may share a name.</param>
/// <param name="Permissions">One or more; only what the caller holds.</param>
/// <param name="ExpiresInDays">1 to 3650; absent: never.</param>
[Request("""{ "name": "report", "permissions": ["users:read"], "expires_in_days": 90 }""")]
public sealed record ApiKeyRequest(
    [property: Required, Code] string? Name,
    [property: Required, MinLength(1)] IReadOnlyList<string>? Permissions,
    [property: Range(1, 3650)] int? ExpiresInDays = null
);

/// <summary>An API key, without its text.</summary>
/// <param name="Id">Identifies the key, for example to revoke it.</param>
/// <param name="Name">What the key is for.</param>
/// <param name="Hint">Its last four characters.</param>
/// <param name="Permissions">What the key may do.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="ExpiresAt">UTC; absent: never.</param>
/// <param name="RevokedAt">UTC; absent: not revoked.</param>
/// <param name="LastUsedAt">UTC, up to half a minute late; absent: never.</param>
public sealed record ApiKeyResponse(
    Guid Id,
    string Name,
    string Hint,
    IReadOnlyList<string> Permissions,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt = null,
    DateTimeOffset? RevokedAt = null,
    DateTimeOffset? LastUsedAt = null
);

/// <summary>A new key. Answer of <c>POST /api-keys</c>: the key is shown this once.</summary>
public sealed record NewApiKeyResponse(string Key, ApiKeyResponse ApiKey)
{
    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(NewApiKeyResponse)} {{ Key = ***, Id = {ApiKey.Id} }}";
}

/// <summary>A page of API keys, by id.</summary>
/// <param name="Items">At most <c>limit</c>.</param>
/// <param name="NextCursor">Pass it as <c>cursor</c> for the next page; absent on the last page.</param>
public sealed record ApiKeyPage([property: MaxLength(200)] IReadOnlyList<ApiKeyResponse> Items, string? NextCursor = null);
