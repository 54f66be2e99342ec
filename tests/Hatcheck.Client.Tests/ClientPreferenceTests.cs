using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;

namespace Hatcheck.Client.Tests;

public sealed class ClientPreferenceTests : IDisposable
{
    private const string Json = """
        {"user_id":"11111111-1111-1111-1111-111111111111","version":3,"schema_version":1,
        "etag":"\"3.1.1-11111111\"","updated_at":"2026-11-22T10:00:00Z","values":{"interface":{"theme":"dark"}},
        "unfit":[{"key":"a.b","value":[1],"reason":"r"}],"mood":1}
        """;

    private static readonly Guid User = new("11111111-1111-1111-1111-111111111111");
    private readonly ScriptedHatcheck server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task Preferences_are_read_with_values_tag_and_what_does_not_fit()
    {
        using var client = server
            .Expect($"GET /users/{User}/preferences", Json)
            .Expect($"GET /users/{User}/preferences?explain=true", Json)
            .Client();

        var read = await client.GetPreferencesAsync(User);
        await client.GetPreferencesAsync(User, explain: true);

        read.Values["interface"]!["theme"]!.GetValue<string>().ShouldBe("dark");
        (read.Version, read.Etag).ShouldBe((3, "\"3.1.1-11111111\""));
        read.Unfit!.Single().Value[0].GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_patch_says_null_for_what_goes_back_and_names_the_tag_that_was_read()
    {
        using var client = server.Expect($"PATCH /users/{User}/preferences", Json).Client();

        await client.PatchPreferencesAsync(
            User,
            new JsonObject { ["interface"] = new JsonObject { ["theme"] = null } },
            "\"3.1.1-11111111\""
        );

        server.Requests[0].Body.ShouldBe("""{"interface":{"theme":null}}""");
        server.Requests[0].IfMatch.ShouldBe("\"3.1.1-11111111\"");
    }

    [Fact]
    public async Task A_change_is_repeated_on_an_outage_only_without_a_tag()
    {
        using var client = server
            .ExpectProblem($"PUT /users/{User}/preferences", HttpStatusCode.ServiceUnavailable, ProblemCodes.DatabaseUnavailable)
            .Expect($"PUT /users/{User}/preferences", Json)
            .ExpectProblem($"PUT /users/{User}/preferences", HttpStatusCode.ServiceUnavailable, ProblemCodes.DatabaseUnavailable)
            .Client();

        (await server.RunAsync(client.PutPreferencesAsync(User, []))).Version.ShouldBe(3);
        await Should.ThrowAsync<HatcheckUnavailableException>(() =>
            server.RunAsync(client.PutPreferencesAsync(User, [], "\"t\""))
        );
        server.ShouldBeSpent();
    }

    [Fact]
    public async Task Resets_roll_backs_and_the_history_reach_their_end_points()
    {
        using var client = server
            .Expect($"POST /users/{User}/preferences/reset", Json)
            .Expect($"POST /users/{User}/preferences/reset", Json)
            .Expect($"POST /users/{User}/preferences/rollback", Json)
            .Expect(
                $"GET /users/{User}/preferences/history?limit=2&cursor=a%2Bb",
                """
                {"items":[{"version":2,"at":"2026-11-22T10:00:00Z","act":"update","actor":"key:1",
                "schema_version":0,"changes":[{"key":"a.b","new":true}]}]}
                """
            )
            .Client();

        await client.ResetPreferencesAsync(User);
        await client.ResetPreferencesAsync(User, ["interface"]);
        await client.RollBackPreferencesAsync(User, 2);
        var page = await client.ListPreferenceHistoryAsync(User, 2, "a+b");

        server
            .Requests.Take(3)
            .Select(request => request.Body)
            .ShouldBe(["{}", """{"keys":["interface"]}""", """{"version":2}"""]);
        (page.Items[0].Changes[0].Old, page.Items[0].Changes[0].New!.Value.GetBoolean()).ShouldBe((null, true));
    }

    [Fact]
    public async Task The_schema_is_read_put_and_migrated_to()
    {
        const string schema = """
            {"version":1,"etag":"\"1.1\"","at":"2026-11-22T10:00:00Z","actor":"key:1",
            "built_in":{"interface":{}},"properties":{"music":{}}}
            """;
        using var client = server
            .Expect("GET /preferences/schema", schema)
            .Expect("GET /preferences/schema?version=1", schema)
            .Expect("PUT /preferences/schema", schema)
            .Expect("POST /preferences/schema/migrate?limit=10", """{"migrated":10,"unfit":0,"remaining":3}""")
            .Client();

        (await client.GetPreferenceSchemaAsync()).BuiltIn.GetProperty("interface").ValueKind.ShouldBe(JsonValueKind.Object);
        await client.GetPreferenceSchemaAsync(1);
        var properties = JsonDocument.Parse("""{"music":{"type":"object","properties":{}}}""").RootElement;
        await client.PutPreferenceSchemaAsync(
            new PreferenceSchemaRequest(
                properties,
                Migrations: [new PreferenceMigration("a.b", "a.c"), new PreferenceMigration(Drop: "a.d")]
            ),
            "\"0.1\""
        );
        (await client.MigratePreferencesAsync(10)).ShouldBe(new PreferenceMigrationResult(10, 0, 3));

        (server.Requests[2].Body, server.Requests[2].IfMatch).ShouldBe(
            (
                """
                {"properties":{"music":{"type":"object","properties":{}}},"migrations":[{"from":"a.b",
                "to":"a.c"},{"drop":"a.d"}]}
                """.ReplaceLineEndings(""),
                "\"0.1\""
            )
        );
    }
}
