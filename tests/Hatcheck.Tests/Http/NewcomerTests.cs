using System.Text;
using Hatcheck.Contracts;

namespace Hatcheck.Tests.Http;

/// <summary>A newcomer's mistakes at the first calls of the API, each with the sentence that resolves it.</summary>
public sealed partial class NewcomerTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    private const string Resolve = "POST /users/resolve";
    private const string Patch = "PATCH /users/{id}/preferences";
    private const string Schema = "PUT /preferences/schema";
    private const string Usage = "POST /users/{id}/usage";

    [Theory]
    // The body.
    [InlineData(Resolve, """{"channel":"telegram","id":42}""", 400, "id", "send it as a string: \"42\"")]
    [InlineData(Resolve, """{"channel":7,"id":"42"}""", 400, "channel", "Expected a string, got a number")]
    [InlineData(Resolve, """{"channel":"telegram","id":true}""", 400, "id", "Expected a string, got true or false")]
    [InlineData(Resolve, """{"channel":"telegram","id":["42"]}""", 400, "id", "Expected a string, got an array")]
    [InlineData(
        Resolve,
        """{"channel":"telegram","id":"42","key_version":"1"}""",
        400,
        "key_version",
        "Expected a whole number without quotes, got a string"
    )]
    [InlineData(
        Resolve,
        """{"channel":"telegram","telegram_id":"42"}""",
        400,
        "telegram_id",
        "There is no member telegram_id here: there are channel, id, hash, key_version."
    )]
    [InlineData(Resolve, """{"channnel":"telegram","id":"42"}""", 400, "channnel", "Did you mean channel?")]
    [InlineData(
        Resolve,
        """{"channel":"telegram","keyVersion":1}""",
        400,
        "$",
        "A member is not known here: there are channel, id, hash, key_version. Did you mean key_version?"
    )]
    [InlineData(Resolve, """{"channel":"telegram","u4711":1}""", 400, "$", "A member is not known here")]
    [InlineData(Resolve, """{"channel":"telegram","id":"1","id":"2"}""", 400, "id", "given twice")]
    [InlineData(Resolve, """{"channel":"telegram","id":"42",}""", 400, "$", "Not JSON at line 1, column 33: a comma too many.")]
    [InlineData(Resolve, "{\n  'channel': 'telegram'\n}", 400, "$", "Not JSON at line 2, column 3")]
    [InlineData(Resolve, """{"channel":"telegram","id":"42" """, 400, "$", "it ends too early")]
    [InlineData(Resolve, "[]", 400, "$", "Expected an object with channel, id, hash, key_version")]
    [InlineData(Resolve, "", 400, "$", "The body is missing: send a JSON object with channel, id, hash, key_version.")]
    [InlineData(Resolve, "null", 400, "$", "The body is missing")]
    [InlineData(Resolve, """{"channel":"signal","id":"42"}""", 422, "channel", "One of telegram, whatsapp")]
    [InlineData(Resolve, """{"id":"42"}""", 422, "channel", "One of telegram, whatsapp")]
    [InlineData(Resolve, """{"channel":"telegram","id":"@ada"}""", 422, "id", "ASCII decimal digits")]
    [InlineData(Resolve, "   ", 400, "$", "The body is missing")]
    [InlineData(Resolve, "42", 400, "$", "Expected an object with channel, id, hash, key_version, got a number.")]
    [InlineData(Resolve, """{"channel":"ЖЖЖЖ","id":"42",}""", 400, "$", "Not JSON at line 1, column 29: a comma too many.")]
    [InlineData(Resolve, """{"channel":"telegram","id":"42","key_version":1.5}""", 400, "key_version", "got one with a fraction")]
    [InlineData(
        Resolve,
        """{"channel":"telegram","id":"42","key_version":99999999999}""",
        400,
        "key_version",
        "got one that is too large"
    )]
    [InlineData(Resolve, """{"channel":"telegram","id":"\ud800"}""", 400, "id", "Expected a string of valid Unicode.")]
    [InlineData(Resolve, """{"channel":"telegram","id":"42","id":43}""", 400, "id", "A member is given twice.")]
    [InlineData(
        Resolve,
        """{"channel":"telegram","first name":"A"}""",
        400,
        "$",
        "A member is not known here: there are channel, id, hash, key_version."
    )]
    [InlineData(
        Resolve,
        """{"channel":"telegram","":"A"}""",
        400,
        "$",
        "A member is not known here: there are channel, id, hash, key_version."
    )]
    [InlineData(Resolve, """{"channel":"telegram","attributes.x":"y"}""", 400, "$", "A member is not known here")]
    [InlineData(Resolve, "{}", 422, "channel,id", "One of telegram, whatsapp")]
    [InlineData(Resolve, """{"channel":"signal","id":""}""", 422, "channel,id", "The messenger's id of the user")]
    [InlineData(Usage, """{"action":"a","at":"yesterday"}""", 400, "at", "RFC 3339")]
    [InlineData(Usage, """{"action":"a","at":5}""", 400, "at", "Expected a string, got a number. An instant as in RFC 3339")]
    [InlineData(Usage, """{"action":"a","attributes":{"n":"a","n":"b"}}""", 400, "attributes.n", "A member is given twice.")]
    [InlineData(
        Usage,
        """{"action":"a","attributes":{"first name":5}}""",
        400,
        "attributes",
        "In one of its members: expected a string, got a number"
    )]
    [InlineData(
        Usage,
        """{"action":"a","attributes":{"a.b":5}}""",
        400,
        "attributes",
        "In one of its members: expected a string, got a number"
    )]
    [InlineData(Usage, """{"action":"a","attributes":[]}""", 400, "attributes", "Expected an object, got an array")]
    [InlineData(Usage, """{"attributes":{}}""", 422, "action", "It is missing.")]
    [InlineData(Usage, """{"action":"a","attributes":{"n":1}}""", 400, "attributes.n", "send it as a string")]
    [InlineData(Usage, """{"action":"a","attributes":"n"}""", 400, "attributes", "Expected an object")]
    [InlineData(
        Usage,
        """{"action":"a","attributes":{"4915112345678":"\u0001"}}""",
        422,
        "attributes",
        "without control characters"
    )]
    [InlineData(Usage, """{"action":"Hello World"}""", 422, "action", "1 to 64 of a-z 0-9 . _ -")]
    [InlineData(
        "POST /api-keys",
        """{"name":"bot","permissions":["users:red"]}""",
        422,
        "permissions",
        "Did you mean users:read?"
    )]
    [InlineData("POST /api-keys", """{"name":"bot","permissions":"users:read"}""", 400, "permissions", "Expected an array")]
    [InlineData(
        "POST /api-keys",
        """{"name":5,"permissions":6,"expires_in_days":"x"}""",
        400,
        "name,permissions,expires_in_days",
        "Expected an array, got a number"
    )]
    [InlineData(
        "POST /api-keys",
        """{"name":"bot","permissions":["users:red","usage:reed"]}""",
        422,
        "permissions",
        "Did you mean users:read and usage:read?"
    )]
    [InlineData(
        "POST /api-keys",
        """{"name":"bot","permissions":["users:read",5,null,[]]}""",
        400,
        "permissions[1],permissions[3]",
        "Expected a string, got an array"
    )]
    [InlineData("POST /users", """{"email":"ada"}""", 422, "email", "An e-mail address")]
    [InlineData("PATCH /users/{id}", "", 400, "$", "The body is missing: send a JSON object with email")]
    [InlineData("PATCH /users/{id}", "null", 400, "$", "The body is missing")]
    [InlineData("PATCH /users/{id}", "[]", 400, "$", "got an array")]
    [InlineData("PATCH /users/{id}", """{"attributes":{"n":"a","n":"b"}}""", 400, "attributes.n", "A member is given twice.")]
    [InlineData("PATCH /users/{id}/preferences", "", 400, "$", "The body is missing")]
    [InlineData("PATCH /users/{id}", """{"emial":"ada@example.org"}""", 400, "emial", "Did you mean email?")]
    [InlineData(
        "PATCH /users/{id}/preferences",
        """{"interface":{"themes":"dark"}}""",
        422,
        "interface.themes",
        "Did you mean theme?"
    )]
    // Preferences.
    [InlineData(
        Patch,
        """{"theme":"dark"}""",
        422,
        "theme",
        "Did you mean interface.theme? Nest it: {\"interface\":{\"theme\":…}}"
    )]
    [InlineData(Patch, """{"interface.theme":"dark"}""", 422, "$", "Did you mean interface.theme? Nest it: ")]
    [InlineData(Patch, """{"interface":{"language":"de"}}""", 422, "interface.language", "Did you mean locale.language?")]
    [InlineData(
        Patch,
        """{"notifications":{"start":"20:00"}}""",
        422,
        "notifications.start",
        "Nest it: {\"notifications\":{\"quiet_hours\":{\"start\":…}}}"
    )]
    [InlineData(Patch, """{"themes":"dark"}""", 422, "themes", "Did you mean interface.theme?")]
    [InlineData(
        Patch,
        """{"interfaces":{}}""",
        422,
        "interfaces",
        "there are assistant, interface, locale, notifications, privacy. Did you mean interface?"
    )]
    [InlineData(
        Patch,
        """{"interface":{"wallpaper":1}}""",
        422,
        "interface.wallpaper",
        "there are density, reduced_motion, text_scale, theme."
    )]
    [InlineData(Patch, """{"u4711":1}""", 422, "$", "There is no such preference here")]
    [InlineData(
        Patch,
        """{"interface":"dark"}""",
        422,
        "interface",
        "interface is a group: expected an object with density, reduced_motion, text_scale, theme, got a string."
    )]
    [InlineData(
        Patch,
        """{"interface":{"theme":5}}""",
        422,
        "interface.theme",
        "One of \"system\", \"light\", \"dark\", got a number."
    )]
    [InlineData(Patch, """{"interface":{"theme":"drak"}}""", 422, "interface.theme", "\"dark\". Did you mean dark?")]
    [InlineData(
        Patch,
        """{"interface":{"reduced_motion":"on"}}""",
        422,
        "interface.reduced_motion",
        "True or false, got a string."
    )]
    [InlineData(
        Patch,
        """{"interface":{"reduced_motion":"true"}}""",
        422,
        "interface.reduced_motion",
        "True or false, without quotes, got a string."
    )]
    [InlineData(
        Patch,
        """{"interface":{"text_scale":"120"}}""",
        422,
        "interface.text_scale",
        "A whole number, 50 to 300, without quotes, got a string."
    )]
    [InlineData(
        Patch,
        """{"interface":{"text_scale":{"a":1}}}""",
        422,
        "interface.text_scale",
        "A whole number, 50 to 300, got an object."
    )]
    [InlineData(Patch, """{"interface":{"text_scale":4711}}""", 422, "interface.text_scale", "A whole number, 50 to 300.")]
    [InlineData(Patch, """{"assistant":{"creativity":[1]}}""", 422, "assistant.creativity", "A number, 0 to 1, got an array.")]
    [InlineData(
        Patch,
        """{"assistant":{"instructions":true}}""",
        422,
        "assistant.instructions",
        "Text of at most 2000 characters, without control characters, got true or false."
    )]
    [InlineData(
        Patch,
        """{"notifications":{"channels":"chat"}}""",
        422,
        "notifications.channels",
        "A list of at most 3, got a string."
    )]
    [InlineData(
        Patch,
        """{"notifications":{"channels":["chat",null]}}""",
        422,
        "notifications.channels",
        "Each item: One of \"chat\", \"email\", \"push\", got null."
    )]
    [InlineData(
        Patch,
        """{"notifications":{"channels":["chat","mail"]}}""",
        422,
        "notifications.channels",
        "Did you mean email?"
    )]
    [InlineData(Patch, """{"locale":{"time_zone":1}}""", 422, "locale.time_zone", "as Europe/Berlin, got a number.")]
    [InlineData(Patch, """{"locale":{"time_zone":"Europe/Berln"}}""", 422, "locale.time_zone", "Did you mean Europe/Berlin?")]
    [InlineData(Patch, """{"locale":{"time_zone":"Rome"}}""", 422, "locale.time_zone", "Did you mean Europe/Rome?")]
    [InlineData(Patch, """{"locale":{"time_zone":"new york"}}""", 422, "locale.time_zone", "Did you mean America/New_York?")]
    [InlineData(Patch, """{"locale":{"time_zone":"US/Estern"}}""", 422, "locale.time_zone", "Did you mean US/Eastern?")]
    [InlineData(Patch, """{"locale":{"language":"en_US"}}""", 422, "locale.language", "Did you mean en-US?")]
    [InlineData(Patch, """{"locale":{"language":"en-UK"}}""", 422, "locale.language", "Did you mean en-GB?")]
    [InlineData(Patch, """{"locale":{"language":"Germn"}}""", 422, "locale.language", "Did you mean de?")]
    [InlineData(Patch, """{"locale":{"time_zone":"\ud800"}}""", 400, "locale.time_zone", "Expected valid Unicode")]
    [InlineData(Patch, """{"notifications":{"channels":["\ud800"]}}""", 400, "notifications.channels", "Expected valid Unicode")]
    [InlineData(Patch, """{"locale":{"\ud800":1}}""", 400, "locale", "Expected valid Unicode")]
    [InlineData(Patch, """{"interface":{"theme":"a","theme":"b"}}""", 400, "interface.theme", "A member is given twice.")]
    [InlineData(Patch, """{"interface":{"u4711":{"a":1,"a":1}}}""", 400, "interface", "A member is given twice.")]
    [InlineData(Patch, "", 400, "$", "The body is missing: send a JSON object")]
    [InlineData(Patch, " \n", 400, "$", "The body is missing")]
    [InlineData(Patch, "null", 400, "$", "The body is missing")]
    [InlineData(Patch, "[]", 400, "$", "Expected an object, got an array")]
    [InlineData(Patch, "\"x\"", 400, "$", "Expected an object, got a string")]
    [InlineData(Patch, "42", 400, "$", "Expected an object, got a number")]
    [InlineData(Patch, "{\n  \"interface\": {},\n}", 400, "$", "Not JSON at line 3, column 1: a comma too many.")]
    [InlineData("PUT /users/{id}/preferences", "", 400, "$", "The body is missing")]
    [InlineData("PUT /users/{id}/preferences", "[]", 400, "$", "Expected an object, got an array")]
    [InlineData("PUT /users/{id}/preferences", """{"theme":"dark"}""", 422, "theme", "Did you mean interface.theme?")]
    [InlineData("POST /users/{id}/preferences/reset", """{"keys":["theme"]}""", 422, "keys[0]", "Did you mean interface.theme?")]
    [InlineData(Schema, """{"properties":7}""", 422, "properties", "An object, got a number.")]
    [InlineData(Schema, """{"defaults":{"theme":"dark"}}""", 422, "defaults.theme", "Did you mean interface.theme?")]
    [InlineData(
        Schema,
        """{"defaults":{"locale":{"time_zone":"Berlin"}}}""",
        422,
        "defaults.locale.time_zone",
        "Did you mean Europe/Berlin?"
    )]
    [InlineData(
        Schema,
        """{"defaults":{"locale":{"language":"\ud800"}}}""",
        400,
        "defaults.locale.language",
        "Expected valid Unicode"
    )]
    [InlineData(
        Schema,
        """{"properties":{"a":{"type":"object","properties":{"b":{"type":"bolean","default":true}}}}}""",
        422,
        "properties.a.properties.b.type",
        "Did you mean boolean?"
    )]
    [InlineData(
        Schema,
        """{"properties":{"a":{"type":"object","properties":{"b":{"type":"string","maxlength":5,"default":""}}}}}""",
        422,
        "properties.a.properties.b",
        "Did you mean maxLength?"
    )]
    [InlineData(
        Schema,
        """{"properties":{"a":{"type":"object","properties":{"b":{"type":"string","default":"","maxLength":"5"}}}}}""",
        422,
        "properties.a.properties.b.maxLength",
        "A whole number, 1 to 4000, without quotes, got a string."
    )]
    public async Task A_mistake_is_told_in_a_sentence_that_ends_it(
        string call,
        string? body,
        int status,
        string? field,
        string sentence
    )
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("990017");
        var request = Request(call.Replace("{id}", $"{user.Id}", StringComparison.Ordinal));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        var problem = await SayAsync(tenant.Http, request, status, sentence);
        if (field is not null)
            problem.Errors!.Keys.ShouldBe(field.Split(','));
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "This is a form")]
    [InlineData("multipart/form-data; boundary=x", "This is a form")]
    [InlineData("text/plain", "Content-Type: application/json")]
    [InlineData(null, "There is no Content-Type")]
    [InlineData("application/json; charset=latin1", "not UTF-8")]
    public async Task A_body_of_another_kind_is_told(string? type, string sentence)
    {
        var tenant = await database.Node.NewTenantAsync();
        var request = Request(Resolve);
        request.Content = new ByteArrayContent("channel=telegram&id=990017"u8.ToArray());
        if (type is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type).ShouldBeTrue();
        await SayAsync(tenant.Http, request, 415, sentence);
    }

    [Theory]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/json; charset=\"UTF-8\"; v=1")]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json; charset=\"\"")]
    [InlineData("application/json;charset=\" \"")]
    [InlineData("application/json; Charset=UTF-8")]
    public async Task A_charset_in_other_letters_or_none_is_the_same_charset(string type)
    {
        var tenant = await database.Node.NewTenantAsync();
        var content = new ByteArrayContent("\uFEFF{\"channel\":\"telegram\",\"id\":\"990017\"}"u8[3..].ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type).ShouldBeTrue();
        (await tenant.Http.PostAsync("/users/resolve", content)).EnsureSuccessStatusCode();
    }

    [Theory]
    [InlineData("application/json; charset=")]
    [InlineData("application/json; charset=\"utf-16\"")]
    public async Task A_charset_that_is_none_is_told(string type)
    {
        var tenant = await database.Node.NewTenantAsync();
        foreach (var path in new[] { "POST /users/resolve", "POST /auth/refresh" })
        {
            var request = Request(path);
            request.Content = new ByteArrayContent("{}"u8.ToArray());
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type).ShouldBeTrue();
            using var answer = await tenant.Http.SendAsync(request);
            ((int)answer.StatusCode).ShouldBeLessThan(500);
        }
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-32")]
    public async Task A_text_of_another_encoding_is_told(string encoding)
    {
        var tenant = await database.Node.NewTenantAsync();
        var request = Request(Resolve);
        request.Content = new ByteArrayContent(
            Encoding.GetEncoding(encoding).GetBytes("""{"channel":"telegram","id":"990017"}""")
        );
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json").ShouldBeTrue();
        await SayAsync(tenant.Http, request, 415, "not UTF-8");
    }

    [Fact]
    public async Task Faults_of_a_header_and_of_the_body_are_told_together()
    {
        var tenant = await database.Node.NewTenantAsync();
        var request = Request("POST /users");
        request.Headers.Add("Idempotency-Key", new string('k', 200));
        request.Content = new StringContent("""{"email":"ada","phone":"1"}""", Encoding.UTF8, "application/json");
        var problem = await SayAsync(tenant.Http, request, 422, "1 to 128 ASCII characters");
        problem.Errors!.Keys.ShouldBe(["Idempotency-Key", "email", "phone"]);
    }

    [Fact]
    public async Task A_tag_that_a_proxy_weakened_is_told()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("990017");
        foreach (var path in new[] { "", "/preferences" })
        {
            var request = Request($"PATCH /users/{user.Id}{path}");
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            request.Headers.TryAddWithoutValidation("If-Match", "W/\"1\"").ShouldBeTrue();
            await SayAsync(tenant.Http, request, 412, "a proxy on the way weakened it");
        }
    }

    [Fact]
    public async Task The_other_method_stands_in_the_allow_header()
    {
        var tenant = await database.Node.NewTenantAsync();
        using var response = await tenant.Http.GetAsync("/users/resolve");
        response.Content.Headers.Allow.ShouldBe(["POST"]);
    }

    [Fact]
    public async Task Every_fault_of_a_request_is_told_at_once()
    {
        var tenant = await database.Node.NewTenantAsync();
        var problem = await tenant
            .Http.PostJsonAsync("/api-keys", """{"permissions":["users:red"],"expires_in_days":0}""")
            .ShouldFailAsync(422, ProblemCodes.Invalid);
        problem.Errors!.Keys.ShouldBe(["permissions", "name", "expires_in_days"], ignoreOrder: true);
        problem.Title.ShouldBe("A value is not accepted.");
    }

    [Fact]
    public async Task Each_code_has_a_page_whose_address_is_the_type()
    {
        using var stranger = database.Node.Client();
        var index = await stranger.GetStringAsync("/docs/errors");
        foreach (var kind in Composition.Problems.All)
        {
            var page = await stranger.GetStringAsync($"/docs/errors/{kind.Code}");
            page.ShouldContain($"<code>{kind.Code}</code>");
            page.ShouldContain("<h2>What to do</h2>");
            page.ShouldNotContain("](");
            index.ShouldContain($"href=\"/docs/errors/{kind.Code}\"");
        }

        var problem = await stranger.GetAsync("/tenant").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        (await stranger.GetStringAsync(problem.Type)).ShouldContain("auth.unauthenticated");
        await stranger.GetAsync("/docs/errors/no.such_code").ShouldFailAsync(404, ProblemCodes.NoSuchEndpoint);
    }

    private static HttpRequestMessage Request(string call) =>
        new(new HttpMethod(call.Split(' ')[0]), new Uri(call.Split(' ')[1], UriKind.Relative));

    // In the detail, or in the errors of its member.
    private static async Task<ProblemResponse> SayAsync(HttpClient http, HttpRequestMessage request, int status, string sentence)
    {
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        var problem = System.Text.Json.JsonSerializer.Deserialize(text, ProblemJson.Default.ProblemResponse)!;
        string.Join('\n', [problem.Detail, .. problem.Errors?.Values.SelectMany(forms => forms) ?? []]).ShouldContain(sentence);
        // A random id may have any digits in it.
        System.Text.Json.JsonSerializer.Serialize(problem with { TraceId = null }).ShouldNotContain("4711");
        return problem;
    }
}
