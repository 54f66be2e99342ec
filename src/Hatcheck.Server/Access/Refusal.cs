using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;

namespace Hatcheck.Server.Access;

/// <summary>Why a change of keys, roles or members was not made. Nothing was stored then.</summary>
internal abstract record Refusal
{
    /// <summary>The grantor does not hold these themself.</summary>
    internal sealed record NotHeld(IReadOnlyList<string> Permissions) : Refusal;

    internal sealed record NoSuchMember : Refusal;

    internal sealed record NoSuchRole : Refusal;

    internal sealed record NoSuchKey : Refusal;

    /// <summary>A role that members were to have does not exist, or is not for members.</summary>
    internal sealed record NotARole(string Name) : Refusal;

    internal sealed record MemberExists : Refusal;

    internal sealed record RoleExists : Refusal;

    internal sealed record BuiltInRole : Refusal;

    internal sealed record RoleInUse : Refusal;

    internal sealed record LastOwner : Refusal;

    /// <summary>More of a kind than a tenant may have.</summary>
    internal sealed record TooMany(string What) : Refusal;

    /// <summary>What the operator reads.</summary>
    public OperatorException ToFault() => new(Detail());

    public Problem ToProblem() => this switch
    {
        NotHeld => new Problem(StatusCodes.Status403Forbidden, ProblemCodes.NotHeld, Detail()),
        NoSuchMember => Problems.NotFound(ProblemCodes.MemberNotFound, Detail()),
        NoSuchRole => Problems.NotFound(ProblemCodes.RoleNotFound, Detail()),
        NoSuchKey => Problems.NotFound(ProblemCodes.ApiKeyNotFound, Detail()),
        NotARole => Problems.Invalid("roles", Detail()),
        MemberExists => Problems.Conflict(ProblemCodes.MemberExists, Detail()),
        RoleExists => Problems.Conflict(ProblemCodes.RoleExists, Detail()),
        BuiltInRole => Problems.Conflict(ProblemCodes.RoleBuiltIn, Detail()),
        RoleInUse => Problems.Conflict(ProblemCodes.RoleInUse, Detail()),
        LastOwner => Problems.Conflict(ProblemCodes.LastOwner, Detail()),
        TooMany => Problems.Conflict(ProblemCodes.TooMany, Detail()),
        _ => throw new UnreachableException(),
    };

    private string Detail() => this switch
    {
        NotHeld missing => $"Nobody grants, changes or takes away what they do not hold themself: {string.Join(' ', missing.Permissions)}.",
        NoSuchMember => "The tenant has no such member.",
        NoSuchRole => "The tenant has no such role.",
        NoSuchKey => "The tenant has no such key.",
        NotARole wrong => BoundedText.IsCode(wrong.Name) ? $"No role for members is called {wrong.Name}." : "No role for members is called so.",
        MemberExists => "A member signs in with this issuer and subject already.",
        RoleExists => "A role has this name already.",
        BuiltInRole => "A built-in role can't be changed or removed; add one of your own.",
        RoleInUse => "Members have this role. Take it from them first.",
        LastOwner => "A tenant with an owner keeps one: make another owner first.",
        TooMany many => many.What,
        _ => throw new UnreachableException(),
    };
}

/// <summary>What a change came to.</summary>
internal abstract record Outcome<T>
{
    internal sealed record Done(T Value) : Outcome<T>;

    internal sealed record Refused(Refusal Why) : Outcome<T>;

    public static implicit operator Outcome<T>(T value) => new Done(value);

    public static implicit operator Outcome<T>(Refusal why) => new Refused(why);

    /// <summary>What a refusal is answered with.</summary>
    public Problem ToProblem() => ((Refused)this).Why.ToProblem();

    /// <summary>For the operator's command line.</summary>
    /// <exception cref="OperatorException">It was refused.</exception>
    public T OrThrow() => this is Done done ? done.Value : throw ((Refused)this).Why.ToFault();
}
