using System.Globalization;
using System.Text.Json;

namespace Hatcheck.Simulator.BotApi;

/// <summary>
/// Holds a call against <see cref="MethodTable"/>. Stricter than Telegram on purpose: an unknown field, which Telegram ignores,
/// and a value of the wrong type, of which Telegram makes the best, are refused, since both are mistakes in the bot.
/// </summary>
internal static class ArgumentCheck
{
    public static Arguments Check(Shape method, RawArguments raw)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, text) in raw.Texts) values[name] = FromText(Known(method, name), text);
        foreach (var (name, element) in raw.Elements) values[name] = Checked(Known(method, name), FromEmbeddedJson(Known(method, name), element));
        foreach (var name in raw.Uploads.Keys.Where(n => !IsAttached(raw, n)))
        {
            var field = Known(method, name);
            if (!field.Allows("InputFile")) throw Wrong(field);
        }

        return new Arguments(values, raw.Uploads);
    }

    /// <summary>Checks an element against the types of its field and, in depth, against <see cref="ObjectTable"/>.</summary>
    public static JsonElement Checked(Field field, JsonElement value)
    {
        if (field.Name == "reply_markup" && value.ValueKind != JsonValueKind.Object) throw Refusal.BadRequest("object expected as reply markup");
        var faults = field.Types.Select(t => (Type: t, Fault: Fault(t, field, value))).ToArray();
        if (Array.Exists(faults, f => f.Fault is null)) return value;

        // Of several objects the one whose own field is there was meant.
        throw faults.Where(f => HasOwnField(f.Type, value)).Append(faults[0]).First().Fault!;
    }

    private static bool HasOwnField(string type, JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && ObjectTable.Objects.TryGetValue(type, out var shape)
        && shape.Fields.Values.Any(f => f.Required && value.TryGetProperty(f.Name, out _));

    private static Refusal? Fault(string type, Field field, JsonElement value)
    {
        const string ArrayOf = "Array of ";
        if (type.StartsWith(ArrayOf, StringComparison.Ordinal))
        {
            if (value.ValueKind != JsonValueKind.Array) return Wrong(field);
            var item = field with { Types = [type[ArrayOf.Length..]] };
            return value.EnumerateArray().Select(v => Fault(item.Types[0], item, v)).FirstOrDefault(f => f is not null);
        }

        return type switch
        {
            "String" or "InputFile" => value.ValueKind == JsonValueKind.String ? null : Wrong(field),
            "Integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) ? null : Wrong(field),
            "Float" => value.ValueKind == JsonValueKind.Number ? null : Wrong(field),
            "Boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : Wrong(field),
            "True" => value.ValueKind is JsonValueKind.True ? null : Wrong(field),
            _ => ObjectFault(type, field, value),
        };
    }

    private static Refusal? ObjectFault(string type, Field field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) return Wrong(field);
        if (ObjectTable.Unions.TryGetValue(type, out var members)) return UnionFault(members, field, value);
        if (!ObjectTable.Objects.TryGetValue(type, out var shape)) return null;
        foreach (var member in value.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null))
        {
            if (!shape.Fields.TryGetValue(member.Name, out var known))
                return Refusal.BadRequest($"unknown field \"{member.Name}\" in {type}");
            if (known.Types.Select(t => Fault(t, known, member.Value)).All(f => f is not null))
                return Fault(known.Types[0], known, member.Value);
        }

        return shape.Fields.Values.FirstOrDefault(f => f.Required && !value.TryGetProperty(f.Name, out _)) is { } missing
            ? Refusal.BadRequest($"can't find field \"{missing.Name}\" in {type}")
            : null;
    }

    private static Refusal? UnionFault(string[] members, Field field, JsonElement value)
    {
        var faults = members.Select(m => ObjectFault(m, field, value)).ToArray();
        return Array.Exists(faults, f => f is null) ? null : Refusal.BadRequest($"can't parse {field.Name}: {string.Join(" or ", members)} expected");
    }

    /// <summary>A query or form has only texts; what is no text itself is JSON in it.</summary>
    private static JsonElement FromText(Field field, string text)
    {
        if (field.Allows("Integer") && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return Element(number);
        if (field.Allows("String")) return Element(text);
        if (field.Allows("Integer")) throw Wrong(field);
        if (field.Allows("Boolean"))
        {
            return text.ToLowerInvariant() switch
            {
                "true" or "1" or "yes" => Element(true),
                "false" or "0" or "no" or "" => Element(false),
                _ => throw Wrong(field),
            };
        }

        return Checked(field, Parse(field, text));
    }

    /// <summary>In a JSON body too, an object may be given as a text that holds JSON.</summary>
    private static JsonElement FromEmbeddedJson(Field field, JsonElement element) =>
        element.ValueKind == JsonValueKind.String && !field.Types.Any(t => t is "String" or "Integer" or "Boolean" or "InputFile")
            ? Parse(field, element.GetString()!)
            : element;

    private static JsonElement Parse(Field field, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw Refusal.BadRequest(field.Name switch
            {
                "reply_markup" => "can't parse reply keyboard markup JSON object",
                "entities" or "caption_entities" => "can't parse entities JSON object",
                "commands" => "can't parse commands JSON object",
                _ => $"can't parse {field.Name} JSON object",
            });
        }
    }

    private static bool IsAttached(RawArguments raw, string name) =>
        raw.Texts.Values.Any(t => t.Contains($"attach://{name}", StringComparison.Ordinal));

    private static Field Known(Shape method, string name) =>
        method.Fields.TryGetValue(name, out var field) ? field : throw Refusal.BadRequest($"unknown field \"{name}\" in {method.Name}");

    private static Refusal Wrong(Field field) => Refusal.BadRequest($"field \"{field.Name}\" must be of type {field.TypeNames}");

    private static JsonElement Element(string text) => JsonSerializer.SerializeToElement(text, Wire.SimulatorJson.Default.String);

    private static JsonElement Element(long number) => JsonSerializer.SerializeToElement(number, Wire.SimulatorJson.Default.Int64);

    private static JsonElement Element(bool flag) => JsonSerializer.SerializeToElement(flag, Wire.SimulatorJson.Default.Boolean);
}
