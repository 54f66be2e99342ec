using System.Collections.Frozen;
using Hatcheck.Contracts;

namespace Hatcheck.Server.Platform.Http;

/// <summary>What each code means, in a sentence; docs/reference/errors.md says more.</summary>
internal static class ProblemTitles
{
    private static readonly FrozenDictionary<string, string> ByCode = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [ProblemCodes.Malformed] = "The request can't be read.",
        [ProblemCodes.Invalid] = "A value is out of its range.",
        [ProblemCodes.TooLarge] = "The body is too large.",
        [ProblemCodes.UnsupportedMedia] = "The body is not JSON in UTF-8.",
        [ProblemCodes.NoSuchEndpoint] = "There is no such end point.",
        [ProblemCodes.MethodNotAllowed] = "The end point does not take this method.",
        [ProblemCodes.Unauthenticated] = "The request has no live API key or token.",
        [ProblemCodes.MissingScope] = "The caller lacks a permission.",
        [ProblemCodes.IssuerAway] = "The token can't be checked now.",
        [ProblemCodes.RefreshToken] = "The refresh token opens no session.",
        [ProblemCodes.LoginData] = "The login data signs nobody in.",
        [ProblemCodes.NoSessionForKeys] = "An API key needs no session.",
        [ProblemCodes.HasSession] = "The caller has a session.",
        [ProblemCodes.SessionNotFound] = "There is no such session.",
        [ProblemCodes.NotHeld] = "Nobody grants what they do not hold.",
        [ProblemCodes.ApiKeyNotFound] = "There is no such API key.",
        [ProblemCodes.RoleNotFound] = "There is no such role.",
        [ProblemCodes.RoleExists] = "The role exists already.",
        [ProblemCodes.RoleBuiltIn] = "A built-in role stays as it is.",
        [ProblemCodes.RoleInUse] = "The role is in use.",
        [ProblemCodes.MemberNotFound] = "There is no such member.",
        [ProblemCodes.MemberExists] = "The member exists already.",
        [ProblemCodes.LastOwner] = "The last owner stays.",
        [ProblemCodes.TooMany] = "The tenant has too many of these.",
        [ProblemCodes.WebhookSignature] = "The delivery is not signed.",
        [ProblemCodes.WebhookTimestamp] = "The delivery is signed for another time.",
        [ProblemCodes.UserNotFound] = "There is no such user.",
        [ProblemCodes.UserErased] = "The user was erased.",
        [ProblemCodes.UserDeleted] = "The user was deleted, and may still be restored.",
        [ProblemCodes.EmailTaken] = "The e-mail address is another user's.",
        [ProblemCodes.ProfileChanged] = "The user has changed since it was read.",
        [ProblemCodes.ProfileIfMatch] = "The request does not say which version it replaces.",
        [ProblemCodes.RestoreTooLate] = "The grace period is over.",
        [ProblemCodes.IdentityNotFound] = "The user has no such identity.",
        [ProblemCodes.IdentityTaken] = "The identity is another user's.",
        [ProblemCodes.IdentityLast] = "A user's last identity stays.",
        [ProblemCodes.IdentityForm] = "The tenant names identities in another form.",
        [ProblemCodes.IndexKeyVersion] = "The version of the index key is not live.",
        [ProblemCodes.HashExpected] = "The look-up takes a hash, never an id.",
        [ProblemCodes.LinkCode] = "The link code does not open anything.",
        [ProblemCodes.IdempotencyMismatch] = "The Idempotency-Key was used for another request.",
        [ProblemCodes.IdempotencyInFlight] = "The same request is being worked on.",
        [ProblemCodes.ConfirmationNeeded] = "The erasure is not confirmed.",
        [ProblemCodes.RateLimited] = "More requests than a limit allows.",
        [ProblemCodes.TooManyFailures] = "Too many failed sign-ins.",
        [ProblemCodes.Plaintext] = "The request was readable on its way.",
        [ProblemCodes.PreferencesChanged] = "The preferences have changed since they were read.",
        [ProblemCodes.PreferencesVersion] = "The history does not have this version.",
        [ProblemCodes.DatabaseUnavailable] = "The database does not answer now.",
        [ProblemCodes.StorageFull] = "The disk is full.",
        [ProblemCodes.Internal] = "The server failed.",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static string Of(string code) => ByCode[code];
}
