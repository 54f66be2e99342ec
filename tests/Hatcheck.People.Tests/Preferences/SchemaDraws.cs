using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Hatcheck.People.Preferences.Schemas;

namespace Hatcheck.People.Tests.Preferences;

/// <summary>
/// Draws schemas of our subset and values for them, as JSON text, so that 1, 1.0 and 1e0 differ. A value is aimed at its schema's
/// edges, or is anything at all.
/// </summary>
internal static class SchemaDraws
{
    /// <summary>By format: what there is, as far as values are drawn of it.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Known = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["language"] = ["en", "de", "pt-BR", "zh-Hant"],
        ["time-zone"] = ["UTC", "Europe/Berlin", "America/New_York"],
        ["time"] = ["00:00", "23:59", "07:30"],
        ["date"] = ["2026-11-22", "2024-02-29", "0001-01-01"],
    };

    private static readonly string[] wrongTexts =
    [
        "",
        "xx-",
        "Moon/Base",
        "24:00",
        "7:30",
        "07:30:00",
        "07:60",
        "2026-02-29",
        "2026-13-01",
        "2026-1-1",
        "20261122",
        " UTC",
        "٠٧:٣٠",
    ];

    // The last ones: at the ends of what is exact, too large, too long.
    private static readonly string[] numbers =
    [
        "0",
        "-0",
        "1",
        "2",
        "-1",
        "5",
        "7",
        "1.0",
        "-0.0",
        "1e0",
        "10E-1",
        "0.5",
        "0.25",
        "2.50",
        "1e2",
        "100",
        "9007199254740991",
        "-9007199254740991",
        "9007199254740992",
        "9223372036854775808",
        "1e400",
        "-1e400",
        "0.5000000000000000000000000000000000",
        "0.1234567890123456789",
    ];

    private static readonly string[] anything =
    [
        "null",
        "true",
        "false",
        "{}",
        "[]",
        "[1]",
        "[[]]",
        "\"true\"",
        "\"1\"",
        "\"\"",
        "0",
        "1.5",
        "{\"a\":1}",
    ];

    // One unit, two bytes; two units, one character; what is kept; what is not.
    private static readonly string[] letters = ["a", "b", "Z", "ß", "é", "水", "😀", "𝒳", " ", "\n", "\t"];

    /// <summary>A key's schema, without its default.</summary>
    public static Gen<string> Key { get; } = Gen.Frequency((4, Simple()), (1, List()));

    /// <summary>A value for it.</summary>
    public static Gen<string> Value(string schema)
    {
        var key = JsonNode.Parse(schema)!.AsObject();
        return Gen.Frequency((8, Aimed(key)), (1, Gen.Elements(anything)));
    }

    /// <summary>A tenant's categories, groups and keys; each key has a default of its kind.</summary>
    public static Gen<string> Document { get; } =
        from music in Members(2)
        from news in Members(1)
        select $$"""{"music":{"type":"object","properties":{{music}} },"news":{"type":"object","properties":{{news}} } }""";

    /// <summary>A document of own values for these categories.</summary>
    public static Gen<string> Values(JsonObject properties) =>
        Gen.CollectToList(
                properties.ToList(),
                member =>
                    Gen.Frequency(
                        (12, Member(member.Key, member.Value!.AsObject())),
                        (6, Gen.Constant("")),
                        (1, Gen.Constant($"\"{member.Key}\":null")),
                        (1, from any in Gen.Elements(anything) select $"\"{member.Key}\":{any}")
                    )
            )
            .SelectMany(members =>
                Gen.Frequency((30, Gen.Constant("")), (1, Gen.Constant("\"nope\":1")))
                    .Select(more => "{" + string.Join(',', members.Append(more).Where(text => text.Length > 0)) + "}")
            );

    /// <summary>What we read of a key's schema; null if we refuse it.</summary>
    public static ValueRange? RangeOf(JsonElement key) =>
        RangeReader.Read(key, "key", ["type", "description", "personal", "default"], new DocumentFaults());

    private static Gen<string> Member(string name, JsonObject schema) =>
        ((string?)schema["type"] == "object" ? Values(schema["properties"]!.AsObject()) : Aimed(schema)).Select(value =>
            $"\"{name}\":{value}"
        );

    private static Gen<string> Members(int groups) =>
        from count in Gen.Choose(1, 3)
        from keys in Gen.ListOf(Key.Where(HasValue), count)
        from inner in groups > 0 ? Members(groups - 1) : Gen.Constant("")
        select "{"
            + string.Join(
                ',',
                keys.Select((key, at) => $"\"k{at}\":{key}")
                    .Append(
                        inner.Length > 0
                            ? $$"""
                            "more":{"type":"object","properties":{{inner}} }
                            """
                            : ""
                    )
                    .Where(text => text.Length > 0)
            )
            + "}";

    // No range that holds nothing: such a key is refused.
    private static bool HasValue(string schema) => RangeOf(JsonDocument.Parse(schema).RootElement) is not null;

    private static Gen<string> Simple() =>
        Gen.OneOf(Text(), Formatted(), Chosen(), Numeric("integer"), Numeric("number"), Gen.Constant("""{"type":"boolean"}"""));

    private static Gen<string> List() =>
        from items in Simple()
        from most in Gen.Elements("", ""","maxItems":1""", ""","maxItems":3""", ""","maxItems":100""")
        from unique in Gen.Elements("", ""","uniqueItems":true""", ""","uniqueItems":false""")
        select $$"""{"type":"array","items":{{items}}{{most}}{{unique}}}""";

    private static Gen<string> Text() =>
        from least in Gen.Elements("", ""","minLength":0""", ""","minLength":2""", ""","minLength":3""")
        from most in Gen.Elements("", ""","maxLength":1""", ""","maxLength":3""", ""","maxLength":4""", ""","maxLength":300""")
        from personal in Gen.Elements("", ""","personal":true,"description":"What is said."  """)
        select $$"""{"type":"string"{{least}}{{most}}{{personal}}}""";

    private static Gen<string> Formatted() =>
        from format in Gen.Elements<string>([.. Known.Keys])
        from most in Gen.Elements("", ""","maxLength":5""", ""","maxLength":64""")
        select $$"""{"type":"string","format":"{{format}}"{{most}}}""";

    private static Gen<string> Chosen() =>
        Gen.Elements(
            """{"type":"string","enum":["dark","light",""]}""",
            """{"type":"string","enum":["ß","😀","dark"],"maxLength":4}""",
            """{"type":"integer","enum":[0,5,100]}""",
            """{"type":"number","enum":[0.5,1.0,1e2],"minimum":0,"maximum":100}"""
        );

    private static Gen<string> Numeric(string type) =>
        from least in Gen.Elements("", "0", "-7", "1", "0.25", "-1.5e0")
        from most in Gen.Elements("", "5", "100", "0", "2.50", "9007199254740991")
        let low = least.Length > 0 ? $",\"minimum\":{least}" : ""
        let high = most.Length > 0 ? $",\"maximum\":{most}" : ""
        select $$"""{"type":"{{type}}"{{low}}{{high}}}""";

    private static Gen<string> AimedArray(JsonObject key) =>
        from count in Gen.Frequency((6, Gen.Choose(0, 3)), (1, Gen.Constant(((int?)key["maxItems"] ?? 20) + 1)))
        from items in Gen.ListOf(Aimed(key["items"]!.AsObject()), count)
        from isOnce in Gen.Frequency((2, Gen.Constant(true)), (1, Gen.Constant(false)))
        select $"[{string.Join(',', isOnce ? items.Distinct(StringComparer.Ordinal) : items)}]";

    private static Gen<string> Aimed(JsonObject key) =>
        (string?)key["type"] switch
        {
            "boolean" => Gen.Elements("true", "false", "true", "false", "0", "\"true\""),
            "integer" or "number" => AimedNumber(key),
            "array" => AimedArray(key),
            _ when key["enum"] is JsonArray choices => Gen.Frequency(
                (3, Gen.Elements<string>([.. choices.Select(one => one!.ToJsonString())])),
                (1, Gen.Elements("\"Dark\"", "\"dark \"", "\"\""))
            ),
            _ when (string?)key["format"] is { } format => Gen.Frequency(
                    (2, Gen.Elements(Known[format])),
                    (1, Gen.Elements(wrongTexts))
                )
                .Select(Quoted),
            _ => AimedText((int?)key["minLength"] ?? 0, (int?)key["maxLength"] ?? 256),
        };

    private static Gen<string> AimedNumber(JsonObject key)
    {
        var edges = new[] { "minimum", "maximum" }
            .Where(key.ContainsKey)
            .SelectMany(bound => new[] { 0m, 1, -1, 0.01m }.Select(away => Number(key, bound)!.Value + away))
            .Select(number => number.ToString(CultureInfo.InvariantCulture));
        var choices = key["enum"] is JsonArray listed ? listed.Select(one => one!.ToJsonString()) : [];
        return Gen.OneOf(Gen.Elements(numbers), Gen.Elements<string>([.. edges, .. choices, "1", "2", "3"]));
    }

    private static Gen<string> AimedText(int least, int most) =>
        from length in Gen.Elements(least, least + 1, most - 1, most, most, most + 1, least - 1)
        from text in Gen.ListOf(Gen.Elements(letters), Math.Max(0, length))
        from spoiled in Gen.Frequency((12, Gen.Constant("")), (1, Gen.Elements("\u0001", "\r", "\u0085")))
        select Quoted(string.Concat(text.Skip(spoiled.Length)) + spoiled);

    private static decimal? Number(JsonObject key, string bound) =>
        key[bound] is { } said ? decimal.Parse(said.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture) : null;

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
