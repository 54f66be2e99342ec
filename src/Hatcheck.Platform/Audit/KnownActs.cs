using System.Text.RegularExpressions;

namespace Hatcheck.Platform.Audit;

/// <summary>
/// Every act that the audit log can hold, as the capabilities declare it and in their order. docs/concepts/audit.md lists
/// them; a test compares that page with this list.
/// </summary>
internal sealed partial class KnownActs
{
    /// <summary>Gathers the declared acts.</summary>
    /// <param name="declared">Acts by capability.</param>
    /// <exception cref="InvalidOperationException">
    /// A declaration is incomplete, or two share a name; the message lists every fault.
    /// </exception>
    public KnownActs(IEnumerable<Act> declared)
    {
        Declared = [.. declared];
        var faults = Declared
            .SelectMany(FaultsOf)
            .Concat(
                Declared
                    .GroupBy(act => act.Name, StringComparer.Ordinal)
                    .Where(group => group.Skip(1).Any())
                    .Select(group => $"{group.Key}: two acts have this name.")
            )
            .ToList();
        if (faults.Count == 0)
            return;
        throw new InvalidOperationException($"The acts are not declared in full:\n{string.Join('\n', faults)}");
    }

    public IReadOnlyList<Act> Declared { get; }

    public static KnownActs Of(IEnumerable<Capability> capabilities) =>
        new(capabilities.SelectMany(capability => capability.Acts));

    private static IEnumerable<string> FaultsOf(Act act)
    {
        if (!Form().IsMatch(act.Name))
            yield return $"{act.Name}: a name is thing.deed, in lower case.";
        if (act.Description is not [var first, .., '.'] || !char.IsUpper(first))
            yield return $"{act.Name}: its description is not a sentence.";
    }

    [GeneratedRegex("^[a-z]{1,30}\\.[a-z_]{1,30}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
