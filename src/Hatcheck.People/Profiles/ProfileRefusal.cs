using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;

namespace Hatcheck.People.Profiles;

/// <summary>Why a profile, a deletion or a restore was refused, in addition to the common refusals.</summary>
internal abstract record ProfileRefusal : Refusal
{
    private ProfileRefusal() { }

    public override Problem ToProblem() =>
        this switch
        {
            EmailTaken => Problems.Conflict(
                ProblemCodes.EmailTaken,
                "Another user of this tenant has this e-mail address. POST /users/search with include_deleted "
                    + "finds them: a deleted user keeps the address until the erasure."
            ),
            NoVersion => new Problem(
                StatusCodes.Status428PreconditionRequired,
                ProblemCodes.ProfileIfMatch,
                "Send If-Match with the ETag of the user you read, so that no other change is lost; or change "
                    + "single fields with PATCH."
            ),
            TooLate => Problems.Conflict(
                ProblemCodes.RestoreTooLate,
                "The grace period is over; the user is about to be erased."
            ),
            NotConfirmed => Problems.Unprocessable(
                ProblemCodes.ConfirmationNeeded,
                "Omit `confirm` to delete the user, who can then be restored; ?confirm=true erases at once and "
                    + "cannot be undone."
            ),
            _ => throw new UnreachableException(),
        };

    internal sealed record EmailTaken : ProfileRefusal;

    /// <summary>A replacement without <c>If-Match</c>.</summary>
    internal sealed record NoVersion : ProfileRefusal;

    internal sealed record TooLate : ProfileRefusal;

    /// <summary><c>confirm</c> is given and false.</summary>
    internal sealed record NotConfirmed : ProfileRefusal;
}
