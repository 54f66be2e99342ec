using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Hatcheck.Contracts;
using Hatcheck.People.Profiles;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Profiles;

namespace Hatcheck.People.Tests.Profiles;

// On one database: all of it is refused before any is asked. FuzzOnPostgres sends the like to every operation on the other.
public sealed class BadProfilesOnSqlite(OnSqlite database) : BadProfileTests(database), IClassFixture<OnSqlite>;

/// <summary>Each is sent by POST, PUT and PATCH: the same status, code and field, and nothing is stored.</summary>
public abstract class BadProfileTests(TestedDatabase database)
{
    [Theory]
    [InlineData("""{"email":"ada"}""", 422, "email")]
    [InlineData("""{"email":"ada@example"}""", 422, "email")]
    [InlineData("""{"email":"a@b@example.org"}""", 422, "email")]
    [InlineData("""{"email":"\"a b\"@example.org"}""", 422, "email")]
    [InlineData("""{"email":"ada@[127.0.0.1]"}""", 422, "email")]
    [InlineData("""{"email":"ada@exa mple.org"}""", 422, "email")]
    [InlineData("""{"email":"ada@example.org\u0000"}""", 422, "email")]
    [InlineData("""{"email":"zoe\u0308@example.org"}""", 422, "email")]
    [InlineData("""{"email":""}""", 422, "email")]
    [InlineData("""{"email":"\ud800@example.org"}""", 400, "email")]
    [InlineData("""{"email":["ada@example.org"]}""", 400, "email")]
    [InlineData("""{"email_verified":true}""", 422, "email_verified")]
    [InlineData("""{"email_verified":"true"}""", 400, "email_verified")]
    [InlineData("""{"first_name":""}""", 422, "first_name")]
    [InlineData("""{"last_name":"a\nb"}""", 422, "last_name")]
    [InlineData("""{"display_name":"a\u0000b"}""", 422, "display_name")]
    [InlineData("""{"display_name":"a\u001bb"}""", 422, "display_name")]
    [InlineData("""{"display_name":"\udc00"}""", 400, "display_name")]
    [InlineData("""{"display_name":{"$ne":""}}""", 400, "display_name")]
    [InlineData("""{"picture_url":"http://example.org/a.png"}""", 422, "picture_url")]
    [InlineData("""{"picture_url":"javascript:alert(1)"}""", 422, "picture_url")]
    [InlineData("""{"picture_url":"https://"}""", 422, "picture_url")]
    [InlineData("""{"picture_url":"https://user:""" + """secret@example.org/"}""", 422, "picture_url")]
    [InlineData("""{"picture_url":"https://example.org/\"><script>"}""", 422, "picture_url")]
    [InlineData("""{"picture_url":"/a.png"}""", 422, "picture_url")]
    [InlineData("""{"phone":"0170 1234567"}""", 422, "phone")]
    [InlineData("""{"phone":"+49170123456789012"}""", 422, "phone")]
    [InlineData("""{"phone":"+\u0664\u0669\u0661\u0667\u0660\u0661\u0662\u0663"}""", 422, "phone")]
    [InlineData("""{"phone":491701234567}""", 400, "phone")]
    [InlineData("""{"locale":"de_AT"}""", 422, "locale")]
    [InlineData("""{"locale":"d"}""", 422, "locale")]
    [InlineData("""{"locale":"de-"}""", 422, "locale")]
    [InlineData("""{"locale":"xx-ZZ"}""", 422, "locale")]
    [InlineData("""{"locale":"x-foo"}""", 422, "locale")]
    [InlineData("""{"locale":"de-DE-1996-1996"}""", 422, "locale")]
    [InlineData("""{"locale":"de-AT\n"}""", 422, "locale")]
    [InlineData("""{"onboarding_state":"Profile Done"}""", 422, "onboarding_state")]
    [InlineData("""{"onboarding_state":""}""", 422, "onboarding_state")]
    [InlineData("""{"external_subject":""}""", 422, "external_subject")]
    [InlineData("""{"external_subject":"user 1"}""", 422, "external_subject")]
    [InlineData("""{"external_subject":"üser"}""", 422, "external_subject")]
    [InlineData("""{"attributes":{"Plan":"x"}}""", 422, "attributes")]
    [InlineData("""{"attributes":{"":"x"}}""", 422, "attributes")]
    [InlineData("""{"attributes":{"plan":"a\u0000b"}}""", 422, "attributes.plan")]
    [InlineData("""{"attributes":{"plan":"\ud800"}}""", 400, "attributes.plan")]
    [InlineData("""{"attributes":{"\ud800":"x"}}""", 400, "attributes")]
    [InlineData("""{"attributes":{"plan":1}}""", 400, "attributes.plan")]
    [InlineData("""{"attributes":{"plan":{"a":"b"}}}""", 400, "attributes.plan")]
    [InlineData("""{"attributes":{"plan":"a","plan":"b"}}""", 400, "attributes.plan")]
    [InlineData("""{"attributes":["plan"]}""", 400, "attributes")]
    [InlineData("""{"first_name":"a","first_name":"b"}""", 400, "first_name")]
    [InlineData("""{"first_name":"a","First_Name":"b"}""", 400, "$")]
    [InlineData("""{"id":"00000000-0000-0000-0000-000000000001"}""", 400, "id")]
    [InlineData("""{"created_at":"2026-01-01T00:00:00Z"}""", 400, "created_at")]
    [InlineData("""{"nothing":null}""", 400, "nothing")]
    [InlineData("""{"first_name":"a"}}""", 400, "$")]
    [InlineData("""{"first_name":"a",}""", 400, "$")]
    [InlineData("null", 400, "$")]
    [InlineData("[]", 400, "$")]
    [InlineData("", 400, "$")]
    public async Task A_profile_is_bounded_in_form(string body, int status, string field) =>
        await RefusedAsync(
            Encoding.UTF8.GetBytes(body),
            status,
            status == 400 ? ProblemCodes.Malformed : ProblemCodes.Invalid,
            field
        );

