using System.Buffers.Text;
using System.Text.Json;
using Hatcheck.Platform.Planting;
using static Hatcheck.Platform.Planting.PlantedRequest;

namespace Hatcheck.Access;

/// <summary>
/// The leak drill's requests for sessions, staff, roles and keys. Names of roles, keys and issuers are the tenant's own
/// words, stored in the clear.
/// </summary>
internal static class AccessPlanting
{
    private const string NoBot =
        "accepted only with Telegram's signature for a bot of the settings, and the drill sets up none; what is refused is "
        + "searched for all the same";

    private static readonly Dictionary<string, string> noBot = new(StringComparer.Ordinal)
    {
        ["body bot"] = NoBot,
        ["body data"] = NoBot,
    };

    public static IReadOnlyList<PlantedOperation> Declared { get; } =
    [
        // Two sessions, each from its own address; one still exists when the drill searches the database.
        new("createSession", _ => [Of(("body client_address", "192.0.2.77")), Of(("body client_address", "2001:db8::77"))])
        {
            Again = true,
        },
        new("refreshSession", tenant => [Of(("body refresh_token", tenant.Learned("refresh_token")))]) { Late = 1 },
        new("logOut", tenant => [Of(("body refresh_token", tenant.Learned("refresh_token")))]) { Late = 2 },
        new("endSession", tenant => [Of(("path sessionId", SessionOf(tenant)))]),
        new("addRole", tenant => [Of(("body name", Role(tenant)), ("body permissions[]", AccessPermissions.SessionsRead))]),
        new("getRole", tenant => [Of(("path role", Role(tenant)))]),
        new("changeRole", tenant => [Of(("path role", Role(tenant)), ("body permissions[]", AccessPermissions.RolesRead))]),
        new("removeRole", tenant => [Of(("path role", Role(tenant)))]),
        new("addApiKey", _ => [Of(("body name", "report"), ("body permissions[]", AccessPermissions.SessionsRead))]),
        new("addMember", tenant => [Member("addMember", tenant), Member("addMember", tenant)]),
        new("changeMember", tenant => [Member("changeMember", tenant)]),
        PlantedOperation.Plain("telegramLogin") with
        {
            NotPlanted = noBot,
        },
        PlantedOperation.Plain("telegramWebApp") with
        {
            NotPlanted = noBot,
        },
        PlantedOperation.Plain("endOwnSession") with
        {
            NotPlanted = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["path sessionId"] =
                    "an API key, which the drill calls with, has no sessions of its own; endSession takes the same ids",
            },
        },
    ];

    // Each tenant has another name: one that both had would answer both.
    private static string Role(IPlantedTenant tenant) => $"role-of-{tenant.Name.Split(' ')[^1]}";

    private static PlantedRequest Member(string operation, IPlantedTenant tenant) =>
        Of(
            ("body email", tenant.Email($"{operation} body email")),
            ("body issuer", "staff"),
            ("body subject", tenant.Ascii($"{operation} body subject")),
            ("body roles[]", "support")
        );

    // The session of the newest access token.
    private static string SessionOf(IPlantedTenant tenant)
    {
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(tenant.Learned("access_token").Split('.')[1]));
        return payload.RootElement.GetProperty("sid").GetString()!;
    }
}
