using Hatcheck.Server.Channels;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Verbs;

namespace Hatcheck.Server.Access;

/// <summary>Checks what requests about keys, roles and members say; each gives the problem to answer, or null.</summary>
internal static class AccessInput
{
    public const int DefaultLimit = 50;
    public const int LargestLimit = 200;
    private const int MostRoles = 20;

    public static Problem? Name(string? name) => BoundedText.IsCode(name) ? null : Problems.Invalid("name", "1 to 64 of a-z 0-9 . _ -");

    public static Problem? Permissions(IReadOnlyList<string>? permissions) =>
        permissions is { Count: > 0 } && permissions.All(permission => permission is not null && Platform.Http.Permissions.All.Contains(permission, StringComparer.Ordinal))
            ? null
            : Problems.Invalid("permissions", $"One or more of {string.Join(' ', Platform.Http.Permissions.All)}.");

    /// <summary>Whether each is a role of the tenant is found out with the change.</summary>
    public static Problem? Roles(IReadOnlyList<string>? roles) =>
        roles is { Count: > 0 and <= MostRoles } && roles.All(BoundedText.IsCode) && roles.Distinct(StringComparer.Ordinal).Count() == roles.Count
            ? null
            : Problems.Invalid("roles", $"One to {MostRoles} different roles, by name.");

    public static Problem? Profile(string? displayName, string? email)
    {
        if (displayName is null || string.IsNullOrWhiteSpace(displayName) || displayName.Contains('\n', StringComparison.Ordinal) || BoundedText.Accept(displayName, 100) is null)
            return Problems.Invalid("display_name", "1 to 100 printable characters on one line.");
        return email is null || Crypto.CanonicalId.TryEmail(email, out _) ? null : Problems.Invalid("email", "An e-mail address, as anna@example.com.");
    }

    /// <summary>How a member signs in.</summary>
    public static Problem? SignIn(string? issuer, string? subject)
    {
        if (!BoundedText.IsCode(issuer)) return Problems.Invalid("issuer", "The name of a sign-in issuer of this server: 1 to 64 of a-z 0-9 . _ -");
        return ExternalChannel.IsSubject(subject) ? null : Problems.Invalid("subject", "The token's `sub`: 1 to 255 printable ASCII characters.");
    }

    /// <summary>A page by id: what <c>limit</c> and <c>cursor</c> mean.</summary>
    public static Problem? Page(int? limit, string? cursor, out int most, out Guid after)
    {
        most = limit ?? DefaultLimit;
        after = default;
        if (most is < 1 or > LargestLimit) return Problems.Invalid("limit", $"1 to {LargestLimit}.");
        return cursor is null || Guid.TryParseExact(cursor, "N", out after) ? null : Problems.Invalid("cursor", "Give next_cursor of the page before, as it was.");
    }

    /// <summary>Tells the operator which permission there is not, and which it may have meant.</summary>
    /// <exception cref="Platform.OperatorException">One of them is none that can be granted.</exception>
    public static void EnsurePermissions(IReadOnlyList<string> wanted, string option)
    {
        var all = Platform.Http.Permissions.All;
        if (wanted.FirstOrDefault(permission => !all.Contains(permission, StringComparer.Ordinal)) is not { } wrong) return;
        var near = Nearest.To(wrong, all);
        var others = string.Join(' ', near.Concat(all.Except(near, StringComparer.Ordinal)));
        throw new Platform.OperatorException($"{option}: there is no permission {wrong}.{Nearest.Question(near)} There are {others}.");
    }

    /// <summary>The fault of a value as the operator's command line tells it.</summary>
    /// <exception cref="Platform.OperatorException">There is a fault.</exception>
    public static void OrThrow(Problem? problem, string what)
    {
        if (problem is not null) throw new Platform.OperatorException($"{what}: {problem.Errors!.First().Value[0]}");
    }
}
