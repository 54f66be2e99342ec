using System.Text.RegularExpressions;

namespace Hatcheck.Platform.Outbox;

/// <summary>A kind of event sent to other services, as its capability declares it.</summary>
/// <param name="Name">A thing and what happened to it, such as <c>user.deleted</c>. Frozen: receivers depend on it.</param>
/// <param name="Description">A sentence for subscribers.</param>
internal sealed record EventKind(string Name, string Description);

/// <summary>Every event that an endpoint can receive, as the capabilities declare it and in their order.</summary>
internal sealed partial class KnownEvents
{
    /// <summary>Gathers the declared events.</summary>
    /// <param name="declared">Events by capability.</param>
    /// <exception cref="InvalidOperationException">
    /// A declaration is incomplete, or two share a name; the message lists every fault.
    /// </exception>
    public KnownEvents(IEnumerable<EventKind> declared)
    {
        Declared = [.. declared];
        var faults = Declared
            .SelectMany(FaultsOf)
            .Concat(
                Declared
                    .GroupBy(kind => kind.Name, StringComparer.Ordinal)
                    .Where(group => group.Skip(1).Any())
                    .Select(group => $"{group.Key}: two events have this name.")
            )
            .ToList();
        if (faults.Count == 0)
            return;
        throw new InvalidOperationException($"The events are not declared in full:\n{string.Join('\n', faults)}");
    }

    public IReadOnlyList<EventKind> Declared { get; }

    public static KnownEvents Of(IEnumerable<Capability> capabilities) =>
        new(capabilities.SelectMany(capability => capability.Events));

    private static IEnumerable<string> FaultsOf(EventKind kind)
    {
        if (!Form().IsMatch(kind.Name))
            yield return $"{kind.Name}: a name is thing.deed, in lower case.";
        if (kind.Description is not [var first, .., '.'] || !char.IsUpper(first))
            yield return $"{kind.Name}: its description is not a sentence.";
    }

    [GeneratedRegex("^[a-z]{1,30}\\.[a-z_]{1,30}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
