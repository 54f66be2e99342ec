using System.Text.Json;
using System.Text.Json.Serialization;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Preferences.Schemas;
using Hatcheck.Server.Users;

namespace Hatcheck.Server.Preferences;

/// <summary>What is sealed of a person's own values. Both versions are in it again: a cell of another time put back into its row does not open.</summary>
internal sealed record SealedValues(int Version, int SchemaVersion, SortedDictionary<string, JsonElement> Values);

/// <summary>What is sealed of a change: who, what, and all own values since, to go back to.</summary>
internal sealed record SealedChange(
    int Version, int SchemaVersion, string Act, string Actor, IReadOnlyList<PreferenceKeyChange> Changes, SortedDictionary<string, JsonElement> Values);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SealedValues))]
[JsonSerializable(typeof(SealedChange))]
internal sealed partial class SealedPreferencesJson : JsonSerializerContext;

/// <summary>A person's preferences as they stand, opened.</summary>
/// <param name="Person">The survivor.</param>
/// <param name="ReadAt">When, by the database's clock; a change that is made of it bears this time.</param>
/// <param name="Version">0 if there has never been an own value.</param>
/// <param name="StoredSchema">The schema that they were written under.</param>
/// <param name="UpdatedAt">Null for version 0.</param>
/// <param name="Stored">Own values, as they were written.</param>
/// <param name="Own">Own values under today's schema.</param>
/// <param name="Unfit">What of <paramref name="Stored"/> today's schema does not take.</param>
/// <param name="Schema">Today's.</param>
internal sealed record PreferenceState(
    PersonLookup.Found Person,
    DateTimeOffset ReadAt,
    int Version,
    int StoredSchema,
    DateTimeOffset? UpdatedAt,
    SortedDictionary<string, JsonElement> Stored,
    SortedDictionary<string, JsonElement> Own,
    IReadOnlyList<Unfit> Unfit,
    PreferenceSchema Schema)
{
    public Guid User => Person.User;

    /// <summary>
    /// Another value for every other answer: the person's version, the tenant's schema with its defaults, this release's; and the beginning
    /// of the user's id, since after a merge the same address answers with another person's.
    /// </summary>
    public string Etag => $"\"{Version}.{Schema.Version}.{BuiltInKeys.Version}-{User.ToString("N")[..8]}\"";

    /// <summary>Opens the stored cell of a row.</summary>
    /// <exception cref="CannotOpenException">It is not this row's, or of another time.</exception>
    public static async ValueTask<SortedDictionary<string, JsonElement>> OpenAsync(
        PersonVault vault, PreferenceRow row, CancellationToken cancellation)
    {
        var opened = await vault.OpenAsync(PreferenceRow.Sealed.At(KeyOwner.User(row.UserId)), row.OwnValues, cancellation);
        return opened.Version == row.Version && opened.SchemaVersion == row.SchemaVersion ? opened.Values : throw new CannotOpenException();
    }

    /// <summary>Opens a change.</summary>
    /// <exception cref="CannotOpenException">It is not this row's.</exception>
    public static async ValueTask<SealedChange> OpenAsync(
        PersonVault vault, PreferenceHistoryRow row, CancellationToken cancellation)
    {
        var opened = await vault.OpenAsync(
            PreferenceHistoryRow.Sealed.At(KeyOwner.User(row.UserId), row.ChangeId), row.Change, cancellation);
        return opened.Version == row.Version ? opened : throw new CannotOpenException();
    }
}
