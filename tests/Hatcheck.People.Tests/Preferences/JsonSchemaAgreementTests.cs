using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.TestKit;

namespace Hatcheck.People.Tests.Preferences;

/// <summary>
/// The language of preferences is a subset of JSON Schema 2020-12: JsonSchema.Net, a validator of others, judges as we do.
/// What we refuse on purpose is in <see cref="StandardSchema.StricterOn"/> and nowhere else.
/// </summary>
public sealed partial class JsonSchemaAgreementTests
{
    private const int Draws = 2000;
    private readonly Dictionary<string, (int Accepted, int Refused)> verdicts = new(StringComparer.Ordinal);

    [Fact]
    public void Any_value_of_any_key_is_judged_as_JsonSchema_Net_judges_it()
    {
        var (readable, differences) = (0, new HashSet<string>(StringComparer.Ordinal));
        Check(
            from schema in SchemaDraws.Key
            from value in SchemaDraws.Value(schema)
            select (schema, value),
            drawn =>
            {
                var (schema, value) = (Json(drawn.schema), Json(drawn.value));
                if (SchemaDraws.RangeOf(schema) is not { } range)
                    return;
                readable++;
                StandardSchema.IsWellFormed(schema).ShouldBeTrue();
                var difference = StandardSchema.StricterOn(schema, value);
                if (difference is not null)
                    differences.Add(difference);
                var expected = StandardSchema.OfKey(schema).Accepts(value) && difference is null;
                (ValueCheck.Fault(range, value) is null).ShouldBe(expected, $"{drawn.value} under {drawn.schema}");
                Count(schema.GetProperty("type").GetString()!, expected);
            }
        );
        readable.ShouldBeGreaterThan(Draws / 2);
        differences.Count.ShouldBe(3, "each difference was met");
        ShouldBeMixed("string", "integer", "number", "boolean", "array");
    }

    // JsonSchema.Net counts what a reader sees, so no letter that is drawn is made of several characters.
    [Theory]
    [InlineData("😀😀", 2, true)]
    [InlineData("😀😀", 3, false)]
    [InlineData("e\u0301e\u0301", 4, true)]
    [InlineData("e\u0301e\u0301", 2, false)]
    public void Lengths_count_characters_as_the_standard_does_and_not_units(string text, int length, bool fits)
    {
        var range = new ValueRange(ValueKind.String) { MinLength = length, MaxLength = length };
        (ValueCheck.Fault(range, JsonSerializer.SerializeToElement(text)) is null).ShouldBe(fits);
    }

    [Fact]
    public void A_default_is_taken_if_JsonSchema_Net_takes_it() =>
        Check(
            from schema in SchemaDraws.Key
            from value in SchemaDraws.Value(schema)
            select (schema, value),
            drawn =>
            {
                if (SchemaDraws.RangeOf(Json(drawn.schema)) is null)
                    return;
                var written = $$"""{{drawn.schema[..^1]}},"default":{{drawn.value}} }""";
                var whole = Json($$"""{"music":{"type":"object","properties":{"key":{{written}} } } }""");
                var key = whole.GetProperty("music").GetProperty("properties").GetProperty("key");
                var faults = new DocumentFaults();
                SchemaReader.Keys(whole, "properties", builtIn: false, faults);
                var value = Json(drawn.value);
                var expected = StandardSchema.OfKey(key).Accepts(value) && StandardSchema.StricterOn(key, value) is null;
                string[] told = expected ? [] : ["properties.music.properties.key.default"];
                faults.ByField.Keys.ShouldBe(told, $"{key}");
            }
        );

    [Fact]
    public void Any_document_is_judged_as_JsonSchema_Net_judges_it()
    {
        Check(
            from schema in SchemaDraws.Document
            from values in SchemaDraws.Values(JsonNode.Parse(schema)!.AsObject())
            select (schema, values),
            drawn =>
            {
                var properties = Json(drawn.schema);
                // Without defaults: each key is there, and none of them is read.
                var schema = Compiled(properties);
                Judge(schema, properties, drawn.values);
            },
            Draws / 2
        );
        ShouldBeMixed("document");
    }

