using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;

namespace Hatcheck.Access;

/// <summary>
/// Checks the values of requests about keys, roles and members. Each check returns the problem to answer, or null.
/// </summary>
internal static class AccessInput
{
    private const int MostShown = 5;

    public static Problem? Name(string? name) => CodeAttribute.IsCode(name) ? null : Problems.Invalid("name", CodeAttribute.Form);

    public static Problem? Permissions(IReadOnlyList<string>? permissions, KnownPermissions known)
    {
        var faults = new RequestFaults();
        Permissions(permissions, known, faults);
        RequestBounds.Of(typeof(RoleChangeRequest)).Check(new RoleChangeRequest(permissions), faults);
        return faults.ToProblem();
    }

    /// <summary>Checks the form only; the change itself finds out whether the tenant has each role.</summary>
    public static Problem? Roles(IReadOnlyList<string>? roles) => Checked(new MemberChangeRequest(null, roles)).Of("roles");

    public static Problem? Profile(string? displayName, string? email)
    {
        var faults = Checked(new MemberChangeRequest(displayName, null, email));
        return faults.Of("display_name") ?? faults.Of("email");
    }

    /// <summary>Checks how a member signs in.</summary>
    public static Problem? SignIn(string? issuer, string? subject)
    {
        var request = new MemberRequest(null, issuer, subject, null);
        var faults = new RequestFaults();
        Check(request, faults);
        RequestBounds.Of(typeof(MemberRequest)).Check(request, faults);
        return faults.Of("issuer") ?? faults.Of("subject");
    }

    /// <summary>Adds a fault if a permission does not exist.</summary>
    public static void Permissions(IReadOnlyList<string>? permissions, KnownPermissions known, RequestFaults faults)
    {
        var unknown = permissions?.OfType<string>().Except(known.Names, StringComparer.Ordinal).Take(MostShown).ToList() ?? [];
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
            "An e-mail address, such as anna@example.com."
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

    /// <summary>Names the unknown permission and the likely intended one to the operator.</summary>
    /// <exception cref="Platform.OperatorException">One of the permissions cannot be granted.</exception>
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

    /// <summary>Throws the fault of a value, in the form for the operator's command line.</summary>
    /// <exception cref="Platform.OperatorException">There is a fault.</exception>
    public static void OrThrow(Problem? problem, string what)
    {
        if (problem is not null)
            throw new Platform.OperatorException($"{what}: {problem.Errors!.First().Value[0]}");
    }
}
