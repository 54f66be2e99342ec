using System.Text.Json;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>
/// Brings stored values from the version of the schema that they were written under to today's, version by version, so that
/// it makes no difference whether it is done at once or after each change. What does not come along is told, never just gone.
/// </summary>
internal static class SchemaMigration
{
    /// <summary>The values under the last of the steps, and what did not fit one of them.</summary>
    /// <param name="values">Own values, by path.</param>
    /// <param name="steps">The versions since, oldest first; today's alone if there is none.</param>
    public static (SortedDictionary<string, JsonElement> Values, List<Unfit> Unfit) Run(
        IReadOnlyDictionary<string, JsonElement> values,
        IEnumerable<PreferenceSchema> steps
    )
    {
        var current = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (path, value) in values)
            current[path] = value;
        var unfit = new List<Unfit>();
        foreach (var schema in steps)
            current = Step(current, schema, unfit);
        return (current, unfit);
    }

    private static SortedDictionary<string, JsonElement> Step(
        SortedDictionary<string, JsonElement> before,
        PreferenceSchema schema,
        List<Unfit> unfit
    )
    {
        var after = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (path, value) in before)
        {
            var name = schema.Renames.FirstOrDefault(rename => rename.From == path)?.To ?? path;
            if (!schema.Keys.TryGetValue(name, out var key))
                unfit.Add(new Unfit(path, value, Unfit.Dropped));
            else if (ValueCheck.Fault(key.Range, value) is { } fault)
                unfit.Add(new Unfit(path, value, fault));
            else
                after[name] = value;
        }

        return after;
    }
}