    [Fact]
    public void The_built_in_schema_and_those_of_the_docs_are_judged_alike()
    {
        var written = SchemasInDocs().Append(BuiltInKeys.Text).ToList();
        written.Count.ShouldBeGreaterThan(3);
        foreach (var text in written)
        {
            var properties = Json(text);
            foreach (var key in Leaves(properties))
                StandardSchema.IsWellFormed(key).ShouldBeTrue();
            var schema = Compiled(properties);
            // What is inherited fits, and so does a document of it.
            var defaults = PreferenceSchema.Nest(schema.Keys.Values.Select(key => KeyValuePair.Create(key.Path, key.Default)));
            Judge(schema, properties, defaults.ToJsonString()).ShouldBeTrue();
            Check(SchemaDraws.Values(JsonNode.Parse(text)!.AsObject()), values => Judge(schema, properties, values), 500);
        }

        ShouldBeMixed("document");
    }

    private bool Judge(PreferenceSchema schema, JsonElement properties, string values)
    {
        var document = Json(values);
        var faults = new DocumentFaults();
        schema.Read(document, faults);
        var expected = StandardSchema.OfDocument(properties).Accepts(document) && !IsStricterOn(properties, document);
        faults.Any.ShouldBe(!expected, $"{values} under {properties}");
        Count("document", expected);
        return expected;
    }

    private static bool IsStricterOn(JsonElement properties, JsonElement document) =>
        document
            .EnumerateObject()
            .Any(member =>
                properties.TryGetProperty(member.Name, out var schema)
                && (
                    schema.TryGetProperty("properties", out var inner)
                        ? member.Value.ValueKind == JsonValueKind.Object && IsStricterOn(inner, member.Value)
                        : StandardSchema.StricterOn(schema, member.Value) is not null
                )
            );

    private static PreferenceSchema Compiled(JsonElement properties)
    {
        var keys = new List<PreferenceKey>();
        Add("", properties);
        return new PreferenceSchema(1, keys, new Dictionary<string, JsonElement>(StringComparer.Ordinal), [], []);

        void Add(string path, JsonElement members)
        {
            foreach (var member in members.EnumerateObject())
            {
                var name = DocumentFaults.Join(path, member.Name);
                if (member.Value.TryGetProperty("properties", out var inner))
                {
                    Add(name, inner);
                    continue;
                }

                var range = SchemaDraws.RangeOf(member.Value).ShouldNotBeNull();
                member.Value.TryGetProperty("default", out var value);
                keys.Add(new PreferenceKey(name, range, value, Personal: false, BuiltIn: false));
            }
        }
    }

    private static IEnumerable<JsonElement> Leaves(JsonElement properties) =>
        properties
            .EnumerateObject()
            .SelectMany(member => member.Value.TryGetProperty("properties", out var inner) ? Leaves(inner) : [member.Value]);

    // Requests of the docs, of the contract's example and of the data of earlier releases.
    private static IEnumerable<string> SchemasInDocs()
    {
        var pages = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Repository.Root, "src", "Hatcheck.Contracts", "Preferences.cs"))
            .Append(Path.Combine(Repository.Root, "tests", "fixtures", "0.1", "fill.py"));
        foreach (var page in pages)
        {
            var text = File.ReadAllText(page);
            foreach (Match start in Start().Matches(text))
            {
                // Python's words for true and false are JSON's but for their first letters.
                var rest = text[(start.Index + start.Length - 1)..]
                    .Replace("True", "true", StringComparison.Ordinal)
                    .Replace("False", "false", StringComparison.Ordinal);
                var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(rest), isFinalBlock: false, default);
                using var document = JsonDocument.ParseValue(ref reader);
                yield return document.RootElement.GetRawText();
            }
        }
    }

    private void Check<T>(Gen<T> draws, Action<T> law, int count = Draws)
    {
        var seed = (ulong)Random.Shared.NextInt64();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        Prop.ForAll(draws.ToArbitrary(), law).Check(Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(seed, 9));
    }

    private void Count(string kind, bool accepted)
    {
        var (yes, no) = verdicts.GetValueOrDefault(kind);
        verdicts[kind] = accepted ? (yes + 1, no) : (yes, no + 1);
    }

    // A law about values that are all refused says nothing.
    private void ShouldBeMixed(params string[] kinds)
    {
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join("; ", verdicts.Select(pair => $"{pair.Key} {pair.Value}")));
        foreach (var kind in kinds)
        {
            var (accepted, refused) = verdicts[kind];
            Math.Min(accepted, refused).ShouldBeGreaterThan((accepted + refused) / 5, kind);
        }
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    [GeneratedRegex("\"properties\":\\s*\\{(?=\\s*\"[a-z_]+\":\\s*\\{\\s*\"type\":\\s*\"object\")")]
    private static partial Regex Start();
}
