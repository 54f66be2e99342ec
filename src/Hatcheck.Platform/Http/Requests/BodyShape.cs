using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>
/// Compares JSON with the type it should have had, and lists every difference: the expected kind and the kind found, never
/// the value. Used only after the reader has refused the text.
/// </summary>
internal sealed class BodyShape
{
    private const int MostFaults = 20;

    private readonly Dictionary<string, string[]> faults = new(StringComparer.Ordinal);

    /// <summary>
    /// By member, such as <c>attributes.lang</c> or <c>permissions[2]</c>; <c>$</c> is the body as a whole.
    /// </summary>
    public IReadOnlyDictionary<string, string[]> Faults => faults;

    /// <summary>Checks a body.</summary>
    /// <param name="body">The body as sent.</param>
    /// <param name="type">The expected type; null for any object.</param>
    public static IReadOnlyDictionary<string, string[]> Of(JsonElement body, JsonTypeInfo? type)
    {
        var shape = new BodyShape();
        if (type is null && body.ValueKind != JsonValueKind.Object)
            shape.Add(FieldNames.Body, $"Expected an object, got {KindOf(body)}.");
        else
            shape.Check(body, type, new Place(FieldNames.Body, Named: true));
        return shape.Faults;
    }

    /// <summary>Returns " with a, b, c", or an empty string.</summary>
    public static string With(JsonTypeInfo? type) =>
        type is { Kind: JsonTypeInfoKind.Object, Properties.Count: > 0 }
            ? $" with {string.Join(", ", type.Properties.Select(property => property.Name))}"
            : "";

    private void Check(JsonElement value, JsonTypeInfo? type, Place at)
    {
        if (
            value.ValueKind == JsonValueKind.Null
            && (type is null || !type.Type.IsValueType || Nullable.GetUnderlyingType(type.Type) is not null)
        )
            return;
        switch (type?.Kind)
        {
            case null or JsonTypeInfoKind.None when value.ValueKind == JsonValueKind.Object && IsFree(type):
                CheckMembers(value, at, _ => type, known: null);
                break;
            case null or JsonTypeInfoKind.None when value.ValueKind == JsonValueKind.Array && IsFree(type):
                CheckItems(value, type, at);
                break;
            case JsonTypeInfoKind.Object when value.ValueKind == JsonValueKind.Object:
                CheckMembers(value, at, name => Find(type, name), type);
                break;
            case JsonTypeInfoKind.Dictionary when value.ValueKind == JsonValueKind.Object:
                CheckMembers(value, at, _ => InfoOf(type, type.ElementType), known: null);
                break;
            case JsonTypeInfoKind.Enumerable when value.ValueKind == JsonValueKind.Array:
                CheckItems(value, InfoOf(type, type.ElementType), at);
                break;
            default:
                if (!Fits(value, type))
                    Add(at, Wrong(type, value));
                break;
        }
    }

