using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;

namespace Hatcheck.People.Users;

/// <summary>Why a change of a user or of their identities was refused, in addition to the common refusals.</summary>
internal abstract record UserRefusal : Refusal
{
    private UserRefusal() { }

    /// <summary>The user's version differs from <c>If-Match</c>.</summary>
    public static Changed NotMatched(Precondition match) =>
        new(
            match,
            ProblemCodes.ProfileChanged,
            "The user has changed since the ETag in If-Match. Read the user again and repeat the change."
        );

    public override Problem ToProblem() =>
        this switch
        {
            IdentityTaken => Problems.Conflict(
                ProblemCodes.IdentityTaken,
                "The identity belongs to another user. If both are the same person, merge them with a link code."
            ),
            LastIdentity => Problems.Conflict(
                ProblemCodes.IdentityLast,
                "A user keeps at least one identity. To remove the last one, erase the user."
            ),
            NoSuchIdentity => Problems.NotFound(ProblemCodes.IdentityNotFound, "The user has no such identity."),
            BadCode => Problems.Unprocessable(
                ProblemCodes.LinkCode,
                "The code is unknown, used, older than ten minutes, or this user's own. Ask for a new one in the other chat."
            ),
            _ => throw new UnreachableException(),
        };

    internal sealed record IdentityTaken : UserRefusal;

    internal sealed record LastIdentity : UserRefusal;

    internal sealed record NoSuchIdentity : UserRefusal;

    /// <summary>The code is not valid; also if its own user no longer exists.</summary>
    internal sealed record BadCode : UserRefusal;
}