    [Fact]
    public async Task Every_wrong_field_is_named_at_once()
    {
        var tenant = await database.Node.NewTenantAsync();
        var problem = await tenant
            .Http.PostJsonAsync("/users", """{"email":"x","phone":"x","locale":"_","attributes":{"a":null} }""")
            .ShouldFailAsync(422, ProblemCodes.Invalid);
        problem.Errors!.Keys.ShouldBe(["email", "phone", "locale", "attributes.a"], ignoreOrder: true);
    }

    [Fact]
    public async Task What_is_too_large_too_deep_or_no_UTF8_is_refused()
    {
        await RefusedAsync(
            Encoding.UTF8.GetBytes($$"""{"first_name":"{{new string('a', 201)}}"}"""),
            422,
            ProblemCodes.Invalid,
            "first_name"
        );
        await RefusedAsync(
            Encoding.UTF8.GetBytes($$"""{"picture_url":"https://example.org/{{new string('a', 2048)}}"}"""),
            422,
            ProblemCodes.Invalid,
            "picture_url"
        );
        await RefusedAsync(
            Encoding.UTF8.GetBytes($$"""{"attributes":{"a":"{{new string('ä', 513)}}"} }"""),
            422,
            ProblemCodes.Invalid,
            "attributes.a"
        );
        await RefusedAsync(Attributes(33, 1), 422, ProblemCodes.Invalid, "attributes");
        await RefusedAsync(Attributes(9, 1000), 422, ProblemCodes.Invalid, "attributes");
        await RefusedAsync(
            Encoding.UTF8.GetBytes($$"""{"attributes":{{new string('[', 10_000)}}{{new string(']', 10_000)}} }"""),
            400,
            ProblemCodes.Malformed,
            "attributes"
        );
        await RefusedAsync(
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("""{"attributes":""", 4000)) + "1" + new string('}', 4000)),
            400,
            ProblemCodes.Malformed,
            "attributes.attributes"
        );
        foreach (var bytes in new byte[][] { [0xFF, 0xFE], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80] })
        {
            await RefusedAsync([.. "{\"first_name\":\""u8, .. bytes, .. "\"}"u8], 400, ProblemCodes.Malformed, "first_name");
            await RefusedAsync(
                [.. "{\"attributes\":{\""u8, .. bytes, .. "\":\"\"}}"u8],
                400,
                ProblemCodes.Malformed,
                "attributes"
            );
        }

        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.CreateAsync("{}");
        // The client sends Expect: 100-continue, else it could not read the refusal.
        using var patient = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) })
        {
            BaseAddress = database.Node.Address,
        };
        patient.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tenant.Key);
        foreach (
            var (method, chunked, length) in new[]
            {
                (HttpMethod.Put, false, 10 << 20),
                (HttpMethod.Patch, false, 10 << 20),
                (HttpMethod.Put, true, 70_000),
                (HttpMethod.Patch, true, 70_000),
            }
        )
        {
            var request = new HttpRequestMessage(method, $"/users/{user.Id}")
            {
                Content = new StringContent(
                    $$"""{"first_name":"{{new string('a', length)}}"}""",
                    Encoding.UTF8,
                    "application/json"
                ),
            };
            request.Headers.TryAddWithoutValidation("If-Match", "*");
            request.Headers.TransferEncodingChunked = chunked;
            request.Headers.ExpectContinue = !chunked;
            await patient.SendAsync(request).ShouldFailAsync(413, ProblemCodes.TooLarge);
        }

        // Just within every bound.
        (
            await tenant.Http.SendAsync(HttpMethod.Put, user.Id, Encoding.UTF8.GetString(Attributes(32, 253)), "*")
        ).StatusCode.ShouldBe(HttpStatusCode.OK);
        await tenant.Http.PatchAsync(user.Id, """{"attributes":{"one.more":"x"}}""").ShouldFailAsync(422, ProblemCodes.Invalid);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json-patch+json")]
    [InlineData("application/merge-patch+json; charset=utf-16")]
    [InlineData("")]
    public async Task A_patch_says_that_it_is_a_merge_patch_or_json(string type)
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.CreateAsync("{}");
        var request = new HttpRequestMessage(HttpMethod.Patch, $"/users/{user.Id}")
        {
            Content = new ByteArrayContent("""{"first_name":"a"}"""u8.ToArray()),
        };
        if (type.Length > 0)
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        await tenant.Http.SendAsync(request).ShouldFailAsync(415, ProblemCodes.UnsupportedMedia);
        (
            await tenant
                .Http.SendAsync(HttpMethod.Patch, user.Id, """{"first_name":"a"}""", type: "application/json; charset=utf-8")
                .ReadAsync<UserResponse>()
        ).FirstName.ShouldBe("a");
    }

    [Theory]
    [InlineData("zoë@example.org", "ZOË@EXAMPLE.ORG")]
    [InlineData("用户@例子.中国", "用户@例子.中国")]
    [InlineData("ada@müller.example", "Ada@MÜLLER.example")]
    public async Task Addresses_in_other_scripts_are_kept_as_written_and_found_in_any_case(string written, string asked)
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.CreateAsync($$"""{"email":"{{written}}"}""");
        user.Email.ShouldBe(written);
        (await tenant.Http.SearchAsync($$"""{"email":"{{asked}}"}""")).ShouldBe([user.Id]);
    }

    [Theory]
    [InlineData("{}", "email")]
    [InlineData("""{"email":"a@example.org","phone":"+491701234567"}""", "phone")]
    [InlineData("""{"email":"a"}""", "email")]
    [InlineData("""{"phone":"1"}""", "phone")]
    public async Task A_search_names_one_whole_value(string body, string field)
    {
        var tenant = await database.Node.NewTenantAsync();
        (
            await tenant.Http.PostJsonAsync("/users/search", body).ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe([field]);
    }

    [Theory]
    [InlineData("xx-ZZ", true)]
    [InlineData("xx-YY", false)]
    public void A_language_tag_that_an_earlier_version_took_stays_until_it_is_changed(string given, bool isTaken)
    {
        var held = Profile.Empty with { Locale = "xx-ZZ" };
        ProfileFields.TryRead(new ProfileRequest(Locale: given), out _).ShouldNotBeNull();
        (ProfileFields.TryRead(new ProfileRequest(Locale: given), out _, held) is null).ShouldBe(isTaken);
    }

    private static byte[] Attributes(int count, int length) =>
        Encoding.UTF8.GetBytes(
            "{\"attributes\":{"
                + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"n{i}\":\"{new string('x', length)}\""))
                + "}}"
        );

    private async Task RefusedAsync(byte[] body, int status, string code, string field)
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.CreateAsync("{}");
        var before = await database.CountAsync();
        foreach (
            var (method, path) in new[]
            {
                (HttpMethod.Post, "/users"),
                (HttpMethod.Put, $"/users/{user.Id}"),
                (HttpMethod.Patch, $"/users/{user.Id}"),
            }
        )
        {
            var request = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (method == HttpMethod.Put)
                request.Headers.TryAddWithoutValidation("If-Match", "*");
            var problem = await tenant.Http.SendAsync(request).ShouldFailAsync(status, code);
            problem.Errors!.Keys.ShouldBe([field], $"{method} {Encoding.UTF8.GetString(body[..Math.Min(body.Length, 100)])}");
        }

        (await database.CountAsync()).ShouldBe(before);
    }
}
