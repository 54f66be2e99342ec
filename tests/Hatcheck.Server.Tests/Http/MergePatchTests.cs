using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Hatcheck.Server.Platform.Http;

namespace Hatcheck.Server.Tests.Http;

public sealed class MergePatchTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(20_261_122, 7);

    // RFC 7396, appendix A, row by row.
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
    public void The_examples_of_the_RFC_come_out_as_it_says(string target, string patch, string result) =>
        JsonNode.DeepEquals(MergePatch.Apply(JsonNode.Parse(target), JsonNode.Parse(patch)), JsonNode.Parse(result)).ShouldBeTrue();

    [Fact]
    public void Applied_twice_it_is_as_applied_once() =>
        Prop.ForAll(Pairs(), pair =>
        {
            var once = MergePatch.Apply(pair.Target, pair.Patch);
            JsonNode.DeepEquals(MergePatch.Apply(once?.DeepClone(), pair.Patch), once).ShouldBeTrue();
        }).Check(Fixed);

    [Fact]
    public void The_patch_stays_as_it_was() =>
        Prop.ForAll(Pairs(), pair =>
        {
            var before = pair.Patch?.ToJsonString();
            MergePatch.Apply(pair.Target, pair.Patch);
            (pair.Patch?.ToJsonString()).ShouldBe(before);
        }).Check(Fixed);

    private static Arbitrary<(JsonNode? Target, JsonNode? Patch)> Pairs() =>
        (from target in Documents(3) from patch in Documents(3) select (JsonNode.Parse(target), JsonNode.Parse(patch))).ToArbitrary();

    private static Gen<string> Documents(int depth)
    {
        var scalars = Gen.Elements("null", "1", "true", "\"x\"", "[]", "[null,{\"a\":null}]");
        return depth == 0
            ? scalars
            : Gen.Frequency(
                (1, scalars),
                (3, from members in Gen.ArrayOf(from name in Gen.Elements("a", "b", "c") from value in Documents(depth - 1) select (name, value))
                    select "{" + string.Join(',', members.DistinctBy(member => member.name, StringComparer.Ordinal).Select(member => $"\"{member.name}\":{member.value}")) + "}"));
    }
}
