using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Server.Drill.Search;
using Hatcheck.Server.Drill.Sinks;
using Hatcheck.Server.Platform.Http;

namespace Hatcheck.Server.Drill.Planting;

/// <summary>Values for one request, where the document alone does not tell what is accepted.</summary>
/// <param name="Given">By place: <c>body channel</c>, <c>path id</c>.</param>
/// <param name="LeavesOutOthers">Optional places that are not given are left out.</param>
internal sealed record Recipe(IReadOnlyDictionary<string, JsonNode?> Given, bool LeavesOutOthers = false)
{
    public static readonly Recipe Plain = new(new Dictionary<string, JsonNode?>(StringComparer.Ordinal));
}

/// <summary>
/// What the document can't say: operations whose members depend on each other, or need what another operation gave. An operation that is not
/// here is sent with a canary in every place; if the server refuses that, the drill fails and names the place, and it is here that it is taught.
/// docs/operations/leak-drill.md tells how.
/// </summary>
internal static class Recipes
{
    /// <summary>The person whom everything is planted in is deleted, then erased by this one, last of all.</summary>
    public const string Erase = "deleteUser";

    /// <summary>Each later than those before it; all others run between the first and the second.</summary>
    private static readonly string[] LateOperations = ["refreshSession", "logOut", "mergeUser"];

    /// <summary>Done once more at the end, so that an unused one is there when the database is looked at.</summary>
    public static readonly string[] Again = ["createLinkCode", "createSession"];

    private const string NoBot = "accepted only with Telegram's signature for a bot of the settings, and the drill sets up none; what is refused is searched for all the same";

    private const string NoWebhooks =
        "a webhook's end point is a setting that names a tenant, and the drill's tenants are made once the server runs; what deliveries leave behind is looked for by the tests of webhooks";

    private static readonly (string, JsonNode?) AnyVersion = ("header If-Match", "*");

    private static readonly Dictionary<string, Func<PlantedTenant, CanaryBook, IEnumerable<Recipe>>> Known = new(StringComparer.Ordinal)
    {
        // The first person lives on Telegram, the second on WhatsApp, and they are merged.
        ["resolveUser"] = (tenant, book) => [Identity("resolveUser", tenant, book, "telegram"), Identity("resolveUser", tenant, book, "whatsapp")],
        ["linkIdentity"] = (tenant, book) => [Identity("linkIdentity", tenant, book, "telegram")],
        // Two entries make two pages, and so a cursor.
        ["appendUsage"] = (_, _) => [Recipe.Plain, Recipe.Plain],
        ["getUserByTelegram"] = (tenant, _) => [Of(("path hash", tenant.IndexValues[0]))],
        ["mergeUser"] = (tenant, _) => [Of(("path id", tenant.People[^1]), ("body code", tenant.Learned["code"]))],
        ["findUser"] = (tenant, book) => [Found(tenant, book)],
        ["createUser"] = (tenant, book) => [Profile("createUser", tenant, book)],
        ["replaceUser"] = (tenant, book) => [Profile("replaceUser", tenant, book, AnyVersion)],
        ["updateUser"] = (tenant, book) => [Profile("updateUser", tenant, book, AnyVersion)],
        ["searchUsers"] = (tenant, book) =>
        [
            Of(("body email", Email("searchUsers", tenant, book))) with { LeavesOutOthers = true },
            Of(("body phone", Phone("searchUsers", tenant, book))) with { LeavesOutOthers = true },
        ],
        // Each from its own address; two, one of which is there when the database is looked at.
        ["createSession"] = (_, _) => [Of(("body client_address", "192.0.2.77")), Of(("body client_address", "2001:db8::77"))],
        ["refreshSession"] = (tenant, _) => [Of(("body refresh_token", tenant.Learned["refresh_token"]))],
        ["logOut"] = (tenant, _) => [Of(("body refresh_token", tenant.Learned["refresh_token"]))],
        ["endSession"] = (tenant, _) => [Of(("path sessionId", SessionOf(tenant)))],
        // Names of roles, keys and issuers are the tenant's own words, kept as they are.
        ["addRole"] = (tenant, _) => [Of(("body name", Role(tenant)), ("body permissions[]", "users:read"))],
        ["getRole"] = (tenant, _) => [Of(("path role", Role(tenant)))],
        ["changeRole"] = (tenant, _) => [Of(("path role", Role(tenant)), ("body permissions[]", "usage:read"))],
        ["removeRole"] = (tenant, _) => [Of(("path role", Role(tenant)))],
        ["addApiKey"] = (_, _) => [Of(("body name", "report"), ("body permissions[]", "users:read"))],
        ["addMember"] = (tenant, book) => [Member("addMember", tenant, book), Member("addMember", tenant, book)],
        ["changeMember"] = (tenant, book) => [Member("changeMember", tenant, book)],
        // Keys are there before they are renamed or dropped.
        ["putPreferenceSchema"] = (_, _) =>
        [
            Schema("one", "two", []),
            Schema("uno", "two", [("body migrations[].from", "drill.one"), ("body migrations[].to", "drill.uno")]),
            Schema("uno", null, [("body migrations[].drop", "drill.two")]),
        ],
        ["putPreferences"] = (tenant, book) => [Instructions("putPreferences", tenant, book)],
        ["patchPreferences"] = (tenant, book) => [Instructions("patchPreferences", tenant, book)],
        ["resetPreferences"] = (_, _) => [Of(AnyVersion, ("body keys[]", "notifications"))],
        ["rollBackPreferences"] = (_, _) => [Of(AnyVersion, ("body version", 1))],
        [Erase] = (_, _) => [Of(AnyVersion) with { LeavesOutOthers = true }, Of(AnyVersion, ("query confirm", true))],
    };

