namespace Hatcheck.Contracts;

/// <summary>An error of the API: RFC 9457 problem details with a stable code.</summary>
/// <param name="Type">
/// Where the code is explained: a path on the server, such as <c>/docs/errors/user.not_found</c>.
/// </param>
/// <param name="Title">The code's short meaning.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What to do, in a sentence; never a user's data.</param>
/// <param name="Code">Stable; see <see cref="ProblemCodes"/>.</param>
/// <param name="TraceId">Finds the request in the server's log.</param>
/// <param name="Errors">
/// Messages per field: a path such as <c>attributes.lang</c>, a parameter's name, or <c>$</c> for the whole body.
/// </param>
/// <param name="UserId">
/// The user to restore or erase: with <see cref="ProblemCodes.UserDeleted"/>, if the request named an identity.
/// </param>
public sealed record ProblemResponse(
    string? Type,
    string? Title,
    int Status,
    string? Detail,
    string Code,
    string? TraceId,
    IReadOnlyDictionary<string, string[]>? Errors = null,
    Guid? UserId = null
);

/// <summary>The stable codes of <see cref="ProblemResponse"/>, each explained in <c>docs/reference/errors.md</c>.</summary>
public static class ProblemCodes
{
    /// <summary>400: not JSON, wrong type, unknown member, duplicate member, or not valid UTF-8.</summary>
    public const string Malformed = "request.malformed";

    /// <summary>422: understood, but a value is not accepted.</summary>
    public const string Invalid = "request.invalid";

    /// <summary>413: the body is larger than the endpoint takes.</summary>
    public const string TooLarge = "request.too_large";

    /// <summary>415: the content type is not <c>application/json</c>.</summary>
    public const string UnsupportedMedia = "request.unsupported_media";

    /// <summary>404: no such endpoint.</summary>
    public const string NoSuchEndpoint = "request.no_such_endpoint";

    /// <summary>405: the endpoint does not take this method.</summary>
    public const string MethodNotAllowed = "request.method_not_allowed";

    /// <summary>401: no key or token, or one that is unknown, expired or revoked.</summary>
    public const string Unauthenticated = "auth.unauthenticated";

    /// <summary>403: the key or token is valid but lacks the permission (for a key: the scope).</summary>
    public const string MissingScope = "auth.missing_scope";

    /// <summary>503: the keys of the token's issuer cannot be fetched now; retry after the given time.</summary>
    public const string IssuerAway = "auth.issuer_away";

    /// <summary>401: the refresh token belongs to no active session; sign in again.</summary>
    public const string RefreshToken = "auth.refresh_token";

    /// <summary>401: Telegram did not sign the login data for this bot, it is too old, or the user was deleted.</summary>
    public const string LoginData = "auth.login_data";

    /// <summary>422: an API key is for services, which need no session.</summary>
    public const string NoSessionForKeys = "session.not_for_keys";

    /// <summary>409: a session's own token starts no further session; refresh it.</summary>
    public const string HasSession = "session.has_one";

    /// <summary>404: no such active session.</summary>
    public const string SessionNotFound = "session.not_found";

    /// <summary>403: the caller grants, changes or removes permissions that they do not hold.</summary>
    public const string NotHeld = "auth.not_held";

    /// <summary>404: the tenant has no such API key.</summary>
    public const string ApiKeyNotFound = "apikey.not_found";

    /// <summary>404: the tenant has no such role.</summary>
    public const string RoleNotFound = "role.not_found";

    /// <summary>409: a role has this name already.</summary>
    public const string RoleExists = "role.exists";

    /// <summary>409: built-in roles cannot be changed.</summary>
    public const string RoleBuiltIn = "role.built_in";

    /// <summary>409: members have this role.</summary>
    public const string RoleInUse = "role.in_use";

    /// <summary>404: the tenant has no such member.</summary>
    public const string MemberNotFound = "member.not_found";

    /// <summary>409: a member signs in with this issuer and subject already.</summary>
    public const string MemberExists = "member.exists";

