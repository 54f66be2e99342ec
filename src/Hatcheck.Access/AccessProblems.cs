using Hatcheck.Contracts;
using Hatcheck.Platform.Http;

namespace Hatcheck.Access;

/// <summary>What sign-in, sessions, API keys and staff refuse.</summary>
internal static class AccessProblems
{
    public static readonly IReadOnlyList<ProblemKind> Declared =
    [
        new(ProblemCodes.RefreshToken, 401, "The refresh token opens no session."),
        new(ProblemCodes.LoginData, 401, "The login data signs nobody in."),
        new(ProblemCodes.NoSessionForKeys, 422, "An API key needs no session."),
        new(ProblemCodes.HasSession, 409, "The caller has a session."),
        new(ProblemCodes.SessionNotFound, 404, "There is no such session."),
        new(ProblemCodes.NotHeld, 403, "Nobody grants what they do not hold."),
        new(ProblemCodes.ApiKeyNotFound, 404, "There is no such API key."),
        new(ProblemCodes.RoleNotFound, 404, "There is no such role."),
        new(ProblemCodes.RoleExists, 409, "The role exists already."),
        new(ProblemCodes.RoleBuiltIn, 409, "A built-in role stays as it is."),
        new(ProblemCodes.RoleInUse, 409, "The role is in use."),
        new(ProblemCodes.MemberNotFound, 404, "There is no such member."),
        new(ProblemCodes.MemberExists, 409, "The member exists already."),
        new(ProblemCodes.LastOwner, 409, "The last owner stays."),
        new(ProblemCodes.TooMany, 409, "The tenant has too many of these."),
    ];
}
