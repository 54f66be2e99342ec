using System.Text.Json.Nodes;
using Hatcheck.Platform.Planting;
using static Hatcheck.Platform.Planting.PlantedRequest;

namespace Hatcheck.People.Profiles;

/// <summary>The leak drill's requests for profiles, and for erasing the planted user.</summary>
internal static class ProfilePlanting
{
    public static IReadOnlyList<PlantedOperation> Declared { get; } =
    [
        new("getUserByTelegram", tenant => [Of(("path hash", tenant.IndexValues[0]))]),
        new("findUser", tenant => [tenant.KnownIdentity()]),
        new("createUser", tenant => [Fields("createUser", tenant)]),
        new("replaceUser", tenant => [Fields("replaceUser", tenant, AnyVersion)]),
        new("updateUser", tenant => [Fields("updateUser", tenant, AnyVersion)]),
        new(
            "searchUsers",
            tenant =>
                [
                    Of(("body email", tenant.Email("searchUsers body email"))) with
                    {
                        LeavesOutOthers = true,
                    },
                    Of(("body phone", tenant.Phone("searchUsers body phone"))) with
                    {
                        LeavesOutOthers = true,
                    },
                ]
        ),
        // Deletes first, then erases.
        new("deleteUser", _ => [Of(AnyVersion) with { LeavesOutOthers = true }, Of(AnyVersion, ("query confirm", true))])
        {
            IsLast = true,
        },
    ];

    private static PlantedRequest Fields(string operation, IPlantedTenant tenant, params (string, JsonNode?)[] more) =>
        Of([
            ("body email", tenant.Email($"{operation} body email")),
            ("body phone", tenant.Phone($"{operation} body phone")),
            ("body locale", "de-AT"),
            ("body external_subject", tenant.Ascii($"{operation} body external_subject")),
            .. more,
        ]);
}
