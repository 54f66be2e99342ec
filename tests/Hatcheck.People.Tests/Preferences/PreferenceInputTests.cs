using System.Net.Http.Headers;
using System.Text;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Preferences;

namespace Hatcheck.People.Tests.Preferences;

// On one database: all of it is refused before any is asked. FuzzOnPostgres sends the like to every operation on the other.
public sealed class PreferenceInputOnSqlite(OnSqlite database) : PreferenceInputTests(database), IClassFixture<OnSqlite>;

/// <summary>
/// Invalid input is a 4xx with a code and the field's path; nothing is stored, and no sent value is repeated.
/// </summary>
public abstract class PreferenceInputTests(TestedDatabase database)
{
    public static TheoryData<string, string> Wrong =>
        new()
        {
            { """{"interface":{"theme":"canary"}}""", "interface.theme" },
            { """{"interface":{"theme":["dark"]}}""", "interface.theme" },
            { """{"interface":{"theme":{"dark":true}}}""", "interface.theme" },
            { """{"interface":{"text_scale":"100"}}""", "interface.text_scale" },
            { """{"interface":{"text_scale":100.5}}""", "interface.text_scale" },
            { """{"interface":{"text_scale":49}}""", "interface.text_scale" },
            { """{"interface":{"text_scale":99999999999999999999}}""", "interface.text_scale" },
            { """{"interface":{"reduced_motion":1}}""", "interface.reduced_motion" },
            { """{"interface":7}""", "interface" },
            { """{"interface":["canary"]}""", "interface" },
            { """{"interface":{"canary":1}}""", "interface.canary" },
            { """{"interface":{"Canary X":1}}""", "interface" },
            { """{"canary":{"x":1}}""", "canary" },
            { """{"canary":null}""", "canary" },
            { """{"interface":{"them":null}}""", "interface.them" },
            { """{"interface.theme":"dark"}""", "$" },
            { """{"notifications":{"quiet_hours.start":"20:00"}}""", "notifications" },
            { """{"locale":{"language":"xx"}}""", "locale.language" },
            { """{"locale":{"language":"en_US"}}""", "locale.language" },
            { """{"locale":{"time_zone":"Europe/Atlantis"}}""", "locale.time_zone" },
            { """{"locale":{"time_zone":"+02:00"}}""", "locale.time_zone" },
            { """{"locale":{"time_zone":""}}""", "locale.time_zone" },
            { """{"notifications":{"quiet_hours":{"start":"24:00"}}}""", "notifications.quiet_hours.start" },
            { """{"notifications":{"quiet_hours":{"start":"7:00"}}}""", "notifications.quiet_hours.start" },
            { """{"notifications":{"quiet_hours":true}}""", "notifications.quiet_hours" },
            { """{"notifications":{"channels":["chat","chat"]}}""", "notifications.channels" },
            { """{"notifications":{"channels":["pigeon"]}}""", "notifications.channels" },
            { """{"notifications":{"channels":[null]}}""", "notifications.channels" },
            { """{"notifications":{"channels":"chat"}}""", "notifications.channels" },
            { """{"assistant":{"creativity":1.01}}""", "assistant.creativity" },
            { """{"assistant":{"creativity":1e400}}""", "assistant.creativity" },
            { """{"assistant":{"creativity":0.00000000000000000000000000000000000000000001}}""", "assistant.creativity" },
            { """{"assistant":{"instructions":"a\u0000b"}}""", "assistant.instructions" },
            { """{"assistant":{"instructions":"a\u001bb"}}""", "assistant.instructions" },
            { $$$$"""{"assistant":{"instructions":"{{{{new string('x', 2001)}}}}"}}""", "assistant.instructions" },
        };

