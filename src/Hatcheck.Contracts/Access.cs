using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Contracts;

/// <summary>Who the server takes the caller for. Answer of <c>GET /me</c>.</summary>
/// <param name="Kind"><c>service_key</c>, <c>member</c> or <c>person</c>.</param>
/// <param name="Id">The key's, the member's or the user's id.</param>
/// <param name="TenantId">The tenant whose data the caller reaches.</param>
/// <param name="Permissions">What the caller may do; a person with their own user only.</param>
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
/// <param name="Permissions">All that the role gives from now on; only what the caller holds.</param>
[Request("""{ "permissions": ["users:read"] }""")]
public sealed record RoleChangeRequest([property: Required, MinLength(1)] IReadOnlyList<string>? Permissions);

/// <summary>A named set of permissions.</summary>
/// <param name="Name">What members are given it by.</param>
/// <param name="Permissions">What it gives.</param>
/// <param name="BuiltIn">True for the roles that every tenant has, which stay as they are.</param>
public sealed record RoleResponse(string Name, IReadOnlyList<string> Permissions, bool BuiltIn);

/// <summary>Every role of the tenant, the built-in ones first. Answer of <c>GET /roles</c>.</summary>
public sealed record RoleList([property: MaxLength(108)] IReadOnlyList<RoleResponse> Items);

/// <summary>One of the tenant's staff. Body of <c>POST /members</c>; kept sealed but for the issuer.</summary>
/// <param name="DisplayName">1 to 100 characters on one line.</param>
/// <param name="Issuer">The name of the sign-in issuer in the server's settings.</param>
/// <param name="Subject">Who they are there: the token's <c>sub</c>, 1 to 255 printable ASCII characters.</param>
/// <param name="Roles">One to 20 roles; only such as give no more than the caller holds.</param>
/// <param name="Email">An e-mail address, for people to know them by; it opens nothing.</param>
[Request(
    """
        { "display_name": "Anna Beispiel", "email": "anna@example.com", "issuer": "staff", "subject": "user_2abc", "roles": ["support"] }
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

/// <summary>Body of <c>PUT /members/{memberId}</c>: what is absent is taken away.</summary>
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
/// <param name="Id">Random; the audit log names the member by it.</param>
/// <param name="DisplayName">For people.</param>
/// <param name="Issuer">Where they sign in.</param>
/// <param name="Subject">Who they are there.</param>
/// <param name="Roles">What they may do.</param>
/// <param name="CreatedAt">When they were added, UTC.</param>
/// <param name="Email">For people.</param>
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
/// <param name="NextCursor">Give it as <c>cursor</c> for the next page; absent on the last.</param>
public sealed record MemberPage([property: MaxLength(200)] IReadOnlyList<MemberResponse> Items, string? NextCursor = null);

/// <summary>Body of <c>POST /api-keys</c>.</summary>
/// <param name="Name">What the key is for: 1 to 64 of <c>a-z 0-9 . _ -</c>. Two live keys may have one name.</param>
/// <param name="Permissions">One or more; only what the caller holds.</param>
/// <param name="ExpiresInDays">1 to 3650; absent: never.</param>
[Request("""{ "name": "report", "permissions": ["users:read"], "expires_in_days": 90 }""")]
public sealed record ApiKeyRequest(
    [property: Required, Code] string? Name,
    [property: Required, MinLength(1)] IReadOnlyList<string>? Permissions,
    [property: Range(1, 3650)] int? ExpiresInDays = null
);

/// <summary>An API key without the key.</summary>
/// <param name="Id">For revoking it.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Hint">Its last four characters.</param>
/// <param name="Permissions">What it may do.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="ExpiresAt">UTC; absent: never.</param>
/// <param name="RevokedAt">UTC; absent: it is not.</param>
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

/// <summary>A new key. Answer of <c>POST /api-keys</c>: the only time that the key is shown.</summary>
public sealed record NewApiKeyResponse(string Key, ApiKeyResponse ApiKey)
{
    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(NewApiKeyResponse)} {{ Key = ***, Id = {ApiKey.Id} }}";
}

/// <summary>A page of API keys, by id.</summary>
/// <param name="Items">At most <c>limit</c>.</param>
/// <param name="NextCursor">Give it as <c>cursor</c> for the next page; absent on the last.</param>
public sealed record ApiKeyPage([property: MaxLength(200)] IReadOnlyList<ApiKeyResponse> Items, string? NextCursor = null);
