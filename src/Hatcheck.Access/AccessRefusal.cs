using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;

namespace Hatcheck.Access;

/// <summary>Why a change of keys, roles or members was refused. Nothing was stored.</summary>
internal abstract record AccessRefusal : Refusal
{
    private AccessRefusal() { }

    /// <summary>The grantor does not hold these permissions.</summary>
    internal sealed record NotHeld(IReadOnlyList<string> Permissions) : AccessRefusal;

    internal sealed record NoSuchMember : AccessRefusal;

    /// <summary>
    /// No role has this name. Only the operator sees the name: a caller's could be anyone's phone number.
    /// </summary>
    /// <param name="Name">The requested name.</param>
    /// <param name="There">The existing roles.</param>
    internal sealed record NoSuchRole(string Name, IReadOnlyList<string> There) : AccessRefusal;

    internal sealed record NoSuchKey : AccessRefusal;

    /// <summary>A role intended for members does not exist, or is not for members.</summary>
    /// <param name="Name">The requested name; shown as with <see cref="NoSuchRole"/>.</param>
    /// <param name="There">The roles that members can have.</param>
    internal sealed record NotARole(string Name, IReadOnlyList<string> There) : AccessRefusal;

    internal sealed record MemberExists : AccessRefusal;

    internal sealed record RoleExists : AccessRefusal;

    internal sealed record BuiltInRole : AccessRefusal;

    internal sealed record RoleInUse : AccessRefusal;

    internal sealed record LastOwner : AccessRefusal;

    /// <summary>The tenant has reached the limit of a kind.</summary>
    internal sealed record TooMany(string What) : AccessRefusal;

    /// <summary>The fault as the operator sees it.</summary>
    public override OperatorException ToFault() =>
        new(
            this switch
            {
                NoSuchRole(var name, var there) when BoundedText.IsCode(name) =>
                    $"The tenant has no role {name}: there are {Roles(name, there)}",
                NotARole(var name, var there) when BoundedText.IsCode(name) =>
                    $"No role for members is called {name}: there are {Roles(name, there)}",
                _ => Detail(),
            }
        );

    public override Problem ToProblem() =>
        this switch
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

    private string Detail() =>
        this switch
        {
            NotHeld missing => "The caller can grant, change or remove only permissions that they hold; missing: "
                + $"{string.Join(' ', missing.Permissions)}.",
            NoSuchMember => "The tenant has no such member.",
            NoSuchRole wrong => $"The tenant has no such role: there are {Roles(wrong.Name, wrong.There)}",
            NoSuchKey => "The tenant has no such key.",
            NotARole wrong => $"No role for members has this name: there are {Roles(wrong.Name, wrong.There)}",
            MemberExists => "A member signs in with this issuer and subject already.",
            RoleExists => "A role has this name already.",
            BuiltInRole => "A built-in role can't be changed or removed; add one of your own.",
            RoleInUse => "Members have this role. Take it from them first.",
            LastOwner => "This is the tenant's last owner: make another member an owner first.",
            TooMany many => many.What,
            _ => throw new UnreachableException(),
        };

    private static string Roles(string wrong, IReadOnlyList<string> there) =>
        $"{string.Join(' ', there)}.{Nearest.Ask(wrong, there)}";
}
