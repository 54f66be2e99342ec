using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Http;

namespace Hatcheck.Tests.Http;

// On one database: all of it is refused before any is asked. FuzzOnPostgres sends the like to every operation on the other.
public sealed class BadInputOnSqlite(OnSqlite database) : BadInputTests(database), IClassFixture<OnSqlite>;

/// <summary>
/// Bad input gets the status of the design's table, a stable code and the field; nothing is stored or repeated.
/// </summary>
public abstract class BadInputTests(TestedDatabase database)
{
    private const string Resolve = "/users/resolve";

    [Theory]
    [InlineData("\"0\"", 422, "id")]
    [InlineData("\"-1\"", 422, "id")]
    [InlineData("\"+1\"", 422, "id")]
    [InlineData("\"4503599627370497\"", 422, "id")]
    [InlineData("\"9223372036854775808\"", 422, "id")]
    [InlineData("\"99999999999999999999999999999999999999\"", 422, "id")]
    [InlineData("\"1e3\"", 422, "id")]
    [InlineData("\"\u0663\"", 422, "id")]
    [InlineData("\"\\u0663\"", 422, "id")]
    [InlineData("\" 1\"", 422, "id")]
    [InlineData("\"1 \"", 422, "id")]
    [InlineData("\"1\\n\"", 422, "id")]
    [InlineData("\"1\\u0000\"", 422, "id")]
    [InlineData("\"01\"", 422, "id")]
    [InlineData("\"1.0\"", 422, "id")]
    [InlineData("\"0x1\"", 422, "id")]
    [InlineData("\"1_0\"", 422, "id")]
    [InlineData("\"\"", 422, "id")]
    [InlineData("null", 422, "id")]
    [InlineData("\"1; drop table users\"", 422, "id")]
    [InlineData("4711", 400, "id")]
    [InlineData("4711.5", 400, "id")]
    [InlineData("true", 400, "id")]
    [InlineData("[\"1\"]", 400, "id")]
    [InlineData("{\"$ne\":\"1\"}", 400, "id")]
    [InlineData("\"\\ud800\"", 400, "id")]
    [InlineData("NaN", 400, "id")]
    public async Task An_id_that_is_none_is_refused(string id, int status, string field)
    {
        var problem = await RefusedAsync(
            Resolve,
            $$"""{"channel":"telegram","id":{{id}}}""",
            status,
            status == 400 ? ProblemCodes.Malformed : ProblemCodes.Invalid
        );
        problem.Errors!.Keys.ShouldBe([field]);
    }

