using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Drill.Search;
using Hatcheck.Platform.Planting;

namespace Hatcheck.Drill.Planting;

/// <summary>
/// Sends a canary to every place of every operation, in an order in which they are accepted, and learns values for later
/// ones from the answers. Records what was accepted: a string that took no canary in either tenant fails the drill.
/// </summary>
internal sealed class Planter(ApiDocument document, ApiClient api, CanaryBook book, Values values, PlantingPlan plan)
{
    private static readonly string[] SecretMembers =
    [
        "code",
        "token",
        "secret",
        "password",
        "key",
        "access_token",
        "refresh_token",
        "api_key",
    ];
    private static readonly PlantedRequest OneEntry = new(
        new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["query limit"] = 1 },
        LeavesOutOthers: true
    );
    private readonly Composer composer = new(document);
    private readonly Dictionary<string, Outcome> outcomes = new(StringComparer.Ordinal);
    private readonly List<string> faults = [];

    public PlantingPlan Plan => plan;

    /// <summary>The outcome of every string of the document, by <c>operation where name</c>.</summary>
    public IReadOnlyDictionary<string, Outcome> Outcomes => outcomes;

    /// <summary>
    /// Requests with an answer that no request should get: a server fault, or success for input that the document forbids.
    /// </summary>
    public IReadOnlyList<string> Faults => faults;

    /// <summary>Calls every operation that creates, changes and reads.</summary>
    public async Task LiveAsync(PlantedTenant tenant, CancellationToken cancellation)
    {
        foreach (var operation in document.Operations.Where(operation => !plan.Deletes(operation)).OrderBy(plan.Rank))
            await RunAsync(operation, tenant, cancellation);
        foreach (var operation in document.Operations.Where(operation => plan.IsRepeated(operation)))
            await RunAsync(operation, tenant, cancellation);
    }

    /// <summary>Calls every operation that deletes; the user's erasure last.</summary>
    public async Task DeleteAsync(PlantedTenant tenant, CancellationToken cancellation)
    {
        foreach (var operation in document.Operations.Where(plan.Deletes).OrderBy(plan.Rank))
            await RunAsync(operation, tenant, cancellation);
    }

    /// <summary>
    /// Sends canaries that should be refused. Runs while the user exists, so that nothing is refused for another reason.
    /// </summary>
    public async Task MisuseAsync(PlantedTenant tenant, CancellationToken cancellation)
    {
        foreach (var operation in document.Operations)
        {
            var valid = Fill(operation, tenant, PlantedRequest.Plain with { LeavesOutOthers = true }).Values;
            foreach (var place in operation.Places)
            {
                foreach (var (what, value, mustRefuse) in values.Hostile(place, tenant))
                {
                    // A request that might be accepted must not delete data that is still needed.
                    if (plan.Deletes(operation) && !mustRefuse)
                        continue;
                    var answer = await api.SendAsync(
                        composer.Compose(operation, With(operation, valid, place, value, tenant)),
                        tenant,
                        cancellation
                    );
                    Judge($"{place.Key}: {what}", answer, mustRefuse);
                }
            }

            if (!operation.IsJson)
                continue;
            foreach (var draft in BrokenBodies.Of(composer.Compose(operation, valid), operation, tenant, book))
                Judge($"{operation.Id}: {draft.What}", await api.SendAsync(draft.Draft, tenant, cancellation), mustRefuse: true);
        }
    }

    /// <summary>Asks for another tenant's users, with every operation that only reads.</summary>
    public async Task PeekAsync(PlantedTenant tenant, PlantedTenant other, CancellationToken cancellation)
    {
        foreach (
            var operation in document.Operations.Where(operation =>
                operation.Method == "GET" && operation.Path.Contains('{', StringComparison.Ordinal)
            )
        )
        {
            var peek = Fill(operation, other, PlantedRequest.Plain with { LeavesOutOthers = true }).Values;
            var answer = await api.SendAsync(composer.Compose(operation, peek), tenant, cancellation);
            if (answer.IsAccepted)
                faults.Add($"{operation.Id}: tenant {tenant.Name} was answered {answer.Status} for a user of {other.Name}");
        }
    }

    private async Task RunAsync(Operation operation, PlantedTenant tenant, CancellationToken cancellation)
    {
        foreach (var place in operation.Places.Where(place => place.IsString))
            outcomes.TryAdd(place.Key, Outcome.NotExercised);
        // A cursor comes from the previous page, here of a single entry.
        if (operation.Places.Any(place => place.Slot == "query cursor"))
            await TryAsync(operation, tenant, OneEntry, cancellation);
        foreach (var request in plan.For(operation, new PlantedValues(tenant, book)))
        {
            if (await TryAsync(operation, tenant, request, cancellation))
                continue;
            // All places at once were refused: sends the required ones alone, then each other place with them.
            await TryAsync(operation, tenant, request with { LeavesOutOthers = true }, cancellation);
            foreach (var place in operation.Places.Where(place => !place.IsRequired && !request.Given.ContainsKey(place.Slot)))
            {
                var given = new Dictionary<string, JsonNode?>(request.Given, StringComparer.Ordinal)
                {
                    [place.Slot] = values.Valid(place, tenant).Value,
                };
                foreach (var partner in Partners(operation, place))
                    given.TryAdd(partner.Slot, values.Valid(partner, tenant).Value);
                await TryAsync(operation, tenant, new PlantedRequest(given, LeavesOutOthers: true), cancellation);
            }
        }
    }

    private async Task<bool> TryAsync(
        Operation operation,
        PlantedTenant tenant,
        PlantedRequest request,
        CancellationToken cancellation
    )
    {
        var (filled, canaries) = Fill(operation, tenant, request);
        var answer = await api.SendAsync(composer.Compose(operation, filled), tenant, cancellation);
        if (answer.Status >= 500)
            faults.Add($"{operation.Id}: answered {answer.Status}");
        if (!answer.IsAccepted)
            return false;
        foreach (var place in operation.Places.Where(place => place.IsString && filled.ContainsKey(place.Slot)))
        {
            var outcome = canaries.Contains(place.Slot) ? Outcome.Planted : Outcome.Refused;
            if (outcomes[place.Key] != Outcome.Planted)
                outcomes[place.Key] = outcome;
            if (place.Where == "path" && filled[place.Slot] is JsonValue value && value.TryGetValue<string>(out var text))
                tenant.Learned[Prefix(operation, place)] = text;
        }

        Learn(operation, tenant, answer);
        await SummariseAsync(operation, tenant, cancellation);
        return true;
    }

    /// <summary>A value for each place, and the names of those with a canary.</summary>
    private (Dictionary<string, JsonNode?> Values, HashSet<string> Canaries) Fill(
        Operation operation,
        PlantedTenant tenant,
        PlantedRequest request
    )
    {
        var filled = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        var canaries = new HashSet<string>(StringComparer.Ordinal);
        foreach (var place in operation.Places)
        {
            if (request.Given.TryGetValue(place.Slot, out var given))
            {
                filled[place.Slot] = given?.DeepClone();
                if (IsCanary(given))
                    canaries.Add(place.Slot);
            }
            else if (Known(operation, place, tenant) is { } known)
            {
                filled[place.Slot] = known;
            }
            else if (place.IsRequired || !request.LeavesOutOthers)
            {
                var (value, isCanary) = values.Valid(place, tenant);
                if (value is null)
                    continue;
                filled[place.Slot] = value;
                if (isCanary)
                    canaries.Add(place.Slot);
            }
        }

        return (filled, canaries);
    }

    private Dictionary<string, JsonNode?> With(
        Operation operation,
        Dictionary<string, JsonNode?> valid,
        Place place,
        JsonNode? value,
        PlantedTenant tenant
    )
    {
        var changed = new Dictionary<string, JsonNode?>(valid, StringComparer.Ordinal) { [place.Slot] = value };
        foreach (var partner in Partners(operation, place))
            changed.TryAdd(partner.Slot, partner.IsKey ? "name" : values.Valid(partner, tenant).Value);
        return changed;
    }

    // A key needs its value, and a value its key.
    private static IEnumerable<Place> Partners(Operation operation, Place place) =>
        place.Where != "body" || Map(place.Name) is not { } map
            ? []
            : operation.Places.Where(other => other.Where == "body" && other.Name != place.Name && Map(other.Name) == map);

    private static string? Map(string name) =>
        name.EndsWith("{name}", StringComparison.Ordinal) ? name[..^6]
        : name.EndsWith('*') ? name[..^1]
        : null;

    private static JsonNode? Known(Operation operation, Place place, PlantedTenant tenant)
    {
        if (place.Where == "path")
        {
            if (
                place.Name == "id"
                && operation.Path.StartsWith("/users/{id}", StringComparison.Ordinal)
                && tenant.People.Count > 0
            )
                return tenant.People[0];
            return tenant.Learned.TryGetValue(Prefix(operation, place), out var learned) ? learned : null;
        }

        return place.Slot == "query cursor"
            ? tenant.Learned.TryGetValue($"{operation.Path} cursor", out var cursor)
                ? cursor
                : null
            : null;
    }

    // The template before a parameter: the parameter names what a POST to that part created.
    private static string Prefix(Operation operation, Place place) =>
        operation.Path[..operation.Path.IndexOf($"{{{place.Name}}}", StringComparison.Ordinal)].TrimEnd('/');

    private void Learn(Operation operation, PlantedTenant tenant, Answer answer)
    {
        if (answer.Json() is not { ValueKind: JsonValueKind.Object } json)
            return;
        if (operation.Method is "POST" or "PUT" && IdOf(json) is { } id)
        {
            if (operation.Id == "resolveUser")
                tenant.People.Add(id);
            else
                tenant.Learned[operation.Path] = id;
        }

        if (json.TryGetProperty("next_cursor", out var cursor) && cursor.ValueKind == JsonValueKind.String)
            tenant.Learned[$"{operation.Path} cursor"] = cursor.GetString()!;
        foreach (
            var member in json.EnumerateObject()
                .Where(member =>
                    SecretMembers.Contains(member.Name, StringComparer.Ordinal) && member.Value.ValueKind == JsonValueKind.String
                )
        )
        {
            tenant.Learned[member.Name] = member.Value.GetString()!;
            if (member.Value.GetString() is { Length: >= 8 } secret)
                book.Add(Canary.Of($"{operation.Id}: the {member.Name} that the server gave {tenant.Name}", secret, tenant.Name));
        }
    }

    // The id in an answer, or in an object nested in it, beside a secret that is returned once.
    private static string? IdOf(JsonElement json) =>
        json.EnumerateObject()
            .Select(member => member.Value)
            .Where(value => value.ValueKind == JsonValueKind.Object)
            .Prepend(json)
            .Select(part => part.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null)
            .FirstOrDefault(id => id is not null);

    private async Task SummariseAsync(Operation operation, PlantedTenant tenant, CancellationToken cancellation)
    {
        if (operation.Method == "GET" || tenant.People.Count == 0)
            return;
        var summary = await api.SendAsync(
            Draft.Get($"/users/{tenant.People[0]}/summary", "GET /users/{id}/summary"),
            tenant,
            cancellation
        );
        if (summary.IsAccepted && summary.Json() is { } json)
            tenant.Remember(json);
    }

    private bool IsCanary(JsonNode? given) =>
        given is JsonValue value && value.TryGetValue<string>(out var text) && book.All.Any(canary => canary.Text == text);

    private void Judge(string what, Answer answer, bool mustRefuse)
    {
        if (answer.Status >= 500)
            faults.Add($"{what}: answered {answer.Status}");
        else if (mustRefuse && answer.IsAccepted)
            faults.Add($"{what}: answered {answer.Status}, though the document forbids it");
    }
}
