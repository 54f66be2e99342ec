using System.Text.Json;

namespace Hatcheck.Simulator.Requests;

/// <summary>Checks a value against a type of the description; reports faults in Telegram's words.</summary>
internal static class ValueCheck
{
    private const string ArrayOf = "Array of ";

    /// <summary>
    /// Null if <paramref name="value"/> is of <paramref name="type"/>; <paramref name="within"/> names the object being read.
    /// </summary>
    public static Refusal? Fault(string type, Field field, JsonElement value, string? within = null)
    {
        if (type.StartsWith(ArrayOf, StringComparison.Ordinal))
            return ArrayFault(type[ArrayOf.Length..], field, value, within);
        return type switch
        {
            "String" or "InputFile" => value.ValueKind == JsonValueKind.String ? null : Wrong(field, within),
            "Integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) ? null : Wrong(field, within),
            "Float" => value.ValueKind == JsonValueKind.Number ? null : Wrong(field, within),
            "Boolean" or "True" => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : Wrong(field, within),
            _ => ObjectFault(type, field, value, within),
        };
    }

    public static Refusal Wrong(Field field, string? within = null)
    {
        var types = field.Types.Select(t =>
            t switch
            {
                "True" => "Boolean",
                _ when t.StartsWith(ArrayOf, StringComparison.Ordinal) => "Array",
                _ when ObjectTable.Objects.ContainsKey(t) || ObjectTable.Unions.ContainsKey(t) => "Object",
                _ => t,
            }
        );
        return Refuse(
            within,
            $"field \"{field.Name}\" must be of type {string.Join(" or ", types.Distinct(StringComparer.Ordinal))}"
        );
    }

    private static Refusal? ArrayFault(string itemType, Field field, JsonElement value, string? within)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return Wrong(field, within);
        if (
            itemType.StartsWith(ArrayOf, StringComparison.Ordinal)
            && value.EnumerateArray().Any(v => v.ValueKind != JsonValueKind.Array)
        )
            return Refuse(within, $"field \"{field.Name}\" must be an Array of Arrays");
        var item = field with { Types = [itemType] };
        return value.EnumerateArray().Select(v => Fault(itemType, item, v, within)).FirstOrDefault(f => f is not null);
    }

    private static Refusal? ObjectFault(string type, Field field, JsonElement value, string? within)
    {
        within = Name(type) ?? within;
        if (value.ValueKind != JsonValueKind.Object)
            return within is null ? Wrong(field) : Refuse(within, "expected an Object");
        if (ObjectTable.Unions.TryGetValue(type, out var members))
            return UnionFault(type, members, field, value, within);
        var shape = ObjectTable.Objects[type];
        foreach (var member in value.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null))
        {
            if (!shape.Fields.TryGetValue(member.Name, out var known))
                return Refuse(within, $"unknown field \"{member.Name}\" in {type}");
            var faults = known.Types.Select(t => Fault(t, known, member.Value, within)).ToArray();
            if (!Array.Exists(faults, f => f is null))
                return faults[0];
        }

        var missing = shape
            .Fields.Values.Where(f => f.Required)
            .Select(f => f.Name)
            .FirstOrDefault(n => !value.TryGetProperty(n, out var given) || given.ValueKind == JsonValueKind.Null);
        return missing is null ? null : Refuse(within, $"can't find field \"{missing}\"");
    }

    /// <summary>
    /// The value of <c>type</c> selects the member: "all_private_chats" is BotCommandScopeAllPrivateChats.
    /// </summary>
    private static Refusal? UnionFault(string union, string[] members, Field field, JsonElement value, string? within)
    {
        if (!value.TryGetProperty("type", out var type))
            return Refuse(within, "can't find field \"type\"");
        if (type.ValueKind != JsonValueKind.String)
            return Refuse(within, "field \"type\" must be of type String");
        var name =
            union
            + string.Concat(
                type.GetString()!.Split('_').Where(w => w.Length > 0).Select(w => char.ToUpperInvariant(w[0]) + w[1..])
            );
        return members.Contains(name, StringComparer.Ordinal)
            ? ObjectFault(name, field, value, within)
            : Refuse(within, "unsupported type specified");
    }

    /// <summary>Telegram's names for objects that it cannot read.</summary>
    private static string? Name(string type) =>
        type switch
        {
            "InlineKeyboardButton" => "inline keyboard button",
            "KeyboardButton" => "keyboard button",
            "MessageEntity" => "MessageEntity",
            "BotCommand" => "BotCommand",
            "BotCommandScope" => "BotCommandScope",
            _ => null,
        };

    private static Refusal Refuse(string? within, string what) =>
        Refusal.BadRequest(within is null ? what : $"can't parse {within}: {char.ToUpperInvariant(what[0])}{what[1..]}");
}
