using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hatcheck.Platform.Http;

/// <summary>
/// An instant as callers write it: RFC 3339, always with <c>Z</c> or an offset. Without one it would mean another instant
/// on each node.
/// </summary>
internal static class InstantText
{
    public const string Form = "An instant as in RFC 3339, with Z or an offset: 2026-11-22T10:00:00Z.";

    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    public static bool TryParse(string text, out DateTimeOffset at)
    {
        at = default;
        var zoned = text is [.., 'Z'] or [.., '+' or '-', _, _, ':', _, _];
        return zoned
            && DateTimeOffset.TryParseExact(
                text,
                Formats,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AdjustToUniversal,
                out at
            );
    }
}

/// <summary>Reads instants in requests strictly; responses are written in the form that the SDK reads.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && InstantText.TryParse(reader.GetString()!, out var at)
            ? at
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);
}
