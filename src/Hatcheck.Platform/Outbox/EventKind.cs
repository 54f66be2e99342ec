using System.Text.RegularExpressions;

namespace Hatcheck.Platform.Outbox;

/// <summary>Something that other services can be told of, as its capability declares it.</summary>
/// <param name="Name">A thing and what became of it, such as <c>user.deleted</c>. Frozen: receivers decide by it.</param>
/// <param name="Says">A sentence for whoever subscribes.</param>
internal sealed record EventKind(string Name, string Says);

/// <summary>Every event that an endpoint can get, as the capabilities declare it and in their order.</summary>
internal sealed partial class KnownEvents
{
    /// <summary>Gathers them.</summary>
    /// <param name="declared">By capability.</param>
    /// <exception cref="InvalidOperationException">A declaration is not complete, or two share a name; says which.</exception>
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
        if (kind.Says is not [var first, .., '.'] || !char.IsUpper(first))
            yield return $"{kind.Name}: says no sentence.";
    }

    [GeneratedRegex("^[a-z]{1,30}\\.[a-z_]{1,30}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
