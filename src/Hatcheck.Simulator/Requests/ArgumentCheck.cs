using System.Globalization;
using System.Text.Json;
using Hatcheck.Simulator.Text;

namespace Hatcheck.Simulator.Requests;

/// <summary>
/// Checks a call against <see cref="MethodTable"/>. Deliberately stricter than Telegram: refuses unknown fields, which
/// Telegram ignores, and values of the wrong type, which Telegram converts, since both are mistakes in the bot.
/// </summary>
internal static class ArgumentCheck
{
    public static Arguments Check(Shape method, RawArguments raw)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, text) in raw.Texts)
            values[name] = FromText(Known(method, name), text);
        foreach (var (name, element) in raw.Elements)
            values[name] = Checked(Known(method, name), FromEmbeddedJson(Known(method, name), element));
        foreach (var name in raw.Uploads.Keys.Where(n => !IsAttached(raw, n)))
        {
            var field = Known(method, name);
            if (!field.Allows("InputFile"))
                throw ValueCheck.Wrong(field);
        }

        return new Arguments(values, raw.Uploads);
    }

    /// <summary>Checks an element against its field's types and, recursively, against <see cref="ObjectTable"/>.</summary>
    private static JsonElement Checked(Field field, JsonElement value)
    {
        if (field.Name == "reply_markup" && value.ValueKind != JsonValueKind.Object)
            throw Refusal.BadRequest("object expected as reply markup");
        var faults = field.Types.Select(t => (Type: t, Fault: ValueCheck.Fault(t, field, value))).ToArray();
        if (Array.Exists(faults, f => f.Fault is null))
            return value;

        // Among several objects, assumes the one whose own field is present.
        throw faults.Where(f => HasOwnField(f.Type, value)).Append(faults[0]).First().Fault!;
    }

    private static bool HasOwnField(string type, JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
        && ObjectTable.Objects.TryGetValue(type, out var shape)
        && shape.Fields.Values.Any(f => f.Required && value.TryGetProperty(f.Name, out _));

    /// <summary>A query or form holds only texts; other types are JSON inside them.</summary>
    private static JsonElement FromText(Field field, string text)
    {
        if (
            field.Allows("Integer")
            && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        )
            return Element(number);
        if (field.Allows("String"))
            return Element(text);
        if (field.Allows("Integer"))
            throw ValueCheck.Wrong(field);
        if (field.Allows("Boolean"))
        {
            return text.ToLowerInvariant() switch
            {
                "true" or "1" or "yes" => Element(true),
                "false" or "0" or "no" or "" => Element(false),
                _ => throw ValueCheck.Wrong(field),
            };
        }

        return Checked(field, Parse(field, text));
    }

    /// <summary>In a JSON body too, an object may be a text that holds JSON.</summary>
    private static JsonElement FromEmbeddedJson(Field field, JsonElement element) =>
        element.ValueKind == JsonValueKind.String && !field.Types.Any(t => t is "String" or "Integer" or "Boolean" or "InputFile")
            ? Parse(field, element.GetString()!)
            : element;

    private static JsonElement Parse(Field field, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (!JsonText.IsWellFormed(document.RootElement))
                throw Refusal.BadRequest("strings must be encoded in UTF-8");
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw Refusal.BadRequest(
                field.Name switch
                {
                    "reply_markup" => "can't parse reply keyboard markup JSON object",
                    "entities" or "caption_entities" => "can't parse entities JSON object",
                    "commands" => "can't parse commands JSON object",
                    _ => $"can't parse {field.Name} JSON object",
                }
            );
        }
    }

    private static bool IsAttached(RawArguments raw, string name) =>
        raw.Texts.Values.Any(t => t.Contains($"attach://{name}", StringComparison.Ordinal));

    private static Field Known(Shape method, string name) =>
        method.Fields.TryGetValue(name, out var field)
            ? field
            : throw Refusal.BadRequest($"unknown field \"{name}\" in {method.Name}");

    private static JsonElement Element(string text) => JsonSerializer.SerializeToElement(text, Wire.SimulatorJson.Default.String);

    private static JsonElement Element(long number) =>
        JsonSerializer.SerializeToElement(number, Wire.SimulatorJson.Default.Int64);

    private static JsonElement Element(bool flag) => JsonSerializer.SerializeToElement(flag, Wire.SimulatorJson.Default.Boolean);
}