    /// <summary>Strings that can't be planted though the document makes them look so, each with the reason, as <c>operation where name</c>.</summary>
    public static readonly IReadOnlyDictionary<string, string> NotPlanted = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["takeClerkWebhook path endpoint"] = NoWebhooks,
        ["telegramLogin body bot"] = NoBot,
        ["telegramLogin body data"] = NoBot,
        ["telegramWebApp body bot"] = NoBot,
        ["telegramWebApp body data"] = NoBot,
        ["endOwnSession path sessionId"] = "an API key, which the drill calls with, has no sessions of its own; endSession takes the same ids",
    };

    public static IEnumerable<Recipe> For(Operation operation, PlantedTenant tenant, CanaryBook book) =>
        Known.TryGetValue(operation.Id, out var recipes) ? recipes(tenant, book) : [Recipe.Plain];

    /// <summary>When an operation runs: who makes a user first, then what writes, what reads, what needs both, and what deletes.</summary>
    public static int Rank(Operation operation) => operation switch
    {
        { Id: "resolveUser" } => 0,
        { Id: Erase } => int.MaxValue,
        _ when Array.IndexOf(LateOperations, operation.Id) is var late and >= 0 => 3000 + late,
        { Method: "DELETE" } => 4000 - operation.Path.Length,
        { Method: "GET" or "HEAD" } => 2000 + operation.Path.Length,
        _ => 1000 + operation.Path.Length,
    };

    public static bool Deletes(Operation operation) => Rank(operation) > 3500;

    // Another for each tenant: a name that both have would answer both.
    private static string Role(PlantedTenant tenant) => $"role-of-{tenant.Name.Split(' ')[^1]}";

    private static Recipe Profile(string operation, PlantedTenant tenant, CanaryBook book, params (string, JsonNode?)[] more) =>
        Of([("body email", Email(operation, tenant, book)), ("body phone", Phone(operation, tenant, book)), ("body locale", "de-AT"), ("body external_subject", book.Text($"{operation} body external_subject of {tenant.Name}", tenant.Name, isAscii: true)), .. more]);

    private static Recipe Member(string operation, PlantedTenant tenant, CanaryBook book) => Of(
        ("body email", Email(operation, tenant, book)),
        ("body issuer", "staff"),
        ("body subject", book.Text($"{operation} body subject of {tenant.Name}", tenant.Name, isAscii: true)),
        ("body roles[]", "support"));

    private static Recipe Schema(string first, string? second, (string, JsonNode?)[] migration)
    {
        var keys = new JsonObject { [first] = Switch() };
        if (second is not null) keys[second] = Switch();
        return Of([AnyVersion, ("body properties", new JsonObject { ["drill"] = new JsonObject { ["type"] = "object", ["properties"] = keys } }), .. migration]) with { LeavesOutOthers = true };

        static JsonObject Switch() => new() { ["type"] = "boolean", ["default"] = true };
    }

    private static Recipe Instructions(string operation, PlantedTenant tenant, CanaryBook book) =>
        Of(AnyVersion, ("body $", new JsonObject { ["assistant"] = new JsonObject { ["instructions"] = book.Text($"{operation} assistant.instructions of {tenant.Name}", tenant.Name) } }));

    // Of the access token that was given last.
    private static string SessionOf(PlantedTenant tenant)
    {
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(tenant.Learned["access_token"].Split('.')[1]));
        return payload.RootElement.GetProperty("sid").GetString()!;
    }

    private static string Email(string operation, PlantedTenant tenant, CanaryBook book)
    {
        var email = $"{CanaryBook.Word(20)}@{CanaryBook.Word(12)}.example";
        book.Add(Canary.Of($"{operation} body email of {tenant.Name}", email, tenant.Name));
        return email;
    }

    private static string Phone(string operation, PlantedTenant tenant, CanaryBook book) => book.Phone($"{operation} body phone of {tenant.Name}", tenant.Name);

    private static Recipe Identity(string operation, PlantedTenant tenant, CanaryBook book, string channel)
    {
        var (kind, name) = channel == "telegram" ? ("user", "Telegram id") : ("phone", "phone number");
        var label = Label(operation, name, tenant);
        var id = channel == "telegram" ? book.TelegramId(label, tenant.Name) : book.Phone(label, tenant.Name);
        var hash = tenant.Index.Compute(channel, kind, id);
        tenant.IndexValues.Add(hash);
        // The index value is what is stored in place of the id; it has no business anywhere else.
        book.Add(Canary.Of($"{operation}: index value of the {name} of {tenant.Name}", hash, tenant.Name, new(SinkNames.Rows, "identities."), new(SinkNames.Rows, "pg_catalog.pg_statistic"), new(SinkNames.Files), new(SinkNames.WriteAhead)));
        return tenant.IsBlindOnly
            ? Of(("body channel", channel), ("body hash", hash), ("body key_version", tenant.Index.Version)) with { LeavesOutOthers = true }
            : Of(("body channel", channel), ("body id", id)) with { LeavesOutOthers = true };
    }

    // Who was resolved before: a look-up finds nobody else.
    private static Recipe Found(PlantedTenant tenant, CanaryBook book) => tenant.IsBlindOnly
        ? Of(("body channel", "telegram"), ("body hash", tenant.IndexValues[0]), ("body key_version", tenant.Index.Version)) with { LeavesOutOthers = true }
        : Of(("body channel", "telegram"), ("body id", book.Ids.First(id => id.Name == Label("resolveUser", "Telegram id", tenant)).Id)) with { LeavesOutOthers = true };

    private static string Label(string operation, string name, PlantedTenant tenant) => $"{operation} body id: {name} of {tenant.Name}";

    private static Recipe Of(params (string Place, JsonNode? Value)[] given) => new(given.ToDictionary(pair => pair.Place, pair => pair.Value, StringComparer.Ordinal));
}
