using System.Text.Json.Nodes;
using Hatcheck.Platform.Planting;
using static Hatcheck.Platform.Planting.PlantedRequest;

namespace Hatcheck.People.Preferences;

/// <summary>The leak drill's requests for preferences and the tenant's own keys.</summary>
internal static class PreferencePlanting
{
    public static IReadOnlyList<PlantedOperation> Declared { get; } =
    [
        // Keys must exist before they are renamed or dropped.
        new(
            "putPreferenceSchema",
            _ =>
                [
                    Schema("one", "two", []),
                    Schema("uno", "two", [("body migrations[].from", "drill.one"), ("body migrations[].to", "drill.uno")]),
                    Schema("uno", null, [("body migrations[].drop", "drill.two")]),
                ]
        ),
        new("putPreferences", tenant => [Instructions("putPreferences", tenant)]),
        new("patchPreferences", tenant => [Instructions("patchPreferences", tenant)]),
        new("resetPreferences", _ => [Of(AnyVersion, ("body keys[]", "notifications"))]),
        new("rollBackPreferences", _ => [Of(AnyVersion, ("body version", 1))]),
    ];

    private static PlantedRequest Schema(string first, string? second, (string, JsonNode?)[] migration)
    {
        var keys = new JsonObject { [first] = Switch() };
        if (second is not null)
            keys[second] = Switch();
        var properties = new JsonObject
        {
            ["drill"] = new JsonObject { ["type"] = "object", ["properties"] = keys },
        };
        return Of([AnyVersion, ("body properties", properties), .. migration]) with { LeavesOutOthers = true };

        static JsonObject Switch() => new() { ["type"] = "boolean", ["default"] = true };
    }

    private static PlantedRequest Instructions(string operation, IPlantedTenant tenant)
    {
        var text = tenant.Text($"{operation} assistant.instructions");
        return Of(AnyVersion, ("body $", new JsonObject { ["assistant"] = new JsonObject { ["instructions"] = text } }));
    }
}
