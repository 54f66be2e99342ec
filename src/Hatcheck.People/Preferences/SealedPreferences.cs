using System.Text.Json;
using System.Text.Json.Serialization;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;

namespace Hatcheck.People.Preferences;

/// <summary>
/// The sealed form of a user's own values. It repeats both versions, so that an older cell restored into its row does not
/// open.
/// </summary>
internal sealed record SealedValues(int Version, int SchemaVersion, SortedDictionary<string, JsonElement> Values)
{
    /// <summary>Opens the cell of a row.</summary>
    /// <exception cref="CannotOpenException">The cell belongs to another row or version.</exception>
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

/// <summary>The sealed form of a change: actor, keys, and all own values after it, for rollback.</summary>
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
    /// <exception cref="CannotOpenException">The cell belongs to another row.</exception>
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
