using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.Platform.Http.Requests;

namespace Hatcheck.People.Tests.Preferences;

/// <summary>The schemas that a tenant may store, and the fault of each one that it may not.</summary>
public sealed class SchemaFaultTests
{
    [Fact]
    public void The_built_in_schema_keeps_its_own_rules()
    {
        var faults = new DocumentFaults();
        var keys = SchemaReader.Keys(JsonDocument.Parse(BuiltInKeys.Text).RootElement, "properties", builtIn: true, faults);
        faults.ByField.ShouldBeEmpty();
        keys.Count.ShouldBe(BuiltInKeys.Schema.Keys.Count);
        keys.Select(key => key.Path.Split('.')[0])
            .Distinct(StringComparer.Ordinal)
            .ShouldBe(["interface", "locale", "notifications", "assistant", "privacy"]);
    }

    [Theory]
    [InlineData("""{"music":{"type":"boolean","default":true}}""", "properties.music.type")]
    [InlineData("""{"music":7}""", "properties.music")]
    [InlineData("""{"music":{"type":"object"}}""", "properties.music.properties")]
    [InlineData("""{"Music":{"type":"object","properties":{}}}""", "properties")]
    [InlineData("""{"m.x":{"type":"object","properties":{}}}""", "properties")]
    [InlineData("""{"music":{"type":"object","properties":{},"additionalProperties":true}}""", "properties.music")]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"file","default":1}}}}""",
        "properties.music.properties.a.type"
    )]
    [InlineData("""{"music":{"type":"object","properties":{"a":{"default":1}}}}""", "properties.music.properties.a.type")]
    [InlineData("""{"music":{"type":"object","properties":{"a":{"type":"integer"}}}}""", "properties.music.properties.a.default")]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"integer","default":"1"}}}}""",
        "properties.music.properties.a.default"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"integer","default":null}}}}""",
        "properties.music.properties.a.default"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"integer","minimum":5,"maximum":4,"default":5}}}}""",
        "properties.music.properties.a.maximum"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"integer","minimum":1e400,"default":5}}}}""",
        "properties.music.properties.a.minimum"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"integer","maximum":4,"default":5}}}}""",
        "properties.music.properties.a.default"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"string","pattern":"(a+)+$","default":""}}}}""",
        "properties.music.properties.a"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"string","maxLength":5000,"default":""}}}}""",
        "properties.music.properties.a.maxLength"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"string","minLength":3,"default":"ab"}}}}""",
        "properties.music.properties.a.default"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"string","format":"uri","default":""}}}}""",
        "properties.music.properties.a.format"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"string","format":"time-zone","default":"Moon/Base"}}}}""",
        "properties.music.properties.a.default"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"string","enum":[],"default":""}}}}""",
        "properties.music.properties.a.enum"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"string","enum":["x",1],"default":"x"}}}}""",
        "properties.music.properties.a.enum"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"string","enum":["x","x"],"default":"x"}}}}""",
        "properties.music.properties.a.enum"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"string","personal":"yes","default":""}}}}""",
        "properties.music.properties.a.personal"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"string","description":7,"default":""}}}}""",
        "properties.music.properties.a.description"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":{"a":{"type":"array","default":[]}}}}""",
        "properties.music.properties.a.items"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":"""
            + """{"a":{"type":"array","items":{"type":"array","items":{"type":"integer"}},"default":[]}}}}""",
        "properties.music.properties.a.items.type"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":"""
            + """{"a":{"type":"array","items":{"type":"integer"},"uniqueItems":true,"default":[1,1.0]}}}}""",
        "properties.music.properties.a.default"
    )]
    [InlineData(
        """{"music":{"type":"object","properties":"""
            + """{"a":{"type":"array","items":{"type":"integer"},"maxItems":1000,"default":[]}}}}""",
        "properties.music.properties.a.maxItems"
    )]
    [InlineData(
        """{"interface":{"type":"object","properties":{"theme":{"type":"integer","default":1}}}}""",
        "properties.interface.properties.theme"
    )]
    [InlineData(
        """{"notifications":{"type":"object","properties":{"quiet_hours":{"type":"integer","default":1}}}}""",
        "properties.notifications.properties.quiet_hours"
    )]
    [InlineData(
        """{"interface":{"type":"object","properties":"""
            + """{"theme":{"type":"object","properties":{"a":{"type":"integer","default":1}}}}}}""",
        "properties.interface.properties.theme.properties.a"
    )]
    [InlineData(
        """{"a":{"type":"object","properties":{"b":{"type":"object","properties":"""
            + """{"c":{"type":"object","properties":{"d":{"type":"object","properties":{}}}}}}}}}""",
        "properties.a.properties.b.properties.c.properties.d"
    )]
    public void A_fault_in_properties_is_told_with_its_place(string properties, string field)
    {
        var found = FaultsOf(new PreferenceSchemaRequest(Json(properties)));
        found.Keys.ShouldContain(field, StringComparer.Ordinal);
        found.Values.SelectMany(messages => messages).ShouldAllBe(message => message.EndsWith('.') && !message.Contains("Moon"));
    }

    [Theory]
    [InlineData("""{"interface":{"theme":"pink"}}""", "defaults.interface.theme")]
    [InlineData("""{"interface":{"nope":1}}""", "defaults.interface.nope")]
    [InlineData("""{"NOPE":{"nope":1}}""", "defaults")]
    [InlineData("""{"interface":7}""", "defaults.interface")]
    [InlineData("""{"music":{"volume":7}}""", "defaults.music.volume")]
    public void A_fault_in_defaults_is_told_with_its_place(string defaults, string field) =>
        FaultsOf(new PreferenceSchemaRequest(Json(Volume(0, 11, 5)), Json(defaults))).Keys.ShouldBe([field]);

    [Fact]
    public void What_a_history_keeps_of_an_unfit_value_does_not_hint_at_it()
    {
        var zone = BuiltInKeys.Schema.Keys["locale.time_zone"].Range;
        ValueCheck.Fault(zone, Json("\"New York\"")).ShouldBe("A name of the IANA time zone database, such as Europe/Berlin.");
        ValueCheck.Meant(zone, Json("\"New York\"")).ShouldBe(" Did you mean America/New_York?");
    }

    [Fact]
    public void Every_fault_is_told_at_once() =>
        FaultsOf(
            new PreferenceSchemaRequest(
                Json(
                    """
                    {"music":{"type":"object","properties":{
                      "a":{"type":"string","maxLength":0,"format":"x","default":""},"b":{"type":"integer"}}}}
                    """
                ),
                Json("""{"interface":{"theme":"pink","density":7}}""")
            )
        )
            .Keys.ShouldBe(
                [
                    "properties.music.properties.a.maxLength",
                    "properties.music.properties.a.format",
                    "properties.music.properties.b.default",
                    "defaults.interface.theme",
                    "defaults.interface.density",
                ],
                ignoreOrder: true
            );

    [Fact]
    public void A_key_does_not_just_disappear()
    {
        var before = SchemaRequest.Stored(1, new PreferenceSchemaRequest(Json(Volume(0, 11, 5))));
        IReadOnlyDictionary<string, string[]> Of(params PreferenceMigration[] steps)
        {
            var faults = new DocumentFaults();
            SchemaRequest.Read(
                before,
                new PreferenceSchemaRequest(
                    Json("""{"music":{"type":"object","properties":{"loudness":{"type":"integer","default":1}}}}"""),
                    Migrations: steps
                ),
                faults
            );
            return faults.ByField;
        }

        Of().Keys.ShouldBe(["properties.music.properties.volume"]);
        Of(new PreferenceMigration(Drop: "music.volume")).ShouldBeEmpty();
        Of(new PreferenceMigration("music.volume", "music.loudness")).ShouldBeEmpty();
        Of(new PreferenceMigration("music.volume", "music.nope")).Keys.ShouldBe(["migrations[0].to"]);
        Of(new PreferenceMigration("music.volume", "interface.theme")).Keys.ShouldBe(["migrations[0].to"]);
        Of(new PreferenceMigration(Drop: "music.volume"), new PreferenceMigration("music.volume", "music.loudness"))
            .Keys.ShouldBe(["migrations[1].from"]);
        Of(new PreferenceMigration(Drop: "music.volume"), new PreferenceMigration(Drop: "interface.theme"))
            .Keys.ShouldBe(["migrations[1].drop"]);
        Of(new PreferenceMigration(Drop: "music.volume"), new PreferenceMigration("a")).Keys.ShouldBe(["migrations[1]"]);
    }

    [Fact]
    public void There_are_bounds_on_keys_and_migrations()
    {
        var many = string.Join(
            ',',
            Enumerable
                .Range(0, 201)
                .Select(i =>
                    $$"""
                        "k{{i}}":{"type":"boolean","default":true}
                        """
                )
        );
        FaultsOf(new PreferenceSchemaRequest(Json($$"""{"music":{"type":"object","properties":{ {{many}} } } }""")))
            .Keys.ShouldBe(["properties"]);
        var faults = new RequestFaults();
        var tooMany = new PreferenceSchemaRequest(Migrations: [.. Enumerable.Repeat(new PreferenceMigration(Drop: "a.b"), 401)]);
        RequestBounds.Of(typeof(PreferenceSchemaRequest)).Check(tooMany, faults);
        faults.Of("migrations").ShouldNotBeNull();
    }

    private static string Volume(int low, int high, int absent) =>
        $$"""
            {"music":{"type":"object","properties":{
              "volume":{"type":"integer","minimum":{{low}},"maximum":{{high}},"default":{{absent}}} } } }
            """;

    private static IReadOnlyDictionary<string, string[]> FaultsOf(PreferenceSchemaRequest request)
    {
        var faults = new DocumentFaults();
        SchemaRequest.Read(BuiltInKeys.Schema, request, faults);
        return faults.ByField;
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
