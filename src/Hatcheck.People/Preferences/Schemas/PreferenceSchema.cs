using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>A key that a version of the schema renames.</summary>
internal sealed record KeyRename(string From, string To);

/// <summary>
/// One compiled version of a tenant's preferences: the built-in keys and the tenant's own, with ranges and defaults.
/// Immutable.
/// </summary>
internal sealed class PreferenceSchema
{
    public const string FromBuiltIn = "built_in";
    public const string FromTenant = "tenant";
    public const string FromUser = "user";

    private readonly FrozenSet<string> groups;

    /// <summary>Compiles keys that are already validated.</summary>
    /// <param name="version">0 if the tenant has no schema.</param>
    /// <param name="keys">All keys; of two with the same path the tenant's wins.</param>
    /// <param name="tenantDefaults">The tenant's values that replace built-in defaults.</param>
    /// <param name="renames">Since the previous version.</param>
    /// <param name="drops">Since the previous version.</param>
    public PreferenceSchema(
        int version,
        IEnumerable<PreferenceKey> keys,
        IReadOnlyDictionary<string, JsonElement> tenantDefaults,
        IReadOnlyList<KeyRename> renames,
        IReadOnlyList<string> drops
    )
    {
        Version = version;
        var byPath = new SortedDictionary<string, PreferenceKey>(StringComparer.Ordinal);
        foreach (var key in keys)
            byPath[key.Path] = key;
        Keys = byPath;
        TenantDefaults = tenantDefaults;
        Renames = renames;
        Drops = drops;
        groups = byPath.Keys.SelectMany(Parents).ToFrozenSet(StringComparer.Ordinal);
    }

    public int Version { get; }

    /// <summary>All keys, sorted by path.</summary>
    public IReadOnlyDictionary<string, PreferenceKey> Keys { get; }

    public IReadOnlyDictionary<string, JsonElement> TenantDefaults { get; }

    public IReadOnlyList<KeyRename> Renames { get; }

    public IReadOnlyList<string> Drops { get; }

    /// <summary>The paths of groups of keys.</summary>
    public IReadOnlySet<string> Groups => groups;

    public bool IsGroup(string path) => groups.Contains(path);

    /// <summary>The effective value and its source: the user's, else the tenant's, else the built-in one.</summary>
    public (JsonElement Value, string Source) Effective(PreferenceKey key, IReadOnlyDictionary<string, JsonElement> own)
    {
        if (own.TryGetValue(key.Path, out var value))
            return (value, FromUser);
        if (TenantDefaults.TryGetValue(key.Path, out value))
            return (value, FromTenant);
        return (key.Default, key.BuiltIn ? FromBuiltIn : FromTenant);
    }

    /// <summary>
    /// Reads a document of own values; reports every fault with its field. <c>null</c> counts as absent.
    /// </summary>
    public SortedDictionary<string, JsonElement> Read(JsonElement document, DocumentFaults faults)
    {
        var values = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        Read(document, "", values, faults);
        return values;
    }

    /// <summary>
    /// Reports unknown names of a patch, even if they only remove: a typing error must not look like a change.
    /// </summary>
    public void CheckNames(JsonElement patch, DocumentFaults faults) => CheckNames(patch, "", faults);

    /// <summary>Nests values by path into a document.</summary>
    public static JsonObject Nest(IEnumerable<KeyValuePair<string, JsonElement>> values)
    {
        var document = new JsonObject();
        foreach (var (path, value) in values)
            Place(document, path, value.ValueKind == JsonValueKind.Array ? JsonArray.Create(value) : JsonValue.Create(value));
        return document;
    }

    /// <summary>Places a node at its path.</summary>
    public static void Place(JsonObject document, string path, JsonNode? value)
    {
        var names = path.Split('.');
        foreach (var name in names[..^1])
        {
            if (document[name] is not JsonObject next)
                document[name] = next = [];
            document = next;
        }

        document[names[^1]] = value;
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (var dot = path.LastIndexOf('.'); dot > 0; dot = path.LastIndexOf('.', dot - 1))
            yield return path[..dot];
    }

    private void Read(JsonElement node, string path, SortedDictionary<string, JsonElement> values, DocumentFaults faults)
    {
        foreach (var member in node.EnumerateObject())
        {
            var name = DocumentFaults.Join(path, member.Name);
            if (!DocumentFaults.IsName(member.Name))
            {
                // A name with a dot would look like the path of another key.
                faults.AddUnknown(path, member.Name, () => UnknownName.Fault(this, path, member.Name));
            }
            else if (Keys.TryGetValue(name, out var key))
            {
                if (member.Value.ValueKind == JsonValueKind.Null)
                    continue;
                if (ValueCheck.Fault(key.Range, member.Value) is { } fault)
                    faults.Add(name, () => fault + ValueCheck.Meant(key.Range, member.Value));
                else
                    values[name] = member.Value;
            }
            else if (!IsGroup(name))
            {
                faults.AddUnknown(path, member.Name, () => UnknownName.Fault(this, path, member.Name));
            }
            else if (member.Value.ValueKind == JsonValueKind.Object)
            {
                Read(member.Value, name, values, faults);
            }
            else if (member.Value.ValueKind != JsonValueKind.Null)
            {
                faults.Add(name, () => UnknownName.Group(this, name, ValueCheck.Given(member.Value.ValueKind)));
            }
        }
    }

    private void CheckNames(JsonElement node, string path, DocumentFaults faults)
    {
        foreach (var member in node.EnumerateObject())
        {
            var name = DocumentFaults.Join(path, member.Name);
            if (DocumentFaults.IsName(member.Name) && Keys.ContainsKey(name))
                continue;
            if (!DocumentFaults.IsName(member.Name) || !IsGroup(name))
                faults.AddUnknown(path, member.Name, () => UnknownName.Fault(this, path, member.Name));
            else if (member.Value.ValueKind == JsonValueKind.Object)
                CheckNames(member.Value, name, faults);
        }
    }
}
