using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Preferences;

/// <summary>A user's own values after a change.</summary>
/// <param name="Own">All own values from now on.</param>
/// <param name="Unfit">The values that do not conform.</param>
internal sealed record ProposedValues(SortedDictionary<string, JsonElement> Own, IReadOnlyList<Unfit> Unfit);

/// <summary>A user's current preferences, decrypted, and the computation of changes.</summary>
/// <param name="Person">The survivor.</param>
/// <param name="ReadAt">When, by the database's clock; a change computed from it gets this time.</param>
/// <param name="Version">0 if there was never an own value.</param>
/// <param name="StoredSchema">The version of the schema they were written under.</param>
/// <param name="UpdatedAt">Null for version 0.</param>
/// <param name="Stored">Own values, as written.</param>
/// <param name="Own">Own values under the current schema.</param>
/// <param name="Unfit">The values of <paramref name="Stored"/> that do not conform to the current schema.</param>
/// <param name="Schema">The current schema.</param>
internal sealed record PreferenceState(
    PersonLookup.Found Person,
    DateTimeOffset ReadAt,
    int Version,
    int StoredSchema,
    DateTimeOffset? UpdatedAt,
    SortedDictionary<string, JsonElement> Stored,
    SortedDictionary<string, JsonElement> Own,
    IReadOnlyList<Unfit> Unfit,
    PreferenceSchema Schema
)
{
    /// <summary>The largest size of all own values of a user, as JSON: 16 KiB.</summary>
    public const int LargestDocument = 16 * 1024;

    public Guid User => Person.User;

    /// <summary>
    /// Differs for every different answer. It holds the user's version, the tenant's schema, this release's built-in keys,
    /// and the start of the user's id, since after a merge the same URL answers with another user's preferences.
    /// </summary>
    public string Etag => $"\"{Version}.{Schema.Version}.{BuiltInKeys.Version}-{User.ToString("N")[..8]}\"";

    /// <summary>
    /// JSON Merge Patch (RFC 7396). Null removes the own value, so that the inherited one applies again.
    /// </summary>
    public Outcome<ProposedValues> Merge(JsonElement patch)
    {
        var faults = new DocumentFaults();
        Schema.CheckNames(patch, faults);
        if (faults.Any)
            return PreferenceRefusal.Of(faults);
        var patched = MergePatch.Apply(PreferenceSchema.Nest(Own), JsonObject.Create(patch));
        return Replace(JsonSerializer.SerializeToElement((JsonObject)patched!, ExportJson.Default.JsonObject));
    }

    /// <summary>Replaces all own values by the document.</summary>
    public Outcome<ProposedValues> Replace(JsonElement document)
    {
        var faults = new DocumentFaults();
        var values = Schema.Read(document, faults);
        if (!faults.Any && values.Sum(pair => pair.Key.Length + pair.Value.GetRawText().Length) > LargestDocument)
            faults.Add("", $"All own values together have at most {LargestDocument} characters.");
        return faults.Any ? PreferenceRefusal.Of(faults) : new ProposedValues(values, []);
    }

    /// <summary>Removes own values: all, or those of categories and keys.</summary>
    public Outcome<ProposedValues> Reset(IReadOnlyList<string>? keys)
    {
        var faults = new DocumentFaults();
        for (var i = 0; i < keys?.Count; i++)
        {
            var key = keys[i];
            if (!Schema.Keys.ContainsKey(key) && !Schema.IsGroup(key))
                faults.Add($"keys[{i}]", () => UnknownName.Fault(Schema, key));
        }

        if (faults.Any)
            return PreferenceRefusal.Of(faults);
        var left = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        if (keys is null)
            return new ProposedValues(left, []);
        foreach (var (path, value) in Own)
        {
            if (!keys.Any(key => path == key || path.StartsWith($"{key}.", StringComparison.Ordinal)))
                left[path] = value;
        }

        return new ProposedValues(left, []);
    }

    /// <summary>The keys that differ, with a reason if the schema caused it.</summary>
    public static List<PreferenceKeyChange> Differences(
        IReadOnlyDictionary<string, JsonElement> before,
        IReadOnlyDictionary<string, JsonElement> after,
        IEnumerable<Unfit> unfit
    )
    {
        var reasons = unfit.ToLookup(value => value.Key, value => value.Reason, StringComparer.Ordinal);
        var changes = new List<PreferenceKeyChange>();
        foreach (var path in before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            JsonElement? old = before.TryGetValue(path, out var was) ? was : null;
            JsonElement? now = after.TryGetValue(path, out var value) ? value : null;
            if (old is { } one && now is { } other && JsonElement.DeepEquals(one, other))
                continue;
            changes.Add(new PreferenceKeyChange(path, old, now, now is null ? reasons[path].FirstOrDefault() : null));
        }

        return changes;
    }

    /// <summary>The effective values.</summary>
    /// <param name="explain">Whether to add the source of each value.</param>
    public PreferencesResponse ToResponse(bool explain)
    {
        var sources = explain ? new JsonObject() : null;
        var effective = Schema.Keys.Values.Select(key => (key.Path, Effective: Schema.Effective(key, Own))).ToList();
        var values = PreferenceSchema.Nest(effective.Select(one => KeyValuePair.Create(one.Path, one.Effective.Value)));
        foreach (var (path, (_, source)) in explain ? effective : [])
            PreferenceSchema.Place(sources!, path, source);
        var unfit = Unfit.Select(one => new UnfitPreference(one.Key, one.Value, one.Reason)).ToList();
        return new PreferencesResponse(
            User,
            Version,
            Schema.Version,
            Etag,
            UpdatedAt,
            values,
            sources,
            unfit.Count == 0 ? null : unfit
        );
    }
}