    [Theory]
    [InlineData("491701234567")]
    [InlineData("+0491701234567")]
    [InlineData("+123456")]
    [InlineData("+1234567890123456")]
    [InlineData("+49170x234567")]
    [InlineData("+\u0664\u0669\u0661\u0667\u0660\u0661\u0662\u0663")]
    [InlineData("4711")]
    public async Task A_phone_number_that_is_none_is_refused(string id) =>
        (
            await RefusedAsync(Resolve, $$"""{"channel":"whatsapp","id":"{{id}}"}""", 422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe(["id"]);

    [Theory]
    [InlineData("\"signal\"", 422)]
    [InlineData("\"Telegram\"", 422)]
    [InlineData("\" telegram\"", 422)]
    [InlineData("\"telegram\\u0000\"", 422)]
    [InlineData("\"\"", 422)]
    [InlineData("null", 422)]
    [InlineData("1", 400)]
    public async Task A_wrong_channel_is_refused(string channel, int status) =>
        (
            await RefusedAsync(
                Resolve,
                $$"""{"channel":{{channel}},"id":"4711"}""",
                status,
                status == 400 ? ProblemCodes.Malformed : ProblemCodes.Invalid
            )
        ).Errors!.Keys.ShouldBe(["channel"]);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"telegram\"")]
    [InlineData("42")]
    [InlineData("{")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\"")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\"}}")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\"} {}")]
    [InlineData("{'channel':'telegram','id':'4711'}")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\",}")]
    [InlineData("{\"channel\":\"telegram\",/* */\"id\":\"4711\"}")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\",\"admin\":true}")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\",\"__proto__\":{}}")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\",\"id\":\"4712\"}")]
    [InlineData("{\"Channel\":\"telegram\",\"Id\":\"4711\"}")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\",\"\\ud800\":1}")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\",\"key_version\":1.5}")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\",\"key_version\":\"1\"}")]
    [InlineData("{\"channel\":\"telegram\",\"id\":\"4711\",\"key_version\":99999999999}")]
    [InlineData("a=1&b=2")]
    public async Task A_body_that_is_not_the_json_asked_for_is_refused(string body) =>
        await RefusedAsync(Resolve, body, 400, ProblemCodes.Malformed);

    [Fact]
    public async Task Deep_nesting_and_invalid_utf8_are_refused()
    {
        await RefusedAsync(
            Resolve,
            $$"""{"channel":"telegram","id":{{new string('[', 5000)}}{{new string(']', 5000)}}}""",
            400,
            ProblemCodes.Malformed
        );
        var tenant = await database.Node.NewTenantAsync();
        foreach (var bytes in new byte[][] { [0xFF, 0xFE], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80] })
        {
            var content = new ByteArrayContent([
                .. Encoding.ASCII.GetBytes("""{"channel":"telegram","id":"""),
                (byte)'"',
                .. bytes,
                (byte)'"',
                (byte)'}',
            ]);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            await tenant.Http.PostAsync(Resolve, content).ShouldFailAsync(400, ProblemCodes.Malformed);
        }
    }

    [Fact]
    public async Task A_body_over_64_kib_is_refused_whether_it_says_its_length_or_not()
    {
        var body = $$"""{"channel":"telegram","id":"{{new string('1', 70_000)}}"}""";
        await RefusedAsync(Resolve, body, 413, ProblemCodes.TooLarge);
        var tenant = await database.Node.NewTenantAsync();
        var request = new HttpRequestMessage(HttpMethod.Post, Resolve)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.TransferEncodingChunked = true;
        await tenant.Http.SendAsync(request).ShouldFailAsync(413, ProblemCodes.TooLarge);
        // Just below the limit it is read, and refused for its content.
        await RefusedAsync(Resolve, $$"""{"channel":"telegram","id":"{{new string('1', 60_000)}}"}""", 422, ProblemCodes.Invalid);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=bogus")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task A_body_that_does_not_say_json_in_utf8_is_refused(string? type)
    {
        var tenant = await database.Node.NewTenantAsync();
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"channel":"telegram","id":"4711"}"""));
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type).ShouldBeTrue();
        await tenant.Http.PostAsync(Resolve, content).ShouldFailAsync(415, ProblemCodes.UnsupportedMedia);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("4711")]
    [InlineData("1e3")]
    [InlineData("%D9%A3")]
    [InlineData("%201")]
    [InlineData("00000000000000000000000000000001")]
    [InlineData("{00000000-0000-0000-0000-000000000001}")]
    [InlineData("(00000000-0000-0000-0000-000000000001)")]
    [InlineData("%2000000000-0000-0000-0000-00000000001")]
    [InlineData("+0000000-0000-0000-0000-000000000001")]
    [InlineData("0x000000-0000-0000-0000-000000000001")]
    [InlineData("%7B0x00000000,0x0000,0x0000,%7B0x00,0x00,0x00,0x00,0x00,0x00,0x00,0x01%7D%7D")]
    [InlineData("..%2f..%2fetc%2fpasswd")]
    [InlineData("'%20or%201=1--")]
    public async Task A_user_is_named_by_a_uuid_in_one_form(string id)
    {
        var tenant = await database.Node.NewTenantAsync();
        var problem = await tenant.Http.GetAsync($"/users/{id}").ShouldFailAsync(400, ProblemCodes.Malformed);
        problem.Errors!.Keys.ShouldBe(["id"]);
        await tenant.Http.PostJsonAsync($"/users/{id}/usage", """{"action":"a"}""").ShouldFailAsync(400, ProblemCodes.Malformed);
        (
            await tenant.Http.DeleteAsync($"/users/{Guid.NewGuid()}/identities/{id}").ShouldFailAsync(400, ProblemCodes.Malformed)
        ).Errors!.Keys.ShouldBe(["identity_id"]);
    }

    [Theory]
    [InlineData("limit=0", 422, "limit")]
    [InlineData("limit=201", 422, "limit")]
    [InlineData("limit=-1", 422, "limit")]
    [InlineData("limit=ten", 400, "limit")]
    [InlineData("limit=%D9%A3", 400, "limit")]
    [InlineData("limit=99999999999", 400, "limit")]
    [InlineData("limit=1&limit=2", 400, "limit")]
    [InlineData("from=yesterday", 422, "from")]
    [InlineData("from=2026-11-22", 422, "from")]
    [InlineData("from=2026-11-22T10:00:00", 422, "from")]
    [InlineData("from=11/22/2026%2010:00Z", 422, "from")]
    [InlineData("from=10:00Z", 422, "from")]
    [InlineData("to=2026-13-40T00:00:00Z", 422, "to")]
    [InlineData("cursor=abc", 422, "cursor")]
    [InlineData("cursor=________________________________", 422, "cursor")]
    [InlineData("cursor=);waitfor/**/delay/**/'0:0:7'--1", 422, "cursor")]
    [InlineData("cursor=%00", 422, "cursor")]
    public async Task A_page_is_asked_for_within_bounds(string query, int status, string field)
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("4711");
        var problem = await tenant
            .Http.GetAsync($"/users/{user.Id}/usage?{query}")
            .ShouldFailAsync(status, status == 400 ? ProblemCodes.Malformed : ProblemCodes.Invalid);
        problem.Errors!.Keys.ShouldBe([field]);
    }

    [Theory]
    [InlineData("""{}""", 422, "action")]
    [InlineData("""{"action":""}""", 422, "action")]
    [InlineData("""{"action":"Command"}""", 422, "action")]
    [InlineData("""{"action":"a b"}""", 422, "action")]
    [InlineData("""{"action":"é"}""", 422, "action")]
    [InlineData("""{"action":["a"]}""", 400, "action")]
    [InlineData("""{"action":"a","at":"1999-12-31T23:59:59Z"}""", 422, "at")]
    [InlineData("""{"action":"a","at":"2999-01-01T00:00:00Z"}""", 422, "at")]
    [InlineData("""{"action":"a","at":"2026-11-22T10:00:00"}""", 400, "at")]
    [InlineData("""{"action":"a","at":"2026-11-22"}""", 400, "at")]
    [InlineData("""{"action":"a","at":1700000000}""", 400, "at")]
    [InlineData("""{"action":"a","attributes":{"Name":"x"}}""", 422, "attributes")]
    [InlineData("""{"action":"a","attributes":{"":"x"}}""", 422, "attributes")]
    [InlineData("""{"action":"a","attributes":{"n":null}}""", 422, "attributes.n")]
    [InlineData("""{"action":"a","attributes":{"n":"a\u0000b"}}""", 422, "attributes.n")]
    [InlineData("""{"action":"a","attributes":{"n":"a\u001bb"}}""", 422, "attributes.n")]
    [InlineData("""{"action":"a","attributes":{"n":"\ud800"}}""", 400, "attributes.n")]
    [InlineData("""{"action":"a","attributes":{"n":1}}""", 400, "attributes.n")]
    [InlineData("""{"action":"a","attributes":{"n":"1","n":"2"}}""", 400, "attributes.n")]
    [InlineData("""{"action":"a","attributes":["n"]}""", 400, "attributes")]
    [InlineData("""{"action":"a","text":"what the person typed"}""", 400, "text")]
    public async Task A_line_of_the_usage_log_is_bounded(string body, int status, string field)
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("4711");
        var before = await database.CountAsync();
        var problem = await tenant
            .Http.PostJsonAsync($"/users/{user.Id}/usage", body)
            .ShouldFailAsync(status, status == 400 ? ProblemCodes.Malformed : ProblemCodes.Invalid);
        problem.Errors!.Keys.ShouldBe([field]);
        (await database.CountAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Attributes_are_few_and_short()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("4711");
        async Task<int> SendAsync(int count, int length)
        {
            var attributes = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"n{i}\":\"{new string('x', length)}\""));
            using var response = await tenant.Http.PostJsonAsync(
                $"/users/{user.Id}/usage",
                "{\"action\":\"a\",\"attributes\":{" + attributes + "}}"
            );
            return (int)response.StatusCode;
        }

        (await SendAsync(16, 256)).ShouldBe(201);
        (await SendAsync(17, 1)).ShouldBe(422);
        (await SendAsync(1, 257)).ShouldBe(422);
    }

    [Theory]
    [InlineData("")]
    [InlineData("129")]
    public async Task An_idempotency_key_has_1_to_128_characters(string length)
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("4711");
        var request = new HttpRequestMessage(HttpMethod.Post, $"/users/{user.Id}/usage")
        {
            Content = new StringContent("""{"action":"a"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", length.Length == 0 ? "" : new string('k', 129)).ShouldBeTrue();
        (await tenant.Http.SendAsync(request).ShouldFailAsync(422, ProblemCodes.Invalid)).Errors!.Keys.ShouldBe([
            "Idempotency-Key",
        ]);
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("null")]
    [InlineData("\"123456789\"")]
    [InlineData("\"01234567890\"")]
    public async Task A_link_code_has_ten_characters(string code)
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("4711");
        (
            await tenant
                .Http.PostJsonAsync($"/users/{user.Id}/merge", $$"""{"code":{{code}}}""")
                .ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe(["code"]);
    }

    [Theory]
    [InlineData("GET", "/", 404)]
    [InlineData("PUT", "/users", 405)]
    [InlineData("GET", "/admin", 404)]
    [InlineData("GET", "/.env", 404)]
    [InlineData("GET", "/users/00000000-0000-0000-0000-000000000001/secrets", 404)]
    [InlineData("PUT", "/tenant", 405)]
    [InlineData("DELETE", "/tenant", 405)]
    [InlineData("OPTIONS", "/tenant", 405)]
    [InlineData("TRACE", "/tenant", 405)]
    [InlineData("POST", "/users/00000000-0000-0000-0000-000000000001", 405)]
    [InlineData("QUERY", "/users/resolve", 405)]
    public async Task Unknown_places_and_methods_are_problems_too(string method, string path, int status)
    {
        var tenant = await database.Node.NewTenantAsync();
        await tenant
            .Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path))
            .ShouldFailAsync(status, status == 404 ? ProblemCodes.NoSuchEndpoint : ProblemCodes.MethodNotAllowed);
    }

    [Fact]
    public async Task Head_is_not_taken_and_has_no_body()
    {
        var tenant = await database.Node.NewTenantAsync();
        using var response = await tenant.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/tenant"));
        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_answer_forbids_sniffing_and_keeping()
    {
        var tenant = await database.Node.NewTenantAsync();
        foreach (
            var sent in new[]
            {
                tenant.Http.GetAsync("/tenant"),
                tenant.Http.GetAsync("/users/1"),
                tenant.Http.GetAsync("/nowhere"),
                tenant.Http.PostJsonAsync(Resolve, "{"),
                database.Node.Client().GetAsync("/tenant"),
                database.Node.Client().GetAsync("/health/live"),
            }
        )
        {
            using var response = await sent;
            response.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            response.Headers.CacheControl!.NoStore.ShouldBeTrue();
            response.Headers.Contains("Server").ShouldBeFalse();
        }
    }

    /// <summary>
    /// Sends a body as a good caller; the answer must be this problem, repeat nothing of the body, and leave every table
    /// unchanged.
    /// </summary>
    private async Task<ProblemResponse> RefusedAsync(string path, string body, int status, string code)
    {
        var tenant = await database.Node.NewTenantAsync();
        var before = await database.CountAsync();
        var problem = await tenant.Http.PostJsonAsync(path, body).ShouldFailAsync(status, code);
        (await database.CountAsync()).ShouldBe(before);
        problem.TraceId.ShouldNotBeNullOrEmpty();
        problem.Title!.ShouldEndWith(".");
        // A random id may have any digits in it.
        JsonSerializer.Serialize(problem with { TraceId = null }).ShouldNotContain("4711");
        database.Node.Log.ToString().ShouldNotContain("4711");
        return problem;
    }
}