    public static TheoryData<string> Malformed =>
        [
            "",
            "{",
            "[]",
            "null",
            "7",
            "\"x\"",
            "{\"interface\":{\"theme\":NaN}}",
            "{'interface':1}",
            "{} {}",
            "{\"interface\":{\"theme\":\"dark\"},}",
            "{\"interface\":{}/**/}",
            """{"interface":{"theme":"dark","theme":"light"}}""",
            """{"interface":{},"interface":{}}""",
            """{"interface":{"theme":"dark","them\u0065":"light"}}""",
            """{"assistant":{"instructions":"\ud800"}}""",
            """{"\ud800":1}""",
            """{"\ud800":1,"\ud800":1}""",
            """{"notifications":{"channels":["\udc00"]}}""",
            string.Concat(Enumerable.Repeat("{\"interface\":", 4_000)) + "1" + new string('}', 4_000),
            "{\"interface\":{\"theme\":" + new string('[', 10_000) + new string(']', 10_000) + "}}",
        ];

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_value_out_of_its_range_is_422_with_its_path(string patch, string field)
    {
        var (tenant, user) = await database.NewPersonAsync();
        var before = await database.CountAsync();
        foreach (var method in new[] { HttpMethod.Patch, HttpMethod.Put })
        {
            // A replacement accepts null for an absent value, but not an unknown name.
            var problem = await tenant
                .Http.SendJsonAsync(method, $"/users/{user}/preferences", patch)
                .ShouldFailAsync(422, ProblemCodes.Invalid);
            problem.Errors!.Keys.ShouldBe([field]);
            problem
                .Errors.Values.SelectMany(messages => messages)
                .ShouldAllBe(message => !message.Contains("canary") && !message.Contains("Atlantis"));
        }

        (await database.CountAsync()).ShouldBe(before);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task What_is_no_document_is_400(string body)
    {
        var (tenant, user) = await database.NewPersonAsync();
        var before = await database.CountAsync();
        foreach (var method in new[] { HttpMethod.Patch, HttpMethod.Put })
            await tenant
                .Http.SendJsonAsync(method, $"/users/{user}/preferences", body)
                .ShouldFailAsync(400, ProblemCodes.Malformed);
        (await database.CountAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Every_wrong_value_is_told_at_once()
    {
        var (tenant, user) = await database.NewPersonAsync();
        var problem = await tenant
            .Http.PatchAsync(
                user,
                """
                {
                  "interface": { "theme": "x", "density": "x" },
                  "locale": { "time_zone": "x" },
                  "notifications": { "quiet_hours": { "end": "x" } }
                }
                """
            )
            .ShouldFailAsync(422, ProblemCodes.Invalid);
        problem.Errors!.Keys.ShouldBe(
            ["interface.theme", "interface.density", "locale.time_zone", "notifications.quiet_hours.end"],
            ignoreOrder: true
        );
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_other_media_and_too_much_are_refused()
    {
        var (tenant, user) = await database.NewPersonAsync();
        Task<HttpResponseMessage> SendAsync(byte[] body, string type)
        {
            var request = new HttpRequestMessage(HttpMethod.Patch, $"/users/{user}/preferences")
            {
                Content = new ByteArrayContent(body),
            };
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            return tenant.Http.SendAsync(request);
        }

        byte[] invalid =
        [
            .. Encoding.UTF8.GetBytes("""{"assistant":{"instructions":" """),
            0xC3,
            0x28,
            .. Encoding.UTF8.GetBytes("\"}}"),
        ];
        await SendAsync(invalid, "application/json").ShouldFailAsync(400, ProblemCodes.Malformed);
        await SendAsync("{}"u8.ToArray(), "text/plain").ShouldFailAsync(415, ProblemCodes.UnsupportedMedia);
        await SendAsync("{}"u8.ToArray(), "application/json; charset=utf-16").ShouldFailAsync(415, ProblemCodes.UnsupportedMedia);
        await SendAsync(new byte[(64 * 1024) + 1], "application/json").ShouldFailAsync(413, ProblemCodes.TooLarge);
    }

    [Fact]
    public async Task All_own_values_together_have_a_bound()
    {
        var (tenant, user) = await database.NewPersonAsync();
        var keys = string.Join(
            ',',
            Enumerable
                .Range(0, 6)
                .Select(i =>
                    $$"""
                        "k{{i}}":{"type":"string","maxLength":4000,"default":""}
                        """
                )
        );
        (
            await tenant.Http.PutSchemaAsync($$"""{"properties":{"notes":{"type":"object","properties":{ {{keys}} } } } }""")
        ).EnsureSuccessStatusCode();
        var text = new string('x', 4000);
        for (var i = 0; i < 4; i++)
            await tenant.Http.PatchedAsync(user, $$$$"""{"notes":{"k{{{{i}}}}":"{{{{text}}}}"}}""");
        (
            await tenant
                .Http.PatchAsync(user, $$$$"""{"notes":{"k5":"{{{{text}}}}"}}""")
                .ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe(["$"]);
    }

    [Theory]
    [InlineData("reset", """{"keys":[]}""", 422, "keys")]
    [InlineData("reset", """{"keys":[null]}""", 422, "keys")]
    [InlineData("reset", """{"keys":["\ud800"]}""", 400, null)]
    [InlineData("reset", """{"key":"interface"}""", 400, null)]
    [InlineData("reset", "", 400, null)]
    [InlineData("rollback", """{}""", 422, "version")]
    [InlineData("rollback", """{"version":-1}""", 422, "version")]
    [InlineData("rollback", """{"version":"1"}""", 400, null)]
    [InlineData("rollback", """{"version":1e3}""", 400, null)]
    [InlineData("rollback", """{"version":99999999999}""", 400, null)]
    public async Task Resets_and_roll_backs_are_read_as_strictly(string act, string body, int status, string? field)
    {
        var (tenant, user) = await database.NewPersonAsync();
        var problem = await tenant
            .Http.PostJsonAsync($"/users/{user}/preferences/{act}", body)
            .ShouldFailAsync(status, status == 422 ? ProblemCodes.Invalid : ProblemCodes.Malformed);
        if (field is not null)
            problem.Errors!.Keys.ShouldBe([field]);
    }

    [Theory]
    [InlineData("""{"properties":7}""", 422, "properties")]
    [InlineData("""{"defaults":[]}""", 422, "defaults")]
    [InlineData(
        """{"properties":{"music":{"type":"object","properties":{"a":{"type":"integer","default":"x"}}}}}""",
        422,
        "properties.music.properties.a.default"
    )]
    [InlineData("""{"migrations":[null]}""", 422, "migrations")]
    [InlineData("""{"migrations":[{"drop":"nope.x"}]}""", 422, "migrations[0].drop")]
    [InlineData("""{"migrations":{"drop":"nope.x"}}""", 400, null)]
    [InlineData("""{"property":{}}""", 400, null)]
    [InlineData("""{"properties":{"a":{"type":"object","properties":{}},"a":{}}}""", 400, null)]
    [InlineData("""{"properties":{"\ud800":{}}}""", 400, null)]
    [InlineData("""{"defaults":{"locale":{"language":"\ud800"}}}""", 400, null)]
    [InlineData("[]", 400, null)]
    public async Task A_schema_is_read_as_strictly(string body, int status, string? field)
    {
        var tenant = await database.Node.NewTenantAsync();
        var problem = await tenant
            .Http.PutSchemaAsync(body)
            .ShouldFailAsync(status, status == 422 ? ProblemCodes.Invalid : ProblemCodes.Malformed);
        if (field is not null)
            problem.Errors!.Keys.ShouldBe([field]);
        (await tenant.Http.GetAsync("/preferences/schema").ReadAsync<PreferenceSchemaResponse>()).Version.ShouldBe(0);
    }
}
