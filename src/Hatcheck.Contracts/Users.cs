using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Contracts;

/// <summary>
/// Identifies a user on a messenger. Send <c>id</c>, or, for a blind-only tenant, <c>hash</c> and <c>key_version</c>. Body
/// of <c>POST /users/resolve</c>, <c>POST /users/find</c> and <c>POST /users/{id}/identities</c>.
/// </summary>
/// <param name="Channel">The messenger: <c>telegram</c> or <c>whatsapp</c>.</param>
/// <param name="Id">
/// The user's id there, as text. Telegram: ASCII decimal, 1 to 2^52, no sign, space or leading zero. WhatsApp: E.164, such
/// as <c>+491701234567</c>.
/// </param>
/// <param name="Hash">The blind index that the caller computed: 64 lowercase hexadecimal characters.</param>
/// <param name="KeyVersion">The version of the index key that the hash was computed with: 1 or more.</param>
[Request("""{ "channel": "telegram", "id": "123456789" }""")]
public sealed record IdentityRequest(
    [property: Required, AllowedValues("telegram", "whatsapp")] string? Channel,
    [property: StringLength(30, MinimumLength = 1)] string? Id = null,
    [property: RegularExpression("^[0-9a-f]{64}$")] string? Hash = null,
    [property: Range(1, int.MaxValue)] int? KeyVersion = null
)
{
    /// <summary>Masked, so that the id never reaches a log by accident.</summary>
    public override string ToString() => $"{nameof(IdentityRequest)} {{ Channel = {Channel}, Id = ***, Hash = *** }}";
}

/// <summary>The ticket that a bot stores instead of the messenger id. Answer of <c>POST /users/resolve</c>.</summary>
/// <param name="Id">The user's random id. After a merge: the surviving user's.</param>
/// <param name="Created">True if this request created the user.</param>
public sealed record ResolvedUser(Guid Id, bool Created);

/// <summary>
/// A user of the tenant, with the profile. Answer of <c>GET /users/{id}</c>, <c>POST /users/find</c>,
/// <c>GET /users/by-telegram/{hash}</c> and of every change of a user. Unknown members of the profile are absent.
/// </summary>
/// <param name="Id">The user's random id.</param>
/// <param name="CreatedAt">When the user was created, UTC.</param>
/// <param name="MergedInto">The surviving user, if this one was merged; either id then reaches its data.</param>
/// <param name="Identities">The messenger identities of the (surviving) user, oldest first.</param>
public sealed record UserResponse(Guid Id, DateTimeOffset CreatedAt, Guid? MergedInto, IReadOnlyList<IdentityResponse> Identities)
{
    /// <summary>Grows with every change of this answer; the <c>ETag</c> header is the same number in quotes.</summary>
    [Range(1, int.MaxValue)]
    public int Version { get; init; }

    /// <summary>When this answer last changed, UTC.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the user was deleted, UTC; only lists and searches show deleted users.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>As written.</summary>
    public string? Email { get; init; }

    /// <summary>Whether the address was verified as the user's; absent without an address.</summary>
    public bool? EmailVerified { get; init; }

    /// <summary>As written.</summary>
    public string? FirstName { get; init; }

    /// <summary>As written.</summary>
    public string? LastName { get; init; }

    /// <summary>As written.</summary>
    public string? DisplayName { get; init; }

    /// <summary>An https URL; Hatcheck never fetches it.</summary>
    public string? PictureUrl { get; init; }

    /// <summary>E.164.</summary>
    public string? Phone { get; init; }

    /// <summary>The user's id at the tenant's sign-in provider.</summary>
    public string? ExternalSubject { get; init; }

    /// <summary>A BCP 47 language tag.</summary>
    public string? Locale { get; init; }

    /// <summary>The user's onboarding progress: a code of the tenant's own.</summary>
    public string? OnboardingState { get; init; }

    /// <summary>Facts of the tenant's own.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    /// <summary>Masked, so that a profile never reaches a log by accident.</summary>
    public override string ToString() => $"{nameof(UserResponse)} {{ Id = {Id}, Version = {Version} }}";
}

/// <summary>A messenger identity, without the messenger's id.</summary>
/// <param name="Id">Random id of the identity, used to unlink it.</param>
/// <param name="Channel">The messenger.</param>
/// <param name="Kind">The kind of id: <c>user</c> (Telegram) or <c>phone</c> (WhatsApp).</param>
/// <param name="BlindOnly">True if only the hash is stored, so that Hatcheck cannot message the user first.</param>
/// <param name="LinkedAt">When it was linked, UTC.</param>
public sealed record IdentityResponse(Guid Id, string Channel, string Kind, bool BlindOnly, DateTimeOffset LinkedAt);

/// <summary>A one-time code that proves one side of a merge. Answer of <c>POST /users/{id}/link-codes</c>.</summary>
/// <param name="Code">
/// Shown to the user once, in the chat of the first identity: 10 characters of Crockford's base 32.
/// </param>
/// <param name="ExpiresAt">Ten minutes after it was created, UTC.</param>
public sealed record LinkCodeResponse(string Code, DateTimeOffset ExpiresAt)
{
    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(LinkCodeResponse)} {{ Code = ***, ExpiresAt = {ExpiresAt:O} }}";
}

/// <summary>
/// Body of <c>POST /users/{id}/merge</c>: the code that was shown to the same user under the other identity. The user of
/// the code survives; the user in the path is merged into it.
/// </summary>
[Request("""{ "code": "7KQ2M9XT4B" }""")]
public sealed record MergeRequest([property: Required, StringLength(10, MinimumLength = 10)] string? Code)
{
    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(MergeRequest)} {{ Code = *** }}";
}

/// <summary>The caller's tenant. Answer of <c>GET /tenant</c>.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">The tenant's name, as the operator typed it.</param>
/// <param name="BlindOnly">True if callers send hashes, so that Hatcheck never sees a messenger id.</param>
/// <param name="IndexScheme">0: plain HMAC-SHA256 of the decimal id. 1: labelled, length-prefixed input.</param>
/// <param name="IndexKeyVersion">The newest live version of the index key.</param>
public sealed record TenantResponse(
    Guid Id,
    string Name,
    bool BlindOnly,
    [property: Range(0, 1)] int IndexScheme,
    [property: Range(1, int.MaxValue)] int IndexKeyVersion
);
