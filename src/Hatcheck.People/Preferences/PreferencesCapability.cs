using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Planting;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;

namespace Hatcheck.People.Preferences;

/// <summary>Users' preferences, and the tenant's schema of them.</summary>
internal sealed class PreferencesCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Preferences"] = "Users' preferences, and the tenant's schema of them.",
        };

    public override IReadOnlyList<Permission> Permissions => PreferencePermissions.Declared;

    public override IReadOnlyList<Settings> Settings { get; } =
    [Platform.Settings.Of<PreferenceOptions>(PreferenceOptions.Section)];

    public override IReadOnlyList<ProblemKind> Problems { get; } =
    [
        new(ProblemCodes.PreferencesChanged, 412, "The preferences have changed since they were read."),
        new(ProblemCodes.PreferencesVersion, 404, "The history does not hold this version."),
    ];

    public override IReadOnlyList<Act> Acts => PreferenceActs.Declared;

    public override IReadOnlyList<Table> Tables => PreferenceTables.Declared;

    public override IReadOnlyList<PlantedOperation> Planted => PreferencePlanting.Declared;

    public override IReadOnlyList<Part<IPersonalData>> PersonalData { get; } =
    [Part.Of<IPersonalData, PreferenceData>(), Part.Of<IPersonalData, PreferenceHistoryData>()];

    public override void AddServices(IServiceCollection services) => services.AddPreferences();
}
