using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;

namespace Hatcheck.Access;

/// <summary>Checks what requests about keys, roles and members say; each gives the problem to answer, or null.</summary>
internal static class AccessInput
{
    private const int MostTold = 5;

    public static Problem? Name(string? name) => CodeAttribute.IsCode(name) ? null : Problems.Invalid("name", CodeAttribute.Form);

    public static Problem? Permissions(IReadOnlyList<string>? permissions, KnownPermissions known)
    {
        var faults = new RequestFaults();
        Permissions(permissions, known, faults);
        RequestBounds.Of(typeof(RoleChangeRequest)).Check(new RoleChangeRequest(permissions), faults);
        return faults.ToProblem();
    }

    /// <summary>Whether each is a role of the tenant is found out with the change.</summary>
    public static Problem? Roles(IReadOnlyList<string>? roles) => Checked(new MemberChangeRequest(null, roles)).Of("roles");

    public static Problem? Profile(string? displayName, string? email)
    {
        var faults = Checked(new MemberChangeRequest(displayName, null, email));
        return faults.Of("display_name") ?? faults.Of("email");
    }

    /// <summary>How a member signs in.</summary>
    public static Problem? SignIn(string? issuer, string? subject)
    {
        var request = new MemberRequest(null, issuer, subject, null);
        var faults = new RequestFaults();
        Check(request, faults);
        RequestBounds.Of(typeof(MemberRequest)).Check(request, faults);
        return faults.Of("issuer") ?? faults.Of("subject");
    }

    /// <summary>Whether there are such permissions.</summary>
    public static void Permissions(IReadOnlyList<string>? permissions, KnownPermissions known, RequestFaults faults)
    {
        var unknown = permissions?.OfType<string>().Except(known.Names, StringComparer.Ordinal).Take(MostTold).ToList() ?? [];
        if (unknown.Count == 0)
            return;
        var near = unknown
            .SelectMany(permission => Nearest.To(permission, known.Names).Take(1))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var question = near.Count == 0 ? "" : $" Did you mean {string.Join(" and ", near)}?";
        faults.Add("permissions", $"One or more of {string.Join(' ', known.Names)}.{question}");
    }

    public static void Check(MemberRequest request, RequestFaults faults)
    {
        Check(new MemberChangeRequest(request.DisplayName, request.Roles, request.Email), faults);
        faults.Require(
            request.Subject is null || ExternalChannel.IsSubject(request.Subject),
            "subject",
            $"{RequestBounds.FormOf(typeof(MemberRequest), "subject")} Printable ASCII, as the token's `sub`."
        );
    }

    public static void Check(MemberChangeRequest request, RequestFaults faults)
    {
        faults.Require(
            request.DisplayName is not { } name
                || !(string.IsNullOrWhiteSpace(name) || name.Contains('\n', StringComparison.Ordinal)),
            "display_name",
            $"{RequestBounds.FormOf(typeof(MemberChangeRequest), "display_name")} On one line, and not blank."
        );
        faults.Require(
            request.Email is null || Crypto.CanonicalId.TryEmail(request.Email, out _),
            "email",
            "An e-mail address, as anna@example.com."
        );
        faults.Require(
            request.Roles is not { } roles
                || (roles.All(BoundedText.IsCode) && roles.Distinct(StringComparer.Ordinal).Count() == roles.Count),
            "roles",
            $"{RequestBounds.FormOf(typeof(MemberChangeRequest), "roles")} Names of roles, each once."
        );
    }

    private static RequestFaults Checked(MemberChangeRequest request)
    {
        var faults = new RequestFaults();
        Check(request, faults);
        RequestBounds.Of(typeof(MemberChangeRequest)).Check(request, faults);
        return faults;
    }

    /// <summary>Tells the operator which permission there is not, and which it may have meant.</summary>
    /// <exception cref="Platform.OperatorException">One of them is none that can be granted.</exception>
    public static void EnsurePermissions(IReadOnlyList<string> wanted, KnownPermissions known, string option)
    {
        var all = known.Names;
        if (wanted.FirstOrDefault(permission => !all.Contains(permission, StringComparer.Ordinal)) is not { } wrong)
            return;
        var near = Nearest.To(wrong, all);
        var others = string.Join(' ', near.Concat(all.Except(near, StringComparer.Ordinal)));
        throw new Platform.OperatorException(
            $"{option}: there is no permission {wrong}.{Nearest.Question(near)} There are {others}."
        );
    }

    /// <summary>The fault of a value as the operator's command line tells it.</summary>
    /// <exception cref="Platform.OperatorException">There is a fault.</exception>
    public static void OrThrow(Problem? problem, string what)
    {
        if (problem is not null)
            throw new Platform.OperatorException($"{what}: {problem.Errors!.First().Value[0]}");
    }
}
