using System.Text.Json.Nodes;
using Hatcheck.Drill.Search;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Drill.Planting;

/// <summary>The outcome for a string of the document.</summary>
internal enum Outcome
{
    /// <summary>A canary was accepted there.</summary>
    Planted,

    /// <summary>
    /// Accepts only a value from the server, or a word of a list; canaries were sent and refused.
    /// </summary>
    Refused,

    /// <summary>Nothing was accepted, so nothing is proved of this string.</summary>
    NotExercised,
}

/// <summary>
/// Creates values that a schema accepts, with a canary inside if there is room, and values that it must refuse.
/// </summary>
internal sealed class Values(CanaryBook book, TimeProvider time)
{
    /// <summary>A valid value, and whether it is a canary; null for a place that is better left out.</summary>
    public (JsonNode? Value, bool IsCanary) Valid(Place place, PlantedTenant tenant)
    {
        var name = $"{place.Key} of {tenant.Name}";
        if (place.Choices is [var first, ..])
            return (first, false);
        if (!place.IsString && !IsAnything(place))
            return (
                place.HasType("boolean") ? JsonValue.Create(true)
                : place.HasType("integer") || place.HasType("number")
                    ? JsonValue.Create(Math.Max(1, place.Number("minimum") ?? 1))
                : null,
                false
            );
        var longest = place.MaxLength ?? 256;
        switch (place.Format)
        {
            case "uuid":
                return (Planted(name, tenant, Guid.NewGuid().ToString()), true);
            case "date-time":
                return (time.GetUtcNow().AddMinutes(-1).ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ"), false);
            case "date":
                return (time.Now().ToString("yyyy-MM-dd"), false);
            case "time" or "duration":
                return (place.Format == "time" ? "12:34:56Z" : "PT1H", false);
            case "email":
                return (Planted(name, tenant, $"{CanaryBook.Word(20)}@{CanaryBook.Word(12)}.example"), true);
            case "uri" or "url":
                return (Planted(name, tenant, $"https://{CanaryBook.Word(24)}.example"), true);
            case "byte":
                return (Planted(name, tenant, Convert.ToBase64String(Guid.NewGuid().ToByteArray())), true);
        }

        if (place.Pattern is { } pattern)
        {
            // A value of the server's own, such as a code, is no canary if it is too short to be unique.
            return PatternText.Create(pattern) is not { } text ? (null, false)
                : text.Length < 10 ? (text, false)
                : (Planted(name, tenant, text), true);
        }

        return longest < 10
            ? (CanaryBook.Word(longest), false)
            : (book.Text(name, tenant.Name, longest, isAscii: place.Where != "body"), true);
    }

    /// <summary>
    /// Canaries in forms that a place should refuse. <c>MustRefuse</c>: true if the document forbids the form.
    /// </summary>
    public IEnumerable<(string What, JsonNode? Value, bool MustRefuse)> Hostile(Place place, PlantedTenant tenant)
    {
        string Canary(string what, int longest = 40) =>
            book.Text($"{place.Key}, {what}, of {tenant.Name}", tenant.Name, longest, isAscii: place.Where != "body");
        var isText = place.IsString && place.IsFree;
        if (!isText)
            yield return (
                "a text that does not fit",
                Canary("a text that does not fit"),
                !IsAnything(place) && !(place.IsKey && place.Pattern is null)
            );
        if (place.MaxLength is { } longest and < 8000)
            yield return ("too long", Canary("too long") + new string('x', longest), true);
        if (place.Where is "header" or "cookie")
            yield break;
        yield return ("with a control character", $"{Canary("with a control character")}\u0000\u001b[2J", false);
        if (place.Where != "body" || place.IsKey)
        {
            yield return (
                "a number",
                book.Digits($"{place.Key}, a number, of {tenant.Name}", tenant.Name),
                place.Format == "uuid" || place.HasType("boolean")
            );
            yield break;
        }

        yield return ("with half a character", $"{Canary("with half a character")}{Composer.HalfACharacter}", false);
        if (IsAnything(place))
            yield break;
        if (!place.HasType("integer") && !place.HasType("number"))
            yield return (
                "a number",
                JsonValue.Create(long.Parse(book.Digits($"{place.Key}, a number, of {tenant.Name}", tenant.Name))),
                true
            );
        yield return ("an object", new JsonObject { [CanaryBook.Word(4)] = Canary("an object") }, !place.HasType("object"));
        yield return ("an object's name", new JsonObject { [Canary("an object's name")] = 1 }, !place.HasType("object"));
        yield return ("a list", new JsonArray(Canary("a list")), !place.HasType("array"));
    }

    private string Planted(string name, PlantedTenant tenant, string text)
    {
        book.Add(Canary.Of(name, text, tenant.Name));
        return text;
    }

    // An empty schema: any JSON.
    private static bool IsAnything(Place place) =>
        place.Schema.ValueKind != System.Text.Json.JsonValueKind.Object
        || !place.Schema.TryGetProperty("type", out _) && place.Choices.Count == 0 && place.Pattern is null;
}
