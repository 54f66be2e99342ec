using System.Text.Json.Nodes;
using Hatcheck.Platform.Http;

namespace Hatcheck.Platform.Tests.Http;

/// <summary>RFC 7396: its own examples (Appendix A), and laws of all patches.</summary>
public sealed class MergePatchTests
{
    private const int Seed = 7396;

    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", """null""", """null""")]
    [InlineData("""{"a":"foo"}""", "\"bar\"", "\"bar\"")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void Each_example_of_the_RFC_comes_out_as_it_says(string original, string patch, string result) =>
        JsonNode
            .DeepEquals(MergePatch.Apply(JsonNode.Parse(original), JsonNode.Parse(patch)), JsonNode.Parse(result))
            .ShouldBeTrue();

    [Fact]
    public void Applied_twice_a_patch_does_what_it_does_once_and_touches_nothing_that_it_does_not_name()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 2000; i++)
        {
            var (target, patch) = ((JsonObject)Value(random, 3, isObject: true)!, (JsonObject)Value(random, 3, isObject: true)!);
            var sent = patch.ToJsonString();
            var once = (JsonObject)MergePatch.Apply(target.DeepClone(), patch)!;
            var told = $"case {i} of seed {Seed}: {target.ToJsonString()} patched by {sent}";
            JsonNode.DeepEquals(MergePatch.Apply(once.DeepClone(), patch), once).ShouldBeTrue(told);
            patch.ToJsonString().ShouldBe(sent, told);
            foreach (var (name, value) in target.Where(member => !patch.ContainsKey(member.Key)))
                JsonNode.DeepEquals(once[name], value).ShouldBeTrue(told);
            foreach (var (name, value) in patch)
                once.ContainsKey(name).ShouldBe(value is not null, told);
            // A patch with the differences leads from any object to any other, as long as neither holds a null (§1).
            var goal = (JsonObject)Value(random, 3, isObject: true, nulls: false)!;
            JsonNode.DeepEquals(MergePatch.Apply(Value(random, 0, isObject: true), goal), goal).ShouldBeTrue(told);
        }
    }

    private static JsonNode? Value(Random random, int depth, bool isObject = false, bool nulls = true)
    {
        var choice = isObject ? 5 : random.Next(nulls ? 0 : 1, depth > 0 ? 7 : 4);
        if (choice < 5)
            return choice switch
            {
                0 => null,
                1 => JsonValue.Create(random.Next(3)),
                2 => JsonValue.Create("x"),
                3 => JsonValue.Create(true),
                _ => new JsonArray(1, "b"),
            };
        var result = new JsonObject();
        for (var i = depth == 0 ? 0 : random.Next(4); i > 0; i--)
            result[$"{(char)('a' + random.Next(4))}"] = Value(random, depth - 1, nulls: nulls);
        return result;
    }
}
