using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Hatcheck.Simulator.Requests;

namespace Hatcheck.Simulator.Tests;

public sealed class ValidatorTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(2_000).WithReplay(4_096, 9);

    private static readonly string[] Names = MethodTable
        .Methods.Values.Concat(ObjectTable.Objects.Values)
        .SelectMany(s => s.Fields.Keys)
        .Distinct(StringComparer.Ordinal)
        .Append("unknown")
        .ToArray();

    [Fact]
    public void Whatever_is_sent_is_checked_or_refused_and_nothing_else() =>
        Prop.ForAll(
                Calls().ToArbitrary(),
                call =>
                {
                    var raw = new RawArguments();
                    using var json = JsonDocument.Parse(call.Json);
                    try
                    {
                        RequestReader.ReadObject(json.RootElement, raw);
                        ArgumentCheck.Check(MethodTable.Methods[call.Method], raw);
                    }
                    catch (Refusal refusal)
                    {
                        refusal.Code.ShouldBe(400);
                        refusal.Description.ShouldStartWith("Bad Request: ");
                    }
                }
            )
            .Check(Fixed);

    [Fact]
    public void What_fits_the_table_passes() =>
        Prop.ForAll(
                Gen.Elements(MethodTable.Methods.Values.ToArray()).ToArbitrary(),
                method =>
                {
                    var raw = new RawArguments();
                    foreach (var field in method.Fields.Values)
                        raw.Elements[field.Name] = Element(Fitting(field.Types[0], depth: 0));
                    ArgumentCheck.Check(method, raw);
                }
            )
            .Check(Fixed);

    [Fact]
    public void A_field_of_the_wrong_type_never_passes() =>
        Prop.ForAll(
                Gen.Elements(
                        MethodTable
                            .Methods.Values.Where(m => m.Fields.Count > 0)
                            .SelectMany(m => m.Fields.Values.Select(f => (m, f)))
                            .ToArray()
                    )
                    .ToArbitrary(),
                pair =>
                {
                    foreach (var wrong in Wrong(pair.f))
                    {
                        var raw = new RawArguments();
                        raw.Elements[pair.f.Name] = Element(wrong);
                        Should.Throw<Refusal>(() => ArgumentCheck.Check(pair.m, raw));
                    }
                }
            )
            .Check(Fixed);

    [Fact]
    public async Task No_call_at_all_breaks_the_server()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("hi");
        var calls = Gen.OneOf(Calls(), TypedCalls());
        foreach (
            var (method, json) in calls
                .Where(c => c.Method is not "setWebhook" && !c.Json.Contains("timeout", StringComparison.Ordinal))
                .Sample(1_000, new Rnd(4_096, 9), 30)
        )
        {
            var envelope = await sim.Call(method, json);
            if (!envelope["ok"]!.GetValue<bool>())
                envelope["error_code"]!.GetValue<int>().ShouldBeOneOf(400, 403, 404, 413);
        }
    }

    private static JsonNode Fitting(string type, int depth) =>
        type switch
        {
            "String" or "InputFile" => "text",
            "Integer" => 1,
            "Float" => 1.5,
            "Boolean" or "True" => true,
            "BotCommandScope" => new JsonObject { ["type"] = "all_private_chats" },
            _ when type.StartsWith("Array of ", StringComparison.Ordinal) => depth > 6
                ? new JsonArray()
                : new JsonArray(Fitting(type["Array of ".Length..], depth + 1)),
            _ => new JsonObject(
                ObjectTable
                    .Objects[type]
                    .Fields.Values.Where(f => f.Required || depth < 4)
                    .Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Fitting(f.Types[0], depth + 1)))
            ),
        };

    private static IEnumerable<JsonNode> Wrong(Field field)
    {
        if (!field.Allows("Boolean"))
            yield return true;
        if (!field.Allows("Integer"))
            yield return 7;
        // An object may also be a text that holds JSON, so only an empty text is wrong there.
        if (!field.Allows("String") && !field.Allows("InputFile"))
            yield return "x";
        yield return 1.25;
        yield return new JsonObject { ["unknown"] = 1 };
    }

    private static Gen<(string Method, string Json)> Calls() =>
        from method in Gen.Elements(MethodTable.Methods.Keys.ToArray())
        from fields in Pairs(MethodTable.Methods[method].Fields.Keys.Append("unknown").ToArray(), depth: 0)
        select (method, "{" + fields + "}");

    /// <summary>Odd values, each of the right type.</summary>
    private static Gen<(string Method, string Json)> TypedCalls() =>
        from method in Gen.Elements(MethodTable.Methods.Values.ToArray())
        from members in Members(method, depth: 0)
        select (method.Name, "{" + members + "}");

    private static Gen<string> Members(Shape shape, int depth) =>
        shape.Fields.Values.Aggregate(
            Gen.Constant(""),
            (soFar, field) =>
                from before in soFar
                from present in Gen.Choose(0, field.Required ? 9 : 1)
                from type in Gen.Elements(field.Types.ToArray())
                from value in Typed(type, depth + 1)
                select present == 0 ? before : $"{before}{(before.Length == 0 ? "" : ",")}\"{field.Name}\":{value}"
        );

    private static Gen<string> Typed(string type, int depth) =>
        type switch
        {
            "String" or "InputFile" => Gen.Elements(
                "\"\"",
                "\" \"",
                "\"hi\"",
                "\"HTML\"",
                "\"MarkdownV2\"",
                "\"<b>x</b>\"",
                "\"<b>\"",
                "\"*\"",
                "\"bold\"",
                "\"text_link\"",
                "\"chat\"",
                "\"http://x.y/\"",
                "\"http://\"",
                "\"typing\"",
                "\"attach://x\"",
                "\"\\ud800\"",
                "\"😀\""
            ),
            "Integer" => Gen.Elements("0", "1", "-1", "5839204117", "-9223372036854775808", "9223372036854775807", "2147483648"),
            "Float" => Gen.Elements("0.5", "-1", "1e300"),
            "Boolean" or "True" => Gen.Elements("true", "false"),
            "BotCommandScope" => Gen.Elements(
                """{"type":"default"}""",
                """{"type":"chat","chat_id":-1}""",
                """{"type":"default","x":1}"""
            ),
            _ when depth > 5 => Gen.Constant(type.StartsWith("Array of ", StringComparison.Ordinal) ? "[]" : "{}"),
            _ when type.StartsWith("Array of ", StringComparison.Ordinal) => Typed(type["Array of ".Length..], depth + 1)
                .ListOf()
                .Resize(3)
                .Select(items => "[" + string.Join(',', items) + "]"),
            _ => Members(ObjectTable.Objects[type], depth).Select(members => "{" + members + "}"),
        };

    private static Gen<string> Pairs(string[] names, int depth) =>
        (from name in Gen.Elements(names) from value in Values(depth + 1) select (name, value))
            .ListOf()
            .Select(pairs =>
                string.Join(',', pairs.DistinctBy(p => p.name, StringComparer.Ordinal).Select(p => $"\"{p.name}\":{p.value}"))
            );

    private static Gen<string> Values(int depth)
    {
        var simple = Gen.Elements(
            "null",
            "true",
            "false",
            "0",
            "-1",
            "1.5",
            "5839204117",
            "9223372036854775807",
            "1e400",
            "\"\"",
            "\"text\"",
            "\"HTML\"",
            "\"MarkdownV2\"",
            "\"<b>\"",
            "\"{}\"",
            "\"[[\"",
            "\"/x 😀\"",
            "[]",
            "{}",
            "[[{}]]"
        );
        if (depth > 4)
            return simple;
        return Gen.Frequency(
            (3, simple),
            (2, Pairs(Names, depth).Select(p => "{" + p + "}")),
            (1, Values(depth + 1).ListOf().Select(v => "[" + string.Join(',', v) + "]"))
        );
    }

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);
}
