using System.Text.Json;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>
/// Migrates stored values from the schema they were written under to the current one, version by version, so that the
/// result does not depend on when it runs. Values that do not conform are reported, never silently lost.
/// </summary>
internal static class SchemaMigration
{
    /// <summary>The values under the last version, and those that did not conform to a step.</summary>
    /// <param name="values">Own values, by path.</param>
    /// <param name="steps">The versions since, oldest first; only the current one if there is none.</param>
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
