using Hatcheck.Platform;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>
/// Explains an unknown name: lists the existing names and the likely intended one, but never repeats the name.
/// </summary>
internal static class UnknownName
{
    private const int MostMeant = 3;
    private const int MostNames = 12;

    /// <summary>Explains a member of a document.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="group">The path of the member's group; empty at the top.</param>
    /// <param name="name">The name as sent.</param>
    public static string Fault(PreferenceSchema schema, string group, string name)
    {
        var names = NamesIn(schema, group);
        // In the wrong group: theme instead of interface.theme.
        if (Ending(schema, group, name) is { Count: > 0 } elsewhere)
            return Misplaced(elsewhere);
        var near = Nearest.Ask(name, names);
        if (near.Length == 0 && Nearest.To(name, Paths(schema).Select(Last)) is [var meant, ..])
            return Misplaced(Ending(schema, group, meant));
        return $"There is no such preference here: there are {List(names)}.{near}";
    }

    /// <summary>Explains a path, as in a reset.</summary>
    public static string Fault(PreferenceSchema schema, string path)
    {
        var meant = Ending(schema, "", path) is { Count: > 0 } longer ? longer : Nearest.To(path, Paths(schema)).Take(1);
        return $"There is no such preference; GET /preferences/schema lists all.{Nearest.Question(meant)}";
    }

    /// <summary>Explains a group that got a value.</summary>
    public static string Group(PreferenceSchema schema, string group, string given) =>
        $"{group} is a group: expected an object with {List(NamesIn(schema, group))}, got {given}.";

    private static string Misplaced(List<string> meant)
    {
        var names = meant[0].Split('.');
        var example = "{" + string.Join(":{", names.Select(name => $"\"{name}\"")) + ":…" + new string('}', names.Length);
        return $"There is no such preference here.{Nearest.Question(meant)} Nest it: {example}";
    }

    // Names below the group come first.
    private static List<string> Ending(PreferenceSchema schema, string group, string name) =>
        [
            .. Paths(schema)
                .Where(path => path == name || path.EndsWith("." + name, StringComparison.Ordinal))
                .OrderByDescending(path => group.Length > 0 && path.StartsWith(group + ".", StringComparison.Ordinal))
                .ThenBy(path => path, StringComparer.Ordinal)
                .Take(MostMeant),
        ];

    private static IEnumerable<string> Paths(PreferenceSchema schema) => schema.Keys.Keys.Concat(schema.Groups);

    private static string Last(string path) => path[(path.LastIndexOf('.') + 1)..];

    private static List<string> NamesIn(PreferenceSchema schema, string group)
    {
        var above = group.Length == 0 ? "" : group + ".";
        return
        [
            .. schema
                .Keys.Keys.Where(key => key.StartsWith(above, StringComparison.Ordinal))
                .Select(key => key[above.Length..].Split('.')[0])
                .Distinct(StringComparer.Ordinal),
        ];
    }

    private static string List(List<string> names) =>
        names.Count <= MostNames
            ? string.Join(", ", names)
            : $"{string.Join(", ", names[..MostNames])} and {names.Count - MostNames} more (GET /preferences/schema shows all)";
}