    /// <summary>409: the last owner cannot be removed or demoted.</summary>
    public const string LastOwner = "member.last_owner";

    /// <summary>409: the tenant has reached the limit of these.</summary>
    public const string TooMany = "tenant.too_many";

    /// <summary>401: a webhook delivery without a signature by a live secret.</summary>
    public const string WebhookSignature = "webhook.signature";

    /// <summary>401: a signed webhook delivery, whose time is too far in the past or the future.</summary>
    public const string WebhookTimestamp = "webhook.timestamp";

    /// <summary>404: no such user, or another tenant's.</summary>
    public const string UserNotFound = "user.not_found";

    /// <summary>410: the user was erased.</summary>
    public const string UserErased = "user.erased";

    /// <summary>410: the user was deleted; it can be restored while the grace period lasts.</summary>
    public const string UserDeleted = "user.deleted";

    /// <summary>409: the grace period of a deleted user is over; it is about to be erased.</summary>
    public const string RestoreTooLate = "user.restore_too_late";

    /// <summary>409: another user of the tenant, perhaps a deleted one, has this e-mail address.</summary>
    public const string EmailTaken = "email.taken";

    /// <summary>412: the user has changed since the <c>ETag</c> in <c>If-Match</c> was issued.</summary>
    public const string ProfileChanged = "profile.changed";

    /// <summary>428: a profile is replaced only with <c>If-Match</c>.</summary>
    public const string ProfileIfMatch = "profile.if_match_required";

    /// <summary>404: the user has no such identity.</summary>
    public const string IdentityNotFound = "identity.not_found";

    /// <summary>409: the identity belongs to another user; merge the two with a link code.</summary>
    public const string IdentityTaken = "identity.taken";

    /// <summary>409: a user keeps at least one identity; erase the user instead.</summary>
    public const string IdentityLast = "identity.last";

    /// <summary>422: a blind-only tenant takes hashes, others take ids.</summary>
    public const string IdentityForm = "identity.wrong_form";

    /// <summary>422: the hash was computed with an index key version that is not live.</summary>
    public const string IndexKeyVersion = "identity.key_version";

    /// <summary>400: a by-telegram look-up takes 64 lowercase hexadecimal characters, never an id.</summary>
    public const string HashExpected = "identity.hash_expected";

    /// <summary>422: the link code is unknown, used, expired, or the user's own.</summary>
    public const string LinkCode = "merge.bad_code";

    /// <summary>422: the Idempotency-Key was used before with another request.</summary>
    public const string IdempotencyMismatch = "idempotency.mismatch";

    /// <summary>409: a request with this Idempotency-Key is still being processed.</summary>
    public const string IdempotencyInFlight = "idempotency.in_flight";

    /// <summary>422: <c>?confirm=</c> is <c>true</c> for an erasure, and left out for a deletion.</summary>
    public const string ConfirmationNeeded = "erasure.confirm";

    /// <summary>429: more requests than a limit allows; retry after the given time.</summary>
    public const string RateLimited = "rate.limited";

    /// <summary>429: too many failed sign-ins from this address; retry after the given time.</summary>
    public const string TooManyFailures = "auth.too_many_failures";

    /// <summary>403: the request came over plain HTTP from another machine.</summary>
    public const string Plaintext = "request.plaintext";

    /// <summary>
    /// 412: the preferences, or their schema, have changed since the <c>ETag</c> in <c>If-Match</c> was issued.
    /// </summary>
    public const string PreferencesChanged = "preferences.changed";

    /// <summary>404: the history does not hold this version, or no longer does.</summary>
    public const string PreferencesVersion = "preferences.version_not_kept";

    /// <summary>503: the database does not answer; retry after the given time.</summary>
    public const string DatabaseUnavailable = "database.unavailable";

    /// <summary>503: the disk is full; nothing was stored.</summary>
    public const string StorageFull = "storage.full";

    /// <summary>500: a fault of the server; the trace id finds it in the log.</summary>
    public const string Internal = "server.fault";
}
