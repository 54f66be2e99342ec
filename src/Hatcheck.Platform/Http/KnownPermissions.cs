using System.Text.RegularExpressions;

namespace Hatcheck.Platform.Http;

/// <summary>
/// All permissions, as the capabilities declare them and in their order. API keys hold permissions directly (there they are
/// called scopes); members and users hold them through roles. docs/concepts/access.md lists them; a test compares that page
/// with this list.
/// </summary>
internal sealed partial class KnownPermissions
{
    /// <summary>Held by every caller and never granted: read who the caller is, and their tenant.</summary>
    public const string TenantRead = "tenant:read";

    /// <summary>Gathers the declared permissions.</summary>
    /// <param name="declared">Permissions by capability.</param>
    /// <exception cref="InvalidOperationException">
    /// A declaration is incomplete, or two share a name; the message lists every fault.
    /// </exception>
    public KnownPermissions(IEnumerable<Permission> declared)
    {
        Declared = [.. declared];
        Names = [.. Declared.Select(permission => permission.Name)];
        var faults = Declared
            .SelectMany(FaultsOf)
            .Concat(
                Names
                    .Append(TenantRead)
                    .GroupBy(name => name, StringComparer.Ordinal)
                    .Where(group => group.Skip(1).Any())
                    .Select(group => $"{group.Key}: two permissions have this name.")
            )
            .ToList();
        if (faults.Count == 0)
            return;
        throw new InvalidOperationException($"The permissions are not declared in full:\n{string.Join('\n', faults)}");
    }

    public IReadOnlyList<Permission> Declared { get; }

    public IReadOnlyList<string> Names { get; }

    public static KnownPermissions Of(IEnumerable<Capability> capabilities) =>
        new(capabilities.SelectMany(capability => capability.Permissions));

    /// <summary>A caller's permissions: those granted that still exist, plus those every caller holds.</summary>
    public IReadOnlySet<string> Held(IEnumerable<string> granted) =>
        granted.Where(Names.Contains).Append(TenantRead).ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> FaultsOf(Permission permission)
    {
        if (!Form().IsMatch(permission.Name))
            yield return $"{permission.Name}: a name is things:verb, in lower case.";
        if (!permission.Description.TrimEnd().EndsWith('.'))
            yield return $"{permission.Name}: has no description.";
        if (permission.HeldBy.Contains(BuiltInRole.Owner))
            yield return $"{permission.Name}: the owner holds everything, unsaid.";
    }

    [GeneratedRegex("^[a-z]{1,30}:[a-z]{1,30}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
