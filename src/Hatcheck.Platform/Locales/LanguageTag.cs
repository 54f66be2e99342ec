using System.Collections.Frozen;

namespace Hatcheck.Platform.Locales;

/// <summary>
/// Language tags of BCP 47 (RFC 5646): well-formed, and every subtag is in the IANA registry. Case does not matter, and a
/// tag is kept as written. Grandfathered and private-use tags are refused: other programs can't interpret them.
/// </summary>
internal static class LanguageTag
{
    public const string Form = "A language tag of BCP 47 whose parts are registered, such as de, pt-BR or zh-Hant-TW.";

    /// <summary>The length that RFC 5646 §4.4.1 requires every implementation to support.</summary>
    public const int Longest = 35;

    private static readonly Lazy<FrozenDictionary<string, FrozenSet<string>>> registry = new(() =>
        LocaleLists
            .Lines("language-subtags.txt")
            .Select(line => line.Split(' '))
            .ToFrozenDictionary(line => line[0], line => line[1..].ToFrozenSet(StringComparer.Ordinal), StringComparer.Ordinal)
    );

    public static bool IsValid(string tag)
    {
        if (tag.Length is < 2 or > Longest || !tag.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'))
            return false;
        var rest = new Queue<string>(tag.ToLowerInvariant().Split('-'));
        if (!Takes("language", rest, out var language))
            return false;
        if (rest.TryPeek(out var extended) && Has("extlang", $"{extended}:{language}"))
            rest.Dequeue();
        _ = Takes("script", rest, out _);
        _ = Takes("region", rest, out _);
        var variants = new HashSet<string>(StringComparer.Ordinal);
        while (Takes("variant", rest, out var variant))
        {
            if (!variants.Add(variant))
                return false;
        }

        return AreExtensions(rest);
    }

    // The only registered singletons are t (RFC 6497) and u (RFC 6067).
    private static bool AreExtensions(Queue<string> rest)
    {
        var singletons = new HashSet<string>(StringComparer.Ordinal);
        while (rest.TryDequeue(out var singleton))
        {
            if (singleton is not ("t" or "u") || !singletons.Add(singleton))
                return false;
            var parts = 0;
            while (rest.TryPeek(out var part) && part.Length is >= 2 and <= 8)
            {
                rest.Dequeue();
                parts++;
            }

            if (parts == 0)
                return false;
        }

        return true;
    }

    private static bool Takes(string kind, Queue<string> rest, out string subtag) =>
        rest.TryPeek(out subtag!) && Has(kind, subtag) && rest.TryDequeue(out _);

    private static bool Has(string kind, string subtag) => registry.Value[kind].Contains(subtag);
}
