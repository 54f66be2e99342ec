using System.Text.Json;
using System.Text.Json.Serialization;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;

namespace Hatcheck.People.Preferences;

/// <summary>
/// What is sealed of a person's own values. Both versions are in it again: a cell of another time put back into its row does not
/// open.
/// </summary>
internal sealed record SealedValues(int Version, int SchemaVersion, SortedDictionary<string, JsonElement> Values)
{
    /// <summary>Opens the cell of a row.</summary>
    /// <exception cref="CannotOpenException">It is not this row's, or of another time.</exception>
    public static async ValueTask<SortedDictionary<string, JsonElement>> OpenAsync(
        PersonVault vault,
        PreferenceRow row,
        CancellationToken cancellation
    )
    {
        var place = PreferenceRow.Sealed.At(KeyOwner.User(row.UserId));
        var opened = await vault.OpenAsync(place, row.OwnValues, cancellation);
        var isOfRow = opened.Version == row.Version && opened.SchemaVersion == row.SchemaVersion;
        return isOfRow ? opened.Values : throw new CannotOpenException();
    }
}

/// <summary>What is sealed of a change: who, what, and all own values since, to go back to.</summary>
internal sealed record SealedChange(
    int Version,
    int SchemaVersion,
    string Act,
    string Actor,
    IReadOnlyList<PreferenceKeyChange> Changes,
    SortedDictionary<string, JsonElement> Values
)
{
    /// <summary>Opens the cell of a row.</summary>
    /// <exception cref="CannotOpenException">It is not this row's.</exception>
    public static async ValueTask<SealedChange> OpenAsync(
        PersonVault vault,
        PreferenceHistoryRow row,
        CancellationToken cancellation
    )
    {
        var place = PreferenceHistoryRow.Sealed.At(KeyOwner.User(row.UserId), row.ChangeId);
        var opened = await vault.OpenAsync(place, row.Change, cancellation);
        return opened.Version == row.Version ? opened : throw new CannotOpenException();
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(SealedValues))]
[JsonSerializable(typeof(SealedChange))]
internal sealed partial class SealedPreferencesJson : JsonSerializerContext;
