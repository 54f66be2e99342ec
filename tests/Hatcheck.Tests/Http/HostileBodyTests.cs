using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;

namespace Hatcheck.Tests.Http;

public sealed class HostileBodyOnSqlite(OnSqlite database, ITestOutputHelper output)
    : HostileBodyTests(database, output),
        IClassFixture<OnSqlite>;

public sealed class HostileBodyOnPostgres(OnPostgres database, ITestOutputHelper output)
    : HostileBodyTests(database, output),
        IClassFixture<OnPostgres>;

/// <summary>
/// Sends invalid text in each string of each operation with a body, by the served document; new endpoints need no change
/// here. Every answer is a 4xx with a code, and names the field.
/// </summary>
public abstract class HostileBodyTests(TestedDatabase database, ITestOutputHelper output)
{
    private const string Mark = "\u2021here\u2021";

    private static readonly (string Name, byte[] Bytes)[] NoText =
    [
        ("NUL", "\"a\\u0000b\""u8.ToArray()),
        ("escape", "\"a\\u001bb\""u8.ToArray()),
        ("high surrogate alone", "\"\\ud800\""u8.ToArray()),
        ("low surrogate alone", "\"a\\udc00b\""u8.ToArray()),
        ("surrogates swapped", "\"\\udc00\\ud800\""u8.ToArray()),
        ("raw NUL", [(byte)'"', (byte)'a', 0, (byte)'"']),
        ("overlong", [(byte)'"', 0xC0, 0xAF, (byte)'"']),
        ("surrogate in UTF-8", [(byte)'"', 0xED, 0xA0, 0x80, (byte)'"']),
        ("five bytes", [(byte)'"', 0xF8, 0x88, 0x80, 0x80, 0x80, (byte)'"']),
        ("cut off", [(byte)'"', 0xE2, 0x82, (byte)'"']),
        ("nested 10000 deep", [.. Enumerable.Repeat((byte)'[', 10_000), .. Enumerable.Repeat((byte)']', 10_000)]),
        (
            "objects 5000 deep",
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 5_000)) + "1" + new string('}', 5_000))
        ),
    ];

    [Fact]
    public async Task What_is_no_text_is_refused_in_every_string_of_every_operation_and_the_field_is_named()
    {
        var tenant = await database.Node.NewTenantAsync();
        var tried = 0;
        foreach (var operation in await OperationsAsync())
        {
            foreach (var (field, body) in Marked(operation))
            {
                foreach (var (name, bytes) in NoText)
                {
                    var told = $"{operation.Name} {field} {name}";
                    var problem = await RefusedAsync(tenant, operation, With(body, bytes), told);
                    // The caller invented a free-form member's name; the answer names at least the member that holds it.
                    problem.Errors!.Keys.ShouldContain(
                        key =>
                            key == field
                            || field.StartsWith(key + ".", StringComparison.Ordinal)
                            || key.StartsWith(field, StringComparison.Ordinal),
                        told
                    );
                    tried++;
                }
            }
        }

        output.WriteLine($"{tried} bodies");
        tried.ShouldBeGreaterThan(60);
        (await tenant.Http.GetAsync("/tenant")).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task A_member_that_comes_twice_and_one_that_is_unknown_are_refused_in_every_operation()
    {
        var tenant = await database.Node.NewTenantAsync();
        foreach (var operation in await OperationsAsync())
        {
            var member = operation.Example.First();
            var good = operation.Example.ToJsonString();
            var twice = $"{{{JsonSerializer.Serialize(member.Key)}:{member.Value!.ToJsonString()},{good[1..]}";
            (await RefusedAsync(tenant, operation, Encoding.UTF8.GetBytes(twice), $"{operation.Name} twice")).Code.ShouldBe(
                ProblemCodes.Malformed
            );
            if (operation.Schema["additionalProperties"]?.GetValueKind() != JsonValueKind.False)
                continue;
            var unknown = $"{{\"no_such_member\":1,{good[1..]}";
            (await RefusedAsync(tenant, operation, Encoding.UTF8.GetBytes(unknown), $"{operation.Name} unknown"))
                .Errors!.ContainsKey("no_such_member")
                .ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Ten_megabytes_are_refused_in_every_operation_without_being_read()
    {
        var tenant = await database.Node.NewTenantAsync();
        var huge = new byte[10 * 1024 * 1024];
        Array.Fill(huge, (byte)' ');
        foreach (var operation in await OperationsAsync())
        {
            foreach (var chunked in new[] { false, true })
            {
                var request = await RequestAsync(tenant, operation, huge);
                // The client waits for 100 Continue, which does not come.
                request.Headers.ExpectContinue = true;
                request.Headers.TransferEncodingChunked = chunked;
                using var response = await SendAsync(tenant.Http, request);
                if (response is null)
                    continue;
                await Task.FromResult(response).ShouldFailAsync(413, ProblemCodes.TooLarge);
            }
        }
    }

    private static async Task<HttpResponseMessage?> SendAsync(HttpClient http, HttpRequestMessage request)
    {
        try
        {
            return await http.SendAsync(request);
        }
        catch (HttpRequestException)
        {
            // The server hung up during the client's write: a refusal too.
            return null;
        }
    }

    private static async Task<ProblemResponse> RefusedAsync(TestTenant tenant, Operation operation, byte[] body, string told)
    {
        using var response = await tenant.Http.SendAsync(await RequestAsync(tenant, operation, body));
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBeOneOf([400, 422], $"{told}: {response.StatusCode} {text}");
        var problem = JsonSerializer.Deserialize(text, ProblemJson.Default.ProblemResponse)!;
        problem.Code.ShouldNotBeNullOrEmpty(told);
        problem.Errors.ShouldNotBeNull($"{told}: {text}");
        return problem;
    }

    private static async Task<HttpRequestMessage> RequestAsync(TestTenant tenant, Operation operation, byte[] body)
    {
        var path = operation.Path.Contains("{id}", StringComparison.Ordinal)
            ? operation.Path.Replace("{id}", (await tenant.Http.ResolveAsync("4711")).Id.ToString(), StringComparison.Ordinal)
            : operation.Path;
        while (path.IndexOf('{', StringComparison.Ordinal) is var at and >= 0)
            path = path[..at] + Guid.NewGuid() + path[(path.IndexOf('}', StringComparison.Ordinal) + 1)..];
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(operation.MediaType);
        var request = new HttpRequestMessage(new HttpMethod(operation.Method), path) { Content = content };
        // A replacement names the version that it replaces.
        if (operation.Method == "PUT")
            request.Headers.IfMatch.Add(EntityTagHeaderValue.Any);
        return request;
    }

    /// <summary>The operation's example with one string replaced by the mark, for each string that its schema has.</summary>
    private static IEnumerable<(string Field, string Body)> Marked(Operation operation)
    {
        foreach (var field in Strings(operation, operation.Schema, "", depth: 0))
        {
            var body = operation.Example.DeepClone().AsObject();
            var steps = field.Split('.');
            var at = body;
            foreach (var step in steps[..^1])
                at = (JsonObject)(at[step] is JsonObject inner ? inner : at[step] = new JsonObject());
            at[steps[^1]] = Mark;
            yield return (field, body.ToJsonString());
        }
    }

    private static IEnumerable<string> Strings(Operation operation, JsonNode schema, string prefix, int depth)
    {
        if (depth > 4)
            yield break;
        foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
        {
            var resolved = operation.Resolve(member!);
            var path = prefix + name;
            if (Is(resolved, "string"))
                yield return path;
            foreach (var inner in Strings(operation, resolved, path + ".", depth + 1))
                yield return inner;
        }

        // A map of strings: under a name that any of them could have.
        if (prefix.Length > 0 && schema["additionalProperties"] is JsonObject value && Is(operation.Resolve(value), "string"))
            yield return prefix + "n";
    }

    private static bool Is(JsonNode schema, string type) =>
        schema["type"] is JsonArray several ? several.Any(one => (string?)one == type) : (string?)schema["type"] == type;

    private static byte[] With(string body, byte[] bytes)
    {
        var mark = JsonSerializer.Serialize(Mark);
        var at = body.IndexOf(mark, StringComparison.Ordinal);
        return [.. Encoding.UTF8.GetBytes(body[..at]), .. bytes, .. Encoding.UTF8.GetBytes(body[(at + mark.Length)..])];
    }

    private async Task<List<Operation>> OperationsAsync()
    {
        var document = JsonNode.Parse(await database.Node.Client().GetStringAsync("/openapi/v1.json"))!;
        return
        [
            .. from operation in FuzzRequests.Operations(document)
            where !operation.Anonymous
            from media in operation.Node["requestBody"]?["content"]?.AsObject() ?? []
            where media.Key.EndsWith("json", StringComparison.Ordinal)
            let made = new Operation(document, operation.Method, operation.Path, media.Key, media.Value!["schema"]!)
            where made.Schema["examples"]?[0] is JsonObject { Count: > 0 }
            select made,
        ];
    }

    private sealed record Operation(JsonNode Document, string Method, string Path, string MediaType, JsonNode Given)
    {
        public string Name => $"{Method} {Path}";

        public JsonNode Schema => Resolve(Given);

        public JsonObject Example => Schema["examples"]![0]!.AsObject();

        public JsonNode Resolve(JsonNode schema)
        {
            while ((string?)schema["$ref"] is { } reference)
                schema = Document["components"]!["schemas"]![reference.Split('/')[^1]]!;
            return schema;
        }
    }
}
