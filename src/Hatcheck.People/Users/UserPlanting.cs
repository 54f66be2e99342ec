using Hatcheck.Platform.Planting;
using static Hatcheck.Platform.Planting.PlantedRequest;

namespace Hatcheck.People.Users;

/// <summary>The leak drill's requests for users and their identities.</summary>
internal static class UserPlanting
{
    public static IReadOnlyList<PlantedOperation> Declared { get; } =
    [
        // The first user is on Telegram, the second on WhatsApp, and they are merged.
        new(
            "resolveUser",
            tenant => [tenant.NewIdentity("resolveUser", "telegram"), tenant.NewIdentity("resolveUser", "whatsapp")]
        )
        {
            IsFirst = true,
        },
        new("linkIdentity", tenant => [tenant.NewIdentity("linkIdentity", "telegram")]),
        PlantedOperation.Plain("createLinkCode") with
        {
            Again = true,
        },
        new("mergeUser", tenant => [Of(("path id", tenant.Users[^1]), ("body code", tenant.Learned("code")))]) { Late = 3 },
    ];
}
