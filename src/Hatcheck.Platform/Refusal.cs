using Hatcheck.Contracts;
using Hatcheck.Platform.Http;

namespace Hatcheck.Platform;

/// <summary>
/// Why a request was refused and nothing was stored. These refusals are shared by several capabilities. A capability
/// derives one closed record for its own, and maps them to problems in one place.
/// </summary>
internal abstract record Refusal
{
    public abstract Problem ToProblem();

    /// <summary>The message for the operator; the problem's words unless overridden.</summary>
    public virtual OperatorException ToFault() => new(ToProblem().Detail);

    /// <summary>The tenant never had such a user.</summary>
    internal sealed record Absent : Refusal
    {
        public override Problem ToProblem() => Problems.UserNotFound();
    }

    /// <summary>The user was erased, or was deleted and can be restored.</summary>
    /// <param name="IsDeleted">Deleted but not yet erased.</param>
    /// <param name="User">The user to restore, where the caller named them by something other than the id.</param>
    internal sealed record Gone(bool IsDeleted, Guid? User = null) : Refusal
    {
        public override Problem ToProblem() => IsDeleted ? Problems.UserDeleted(User) : Problems.UserErased();
    }

    /// <summary>The tenant's keys have changed since the caller was authenticated.</summary>
    internal sealed record Stale : Refusal
    {
        public override Problem ToProblem() => Problems.KeysChanged();
    }

    /// <summary>The resource has another version than <c>If-Match</c> names.</summary>
    /// <param name="Match">What the caller sent.</param>
    /// <param name="Code">The resource's code, of <see cref="ProblemCodes"/>.</param>
    /// <param name="Detail">What the caller does next.</param>
    internal sealed record Changed(Precondition Match, string Code, string Detail) : Refusal
    {
        public override Problem ToProblem() => Match.Failed(Code, Detail);
    }

    /// <summary>
    /// Another request came first. Code that retries changes retries this refusal; the caller sees it only after the last
    /// attempt.
    /// </summary>
    internal sealed record Busy : Refusal
    {
        public override Problem ToProblem() => Problems.Unavailable(TimeSpan.FromSeconds(1));

        public override OperatorException ToFault() =>
            new("Others changed the same at this moment. Nothing was stored; try again.");
    }

    /// <summary>The request itself can't be accepted.</summary>
    /// <param name="Why">The problem, which says what is allowed.</param>
    internal sealed record Invalid(Problem Why) : Refusal
    {
        public override Problem ToProblem() => Why;
    }

    /// <summary>The caller used this Idempotency-Key with another request.</summary>
    internal sealed record KeyReused : Refusal
    {
        public override Problem ToProblem() =>
            Problems.Unprocessable(
                ProblemCodes.IdempotencyMismatch,
                "This Idempotency-Key was used with another request; use a new key for each."
            );
    }
}
