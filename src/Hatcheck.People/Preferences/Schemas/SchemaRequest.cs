using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http.Requests;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>
/// Compiles a tenant's additions to the built-in preferences, and compares them with the previous version.
/// </summary>
internal static class SchemaRequest
{
    private const string GoneKey = "A key that the previous version has and this one lacks; each once.";
    private const string FreshKey = "A key that this version has and the previous one lacks; each once.";

    /// <summary>Compiles a document that was accepted when it was stored.</summary>
    public static PreferenceSchema Stored(int version, PreferenceSchemaRequest request) =>
        Compile(version, request, new DocumentFaults());

    /// <summary>Compiles a new version; reports every fault with its field.</summary>
    public static PreferenceSchema Read(PreferenceSchema before, PreferenceSchemaRequest request, DocumentFaults faults)
    {
        foreach (var (field, part) in new[] { ("properties", request.Properties), ("defaults", request.Defaults) })
        {
            if (part is { ValueKind: not JsonValueKind.Object and var given })
                faults.Add(field, $"An object, got {ValueCheck.Given(given)}.");
        }

        if (faults.Any)
            return before;
        var schema = Compile(before.Version + 1, request, faults);
        Migrations(before, schema, request.Migrations ?? [], faults);
        return schema;
    }

    private static PreferenceSchema Compile(int version, PreferenceSchemaRequest request, DocumentFaults faults)
    {
        var own = request.Properties is { } properties ? SchemaReader.Keys(properties, "properties", builtIn: false, faults) : [];
        var builtIn = BuiltInKeys.Schema;
        foreach (var key in own)
        {
            if (builtIn.Keys.ContainsKey(key.Path) || builtIn.IsGroup(key.Path) || Above(key.Path).Any(builtIn.Keys.ContainsKey))
                faults.Add(
                    "properties." + key.Path.Replace(".", ".properties.", StringComparison.Ordinal),
                    "This name is built in. To change its default, set it under `defaults`."
                );
        }

        var keys = builtIn.Keys.Values.Concat(own).ToList();
        var renames = new List<KeyRename>();
        var drops = new List<string>();
        foreach (var step in request.Migrations ?? [])
        {
            if (step.Drop is { } dropped)
                drops.Add(dropped);
            else if (step is { From: { } from, To: { } to })
                renames.Add(new KeyRename(from, to));
        }

        var bare = new PreferenceSchema(
            version,
            keys,
            new Dictionary<string, JsonElement>(StringComparer.Ordinal),
            renames,
            drops
        );
        if (request.Defaults is not { } defaults)
            return bare;
        var found = new DocumentFaults();
        var values = bare.Read(defaults, found);
        foreach (var (field, messages) in found.ByField)
            faults.Add(field == FieldNames.Body ? "defaults" : $"defaults.{field}", messages[0]);
        foreach (var path in values.Keys.Where(path => !bare.Keys[path].BuiltIn))
            faults.Add($"defaults.{path}", "This key is the tenant's own: set its `default` under `properties`.");
        return new PreferenceSchema(version, keys, values, renames, drops);
    }

    // A key never just disappears: the schema is refused unless it has a migration for users' values.
    private static void Migrations(
        PreferenceSchema before,
        PreferenceSchema after,
        IReadOnlyList<PreferenceMigration> steps,
        DocumentFaults faults
    )
    {
        var gone = before.Keys.Keys.Where(path => !after.Keys.ContainsKey(path)).ToHashSet(StringComparer.Ordinal);
        var fresh = after.Keys.Keys.Where(path => !before.Keys.ContainsKey(path)).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < steps.Count; i++)
        {
            var field = $"migrations[{i}]";
            switch (steps[i])
            {
                case { Drop: { } drop, From: null, To: null }:
                    if (!gone.Remove(drop))
                        faults.Add($"{field}.drop", GoneKey + Nearest.Ask(drop, gone));
                    break;
                case { Drop: null, From: { } from, To: { } to }:
                    if (!gone.Remove(from))
                        faults.Add($"{field}.from", GoneKey + Nearest.Ask(from, gone));
                    if (!fresh.Remove(to))
                        faults.Add($"{field}.to", FreshKey + Nearest.Ask(to, fresh));
                    break;
                default:
                    faults.Add(field, "Either `drop`, or `from` and `to`.");
                    break;
            }
        }

        foreach (var path in gone.Order(StringComparer.Ordinal))
            faults.Add(
                "properties." + path.Replace(".", ".properties.", StringComparison.Ordinal),
                "The previous version has this key. Keep it, or add a step for it under `migrations`: { \"from\", \"to\" "
                    + "} or { \"drop\" }."
            );
    }

    private static IEnumerable<string> Above(string path)
    {
        for (var dot = path.LastIndexOf('.'); dot > 0; dot = path.LastIndexOf('.', dot - 1))
            yield return path[..dot];
    }
}
