using Hatcheck.Contracts;
using Hatcheck.Platform.Http;

namespace Hatcheck.Access;

/// <summary>Problems of sign-in, sessions, API keys and staff.</summary>
internal static class AccessProblems
{
    public static readonly IReadOnlyList<ProblemKind> Declared =
    [
        new(ProblemCodes.RefreshToken, 401, "The refresh token belongs to no active session."),
        new(ProblemCodes.LoginData, 401, "The login data is not accepted."),
        new(ProblemCodes.NoSessionForKeys, 422, "An API key needs no session."),
        new(ProblemCodes.HasSession, 409, "The caller has a session."),
        new(ProblemCodes.SessionNotFound, 404, "There is no such session."),
        new(ProblemCodes.NotHeld, 403, "The caller does not hold what they grant."),
        new(ProblemCodes.ApiKeyNotFound, 404, "There is no such API key."),
        new(ProblemCodes.RoleNotFound, 404, "There is no such role."),
        new(ProblemCodes.RoleExists, 409, "The role exists already."),
        new(ProblemCodes.RoleBuiltIn, 409, "A built-in role cannot be changed."),
        new(ProblemCodes.RoleInUse, 409, "The role is in use."),
        new(ProblemCodes.MemberNotFound, 404, "There is no such member."),
        new(ProblemCodes.MemberExists, 409, "The member exists already."),
        new(ProblemCodes.LastOwner, 409, "The last owner cannot be removed."),
        new(ProblemCodes.TooMany, 409, "The tenant has reached the limit of these."),
    ];
}
