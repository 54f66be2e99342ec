using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Hatcheck.Contracts;
using Hatcheck.People.Preferences;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.People.Users;

namespace Hatcheck.People.Tests.Preferences;

/// <summary>Laws that hold for all preferences and values.</summary>
public sealed class PreferenceLawTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(20_261_122, 9);

    private static readonly string[] Themes = ["\"system\"", "\"light\"", "\"dark\""];

    [Fact]
    public void The_persons_value_counts_else_the_tenants_else_the_built_in_one() =>
        Prop.ForAll(
                States(),
                state =>
                {
                    foreach (var key in state.Schema.Keys.Values)
                    {
                        var (value, source) = state.Schema.Effective(key, state.Own);
                        var expected =
                            state.Own.TryGetValue(key.Path, out var own) ? (own, "user")
                            : state.Schema.TenantDefaults.TryGetValue(key.Path, out var tenants) ? (tenants, "tenant")
                            : (key.Default, key.BuiltIn ? "built_in" : "tenant");
                        source.ShouldBe(expected.Item2);
                        JsonElement.DeepEquals(value, expected.Item1).ShouldBeTrue(key.Path);
                        ValueCheck.Fault(key.Range, value).ShouldBeNull(key.Path);
                    }
                }
            )
            .Check(Fixed);

    [Fact]
    public void A_patch_with_its_own_inverse_changes_nothing() =>
        Prop.ForAll(
                (from state in States().Generator from other in States().Generator select (state, other)).ToArbitrary(),
                pair =>
                {
                    // From one user's values to another's and back, by patches with null for absent values.
                    var there = Applied(pair.state, Patch(pair.state.Own, pair.other.Own));
                    Same(there.Own, pair.other.Own).ShouldBeTrue();
                    Same(Applied(there, Patch(pair.other.Own, pair.state.Own)).Own, pair.state.Own).ShouldBeTrue();
                }
            )
            .Check(Fixed);

    [Fact]
    public void Null_for_a_category_is_a_reset_of_it() =>
        Prop.ForAll(
                (
                    from state in States().Generator
                    from category in Gen.Elements("interface", "notifications", "music")
                    select (state, category)
                ).ToArbitrary(),
                pair =>
                {
                    var patched = Applied(pair.state, JsonDocument.Parse($$"""{"{{pair.category}}":null}""").RootElement);
                    Same(patched.Own, pair.state.Reset([pair.category]).OrThrow().Own).ShouldBeTrue();
                    patched.Own.Keys.ShouldNotContain(path => path.StartsWith(pair.category + ".", StringComparison.Ordinal));
                }
            )
            .Check(Fixed);

    [Fact]
    public void The_changes_that_are_recorded_lead_from_before_to_after_and_back() =>
        Prop.ForAll(
                (from before in States().Generator from after in States().Generator select (before.Own, after.Own)).ToArbitrary(),
                pair =>
                {
                    var changes = PreferenceState.Differences(pair.Item1, pair.Item2, []);
                    var forward = new SortedDictionary<string, JsonElement>(pair.Item1, StringComparer.Ordinal);
                    foreach (var change in changes)
                        Set(forward, change.Key, change.New);
                    Same(forward, pair.Item2).ShouldBeTrue();
                    foreach (var change in changes)
                        Set(forward, change.Key, change.Old);
                    Same(forward, pair.Item1).ShouldBeTrue();
                }
            )
            .Check(Fixed);

    [Fact]
    public void It_makes_no_difference_whether_values_are_migrated_at_once_or_step_by_step() =>
        Prop.ForAll(
                (
                    from volume in Gen.Choose(0, 11)
                    from theme in Gen.Elements(Themes)
                    from steps in Gen.ArrayOf(Gen.Choose(0, 4))
                    select (volume, theme, steps)
                ).ToArbitrary(),
                drawn =>
                {
                    var schemas = new List<PreferenceSchema>();
                    for (var i = 0; i < drawn.steps.Length; i++)
                        schemas.Add(Version(i + 1, drawn.steps[i], i == 0 ? -1 : drawn.steps[i - 1]));
                    var values = Values(($"music.{Name(-1)}", $"{drawn.volume}"), ("interface.theme", drawn.theme));
                    var (atOnce, unfit) = SchemaMigration.Run(values, schemas);
                    var stepwise = values;
                    var unfitOnTheWay = 0;
                    foreach (var schema in schemas)
                    {
                        (stepwise, var left) = SchemaMigration.Run(stepwise, [schema]);
                        unfitOnTheWay += left.Count;
                    }

                    Same(stepwise, atOnce).ShouldBeTrue();
                    // Nothing is lost silently: each value is either present or reported.
                    unfit.Count.ShouldBe(unfitOnTheWay);
                    (atOnce.Count + unfit.Count).ShouldBe(values.Count);
                }
            )
            .Check(Fixed);

    // The key's name and range change from version to version.
    private static PreferenceSchema Version(int version, int kind, int before) =>
        SchemaRequest.Stored(
            version,
            new PreferenceSchemaRequest(
                JsonDocument
                    .Parse(
                        $$"""
                        {"music":{"type":"object","properties":{
                          "{{Name(kind)}}":{"type":"integer","minimum":{{kind}},"maximum":{{12 - kind}},"default":6} } } }
                        """
                    )
                    .RootElement,
                Migrations: Name(before) == Name(kind) ? []
                    : kind == 4 ? [new PreferenceMigration(Drop: $"music.{Name(before)}")]
                    : [new PreferenceMigration($"music.{Name(before)}", $"music.{Name(kind)}")]
            )
        );

    private static string Name(int kind) => kind % 2 == 0 ? "volume" : "loudness";

    private static Arbitrary<PreferenceState> States()
    {
        var schema = SchemaRequest.Stored(
            1,
            new PreferenceSchemaRequest(
                JsonDocument
                    .Parse(
                        """
                        {"music":{"type":"object","properties":{
                          "volume":{"type":"integer","minimum":0,"maximum":11,"default":5}}}}
                        """
                    )
                    .RootElement,
                JsonDocument
                    .Parse("""{"interface":{"theme":"light"},"notifications":{"quiet_hours":{"start":"21:00"}}}""")
                    .RootElement
            )
        );
        var values = new[]
        {
            ("interface.theme", Themes),
            ("music.volume", ["0", "7", "11"]),
            ("notifications.quiet_hours.start", ["\"20:15\"", "\"23:59\""]),
            ("notifications.channels", ["[]", "[\"push\",\"chat\"]"]),
            ("assistant.instructions", ["\"\"", "\"Sprich langsam.\\n\""]),
            ("assistant.creativity", ["0", "0.25", "1"]),
        };
        return (
            from drawn in Gen.ArrayOf(
                from at in Gen.Choose(0, values.Length - 1)
                from value in Gen.Elements(values[at].Item2)
                select (values[at].Item1, value)
            )
            select State(schema, Values([.. drawn.DistinctBy(pair => pair.Item1, StringComparer.Ordinal)]))
        ).ToArbitrary();
    }

    private static PreferenceState State(PreferenceSchema schema, SortedDictionary<string, JsonElement> own) =>
        new(Nobody, default, 1, schema.Version, null, own, own, [], schema);

    private static PersonLookup.Found Nobody => new(Guid.NewGuid(), default, Guid.Empty, []);

    private static PreferenceState Applied(PreferenceState state, JsonElement patch) =>
        state with
        {
            Own = state.Merge(patch).OrThrow().Own,
        };

    private static JsonElement Patch(SortedDictionary<string, JsonElement> from, SortedDictionary<string, JsonElement> to)
    {
        var document = PreferenceSchema.Nest(to);
        foreach (var path in from.Keys.Where(path => !to.ContainsKey(path)))
            PreferenceSchema.Place(document, path, null);
        return JsonDocument.Parse(document.ToJsonString()).RootElement;
    }

    private static SortedDictionary<string, JsonElement> Values(params (string Path, string Json)[] pairs)
    {
        var values = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (path, json) in pairs)
            values[path] = JsonDocument.Parse(json).RootElement;
        return values;
    }

    private static void Set(SortedDictionary<string, JsonElement> values, string path, JsonElement? value)
    {
        if (value is { } there)
            values[path] = there;
        else
            values.Remove(path);
    }

    private static bool Same(SortedDictionary<string, JsonElement> one, SortedDictionary<string, JsonElement> other) =>
        one.Count == other.Count
        && one.All(pair => other.TryGetValue(pair.Key, out var value) && JsonElement.DeepEquals(pair.Value, value));
}
