using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Preferences.Schemas;

namespace Hatcheck.Server.Preferences;

/// <summary>What can be done to a person's own values, each as a computation on what stands.</summary>
internal static class PreferenceActs
{
    public static readonly Act Update = new(Prefix + "update", "Your preferences were changed.", IsPersonal: true);
    public static readonly Act Replace = new(Prefix + "replace", "Your preferences were replaced as a whole.", IsPersonal: true);

    public static readonly Act Reset =
        new(Prefix + "reset", "Preferences of yours were reset to the defaults.", IsPersonal: true);

    public static readonly Act RollBack =
        new(Prefix + "rollback", "Your preferences were set back to an earlier version.", IsPersonal: true);

    public static readonly Act Migrate =
        new(Prefix + "migrate", "Your preferences were fitted to new settings.", IsPersonal: true);

    /// <summary>Of the tenant: nobody's own values.</summary>
    public static readonly Act Schema =
        new(Prefix + "schema", "The tenant's own preferences and defaults were changed.", IsPersonal: false);

    private const string Prefix = "preferences.";

    public static IReadOnlyList<Act> Declared { get; } = [Update, Replace, Reset, RollBack, Migrate, Schema];

    /// <summary>What the history calls an act: <c>update</c>.</summary>
    public static string InHistory(Act act) => act.Name[Prefix.Length..];

    /// <summary>All own values of a person together, as JSON: 16 KiB.</summary>
    public const int LargestDocument = 16 * 1024;

    /// <summary>JSON Merge Patch (RFC 7396); null takes the own value away, so that the inherited one counts again.</summary>
    public static Proposal Merge(PreferenceState state, JsonElement patch)
    {
        var faults = new DocumentFaults();
        state.Schema.CheckNames(patch, faults);
        if (faults.Any) return new Proposal.Refused(faults.ByField);
        var patched = MergePatch.Apply(PreferenceSchema.Nest(state.Own), JsonObject.Create(patch));
        return Checked(state, JsonSerializer.SerializeToElement((JsonObject)patched!, ExportJson.Default.JsonObject));
    }

    /// <summary>The document is all own values from now on.</summary>
    public static Proposal ReplaceWith(PreferenceState state, JsonElement document) => Checked(state, document);

    /// <summary>Takes away own values: all, or those of categories and keys.</summary>
    public static Proposal ResetOf(PreferenceState state, IReadOnlyList<string>? keys)
    {
        var faults = new DocumentFaults();
        for (var i = 0; i < keys?.Count; i++)
        {
            var key = keys[i];
            if (!state.Schema.Keys.ContainsKey(key) && !state.Schema.IsGroup(key))
                faults.Add($"keys[{i}]", () => UnknownName.Fault(state.Schema, key));
        }

        if (faults.Any) return new Proposal.Refused(faults.ByField);
        var left = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (path, value) in state.Own)
        {
            if (keys is not null && !keys.Any(key => path == key || path.StartsWith($"{key}.", StringComparison.Ordinal))) left[path] = value;
        }

        return new Proposal.Values(left, []);
    }

    private static Proposal Checked(PreferenceState state, JsonElement document)
    {
        var faults = new DocumentFaults();
        var values = state.Schema.Read(document, faults);
        if (!faults.Any && values.Sum(pair => pair.Key.Length + pair.Value.GetRawText().Length) > LargestDocument)
            faults.Add("", $"All own values together have at most {LargestDocument} characters.");
        return faults.Any ? new Proposal.Refused(faults.ByField) : new Proposal.Values(values, []);
    }
}