    private void CheckMembers(JsonElement value, Place at, Func<string, JsonTypeInfo?> typeOf, JsonTypeInfo? known)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (NameOf(member) is not { } name)
                Add(at, "The name of a member is not valid Unicode.");
            else if (known is not null && known.Properties.All(property => property.Name != name))
                Add(at.Member(name), Unknown(name, known));
            else if (!names.Add(name))
                Add(at.Member(name), "A member is given twice.");
            else
                Check(member.Value, typeOf(name), at.Member(name));
        }
    }

    private void CheckItems(JsonElement value, JsonTypeInfo? type, Place at)
    {
        var place = 0;
        foreach (var item in value.EnumerateArray())
            Check(item, type, at.Item(place++));
    }

    private void Add(Place at, string fault) =>
        Add(at.Path, at.Named ? fault : $"In one of its members: {char.ToLowerInvariant(fault[0])}{fault[1..]}");

    private void Add(string path, string fault)
    {
        if (faults.Count < MostFaults)
            faults.TryAdd(path, [fault]);
    }

    private static bool IsFree(JsonTypeInfo? type) => type is null || type.Type == typeof(JsonElement);

    private static bool Fits(JsonElement value, JsonTypeInfo? type)
    {
        if (IsFree(type))
            return value.ValueKind != JsonValueKind.String || JsonText.IsReadable(value);
        var wanted = Nullable.GetUnderlyingType(type!.Type) ?? type.Type;
        if (wanted == typeof(string))
            return value.ValueKind == JsonValueKind.String && JsonText.IsReadable(value);
        if (wanted == typeof(bool))
            return value.ValueKind is JsonValueKind.True or JsonValueKind.False;
        if (wanted == typeof(int))
            return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _);
        if (wanted == typeof(long))
            return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _);
        if (wanted == typeof(Guid))
            return value.ValueKind == JsonValueKind.String && value.TryGetGuid(out _);
        if (wanted == typeof(DateTimeOffset))
            return value.ValueKind == JsonValueKind.String
                && JsonText.IsReadable(value)
                && InstantText.TryParse(value.GetString()!, out _);
        return type.Kind == JsonTypeInfoKind.None;
    }

    private static string Wrong(JsonTypeInfo? expected, JsonElement value)
    {
        var got = KindOf(value);
        var type = expected is null ? typeof(string) : Nullable.GetUnderlyingType(expected.Type) ?? expected.Type;
        // An example, never the value sent: that may be a user's id.
        if (value.ValueKind == JsonValueKind.Number && type == typeof(string))
            return "Expected a string, got a number: send it as a string: \"42\", not 42.";
        if (value.ValueKind == JsonValueKind.String && (IsFree(expected) || type == typeof(string)))
            return "Expected a string of valid Unicode.";
        if (type == typeof(string))
            return $"Expected a string, got {got}: text in quotes, for example \"42\".";
        if (type == typeof(int) || type == typeof(long))
        {
            var number =
                value.ValueKind != JsonValueKind.Number ? got
                : value.GetRawText().AsSpan().ContainsAny('.', 'e', 'E') ? "one with a fraction or an exponent"
                : "one that is too large";
            return $"Expected a whole number without quotes, got {number}; for example 42.";
        }

        if (type == typeof(bool))
            return $"Expected true or false, without quotes, got {got}.";
        if (type == typeof(DateTimeOffset))
            return value.ValueKind == JsonValueKind.String
                ? InstantText.Form
                : $"Expected a string, got {got}. {InstantText.Form}";
        if (type == typeof(Guid))
            return value.ValueKind == JsonValueKind.String
                ? "A UUID in the form 8-4-4-4-12."
                : $"Expected a string, got {got}: a UUID in quotes.";
        return expected!.Kind switch
        {
            JsonTypeInfoKind.Enumerable => $"Expected an array, got {got}: [ … ].",
            JsonTypeInfoKind.Dictionary => $"Expected an object, got {got}: {{ \"name\": … }}.",
            _ => $"Expected an object{With(expected)}, got {got}.",
        };
    }

    private static string Unknown(string name, JsonTypeInfo parent)
    {
        var known = parent.Properties.Select(property => property.Name).ToList();
        var subject = FieldNames.IsSafe(name) ? $"There is no member {name} here" : "A member is not known here";
        return known.Count == 0 ? $"{subject}." : $"{subject}: there are {string.Join(", ", known)}.{Nearest.Ask(name, known)}";
    }

    private static string KindOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Number => "a number",
            JsonValueKind.String => "a string",
            JsonValueKind.True or JsonValueKind.False => "true or false",
            JsonValueKind.Null => "null",
            JsonValueKind.Array => "an array",
            _ => "an object",
        };

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonTypeInfo? Find(JsonTypeInfo type, string name) =>
        type.Properties.FirstOrDefault(property => property.Name == name) is { } property
            ? InfoOf(type, property.PropertyType)
            : null;

    private static JsonTypeInfo? InfoOf(JsonTypeInfo parent, Type? type) =>
        type is not null && parent.Options.TryGetTypeInfo(type, out var info) ? info : null;

    /// <summary>A place in the body, as far as its names may be repeated.</summary>
    /// <param name="Path">The path of the nearest place whose name may be repeated.</param>
    /// <param name="Named">Whether the path is the place itself.</param>
    private readonly record struct Place(string Path, bool Named)
    {
        public Place Member(string name)
        {
            // An unknown member of the body itself is reported under $.
            if (!Named || !FieldNames.IsSafe(name))
                return this with { Named = Path == FieldNames.Body };
            return new Place(Path == FieldNames.Body ? name : $"{Path}.{name}", Named: true);
        }

        public Place Item(int place) =>
            Named ? new Place(Path == FieldNames.Body ? $"[{place}]" : $"{Path}[{place}]", Named: true) : this;
    }
}
