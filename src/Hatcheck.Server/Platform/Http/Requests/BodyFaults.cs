using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Hatcheck.Contracts;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Hatcheck.Server.Platform.Http.Requests;

/// <summary>Says what is wrong with a body that could not be read: where, what belongs there, and what was given. Never the text itself.</summary>
internal static partial class BodyFaults
{
    /// <summary>Of a body that is not JSON, or not the JSON of this endpoint.</summary>
    public static Problem Of(JsonException fault, HttpContext context)
    {
        var field = FieldNames.OfJsonPath(fault.Path);
        if (NotJson(fault) is { } place) return Problems.Malformed(place, field);
        var names = FieldNames.Segments(fault.Path).ToList();
        var type = TypeOf(context);
        if (fault.Message.StartsWith("Duplicate property", StringComparison.Ordinal))
            return Problems.Malformed("A member is given twice.", field);
        if (fault.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) && names.Count > 0)
            return Problems.Malformed(Unknown(names[^1], Walk(type, names.Take(names.Count - 1))), field);
        return Problems.Malformed(Wrong(Walk(type, names), GivenIn(fault)), field);
    }

    /// <summary>Of a request without a body, or with the body <c>null</c>.</summary>
    public static Problem Missing(HttpContext context) =>
        Problems.Malformed($"The body is missing: send a JSON object{With(TypeOf(context))}.", FieldNames.Body);

    /// <summary>Of a body that says to be something else.</summary>
    public static Problem Unsupported(HttpContext context)
    {
        var media = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        var detail = media switch
        {
            null when string.IsNullOrEmpty(context.Request.ContentType) => "There is no Content-Type: send `Content-Type: application/json`.",
            MediaTypeNames.Application.FormUrlEncoded or MediaTypeNames.Multipart.FormData =>
                "This is a form: send a JSON object, with `Content-Type: application/json`.",
            MediaTypeNames.Application.Json => "The JSON is not UTF-8: send it in UTF-8, with `Content-Type: application/json`.",
            _ => "Send JSON, with `Content-Type: application/json`.",
        };
        return new Problem(StatusCodes.Status415UnsupportedMediaType, ProblemCodes.UnsupportedMedia, detail);
    }

    private static string? NotJson(JsonException fault)
    {
        if (fault.InnerException is not JsonException reader) return null;
        var hint = reader.Message switch
        {
            var text when text.Contains("trailing comma", StringComparison.Ordinal) => ": a comma too many",
            var text when text.Contains("maximum configured depth", StringComparison.Ordinal) => ": nested too deeply",
            var text when text.Contains("reached end of data", StringComparison.Ordinal)
                || text.Contains("should be closed", StringComparison.Ordinal) => ": it ends too early",
            _ => "",
        };
        var (line, column) = (reader.LineNumber + 1, reader.BytePositionInLine + 1);
        return string.Create(CultureInfo.InvariantCulture, $"Not JSON at line {line}, column {column}{hint}.");
    }

    private static string Unknown(string name, JsonTypeInfo? parent)
    {
        var known = parent?.Properties.Select(property => property.Name).ToList() ?? [];
        var subject = FieldNames.IsSafe(name) ? $"There is no member {name} here" : "A member is not known here";
        return known.Count == 0 ? $"{subject}." : $"{subject}: there are {string.Join(", ", known)}.{Nearest.Ask(name, known)}";
    }

    private static string Wrong(JsonTypeInfo? expected, string? given)
    {
        var got = given is null ? "" : $", got {given}";
        var type = expected is null ? null : Nullable.GetUnderlyingType(expected.Type) ?? expected.Type;
        if (type == typeof(string))
        {
            return given == "a number"
                // An example, never what was given: that may be somebody's id.
                ? "Expected a string, got a number: send it as a string: \"42\", not 42."
                : $"Expected a string{got}: valid Unicode in quotes, for example \"42\".";
        }

        if (type == typeof(int)) return $"Expected a whole number without quotes{got}, for example 42.";
        if (type == typeof(bool)) return $"Expected true or false, without quotes{got}.";
        if (type == typeof(DateTimeOffset)) return InstantText.Form;
        return expected?.Kind switch
        {
            JsonTypeInfoKind.Enumerable => $"Expected an array{got}: [ … ].",
            JsonTypeInfoKind.Dictionary => $"Expected an object{got}: {{ \"name\": … }}.",
            JsonTypeInfoKind.Object => $"Expected an object{With(expected)}{got}.",
            _ => "Expected a JSON object.",
        };
    }

    private static string With(JsonTypeInfo? type) =>
        type is { Kind: JsonTypeInfoKind.Object, Properties.Count: > 0 }
            ? $" with {string.Join(", ", type.Properties.Select(property => property.Name))}"
            : "";

    // The reader names the token that it met, one of its own few words.
    private static string? GivenIn(JsonException fault) => Token().Match(fault.InnerException?.Message ?? "") is { Success: true } match
        ? match.Groups["token"].Value switch
        {
            "Number" => "a number",
            "String" => "a string",
            "True" or "False" => "true or false",
            "Null" => "null",
            "StartObject" => "an object",
            "StartArray" => "an array",
            _ => null,
        }
        : null;

    private static JsonTypeInfo? TypeOf(HttpContext context) =>
        // The exception handler has taken the endpoint away, and keeps it here.
        (context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint())?.Metadata.GetMetadata<IAcceptsMetadata>()
            ?.RequestType is { } type
            ? InfoOf(type, context)
            : null;

    private static JsonTypeInfo? InfoOf(Type type, HttpContext context) =>
        context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions.TryGetTypeInfo(type, out var info)
            ? info
            : null;

    private static JsonTypeInfo? Walk(JsonTypeInfo? at, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            var next = at?.Kind is JsonTypeInfoKind.Dictionary or JsonTypeInfoKind.Enumerable
                ? at.ElementType
                : at?.Properties.FirstOrDefault(property => property.Name == name)?.PropertyType;
            if (next is null || !at!.Options.TryGetTypeInfo(next, out at)) return null;
        }

        return at;
    }

    [GeneratedRegex("token type '(?<token>[A-Za-z]{1,20})'", RegexOptions.NonBacktracking)]
    private static partial Regex Token();
}
