using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Hatcheck.Tests.Http;

/// <summary>An operation of the document, and whether its latest request still reaches it.</summary>
internal sealed record FuzzedOperation(string Method, string Path, JsonNode Node)
{
    public string Name => $"{Method} {Path}";

    public bool Anonymous => Node["security"]!.AsArray().Count == 0;

    /// <summary>Has no caller, but a signature.</summary>
    public bool Signed => Node["security"]!.AsArray().Any(way => way!.AsObject().ContainsKey("webhookSignature"));

    public IReadOnlyList<int> Declared { get; } =
    [.. Node["responses"]!.AsObject().Select(answer => int.Parse(answer.Key, CultureInfo.InvariantCulture))];

    public bool PathMutated { get; set; }
}

/// <summary>Creates nearly valid requests: built from the schemas, then spoilt in a few places.</summary>
internal sealed class FuzzRequests(Random random, JsonNode document)
{
    private static readonly string[] Texts =
    [
        "",
        " ",
        "0",
        "-1",
        "1e3",
        "\u0663",
        " 1",
        "01",
        "null",
        "true",
        "4503599627370497",
        "9223372036854775808",
        "\0",
        "a\u0000b",
        "\ud83d\ude00",
        "\u202e",
        "\uFEFF",
        "'; drop table users; --",
        "\" or 1=1",
        "{\"$ne\":null}",
        "<script>alert(1)</script>",
        "${jndi:ldap://x}",
        "%00",
        "%n%s",
        "../../etc/passwd",
        "..%2f",
        "\r\nX: y",
        "telegram",
        "whatsapp",
        "command.start",
        "+491701234567",
        "2026-11-22T10:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        "hck_live_",
        "🧨",
        "é",
        "e\u0301",
        "İ",
        "ß",
        "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-000000000000}",
        "ffffffffffffffffffffffffffffffff",
    ];

    private static readonly string[] Json =
    [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e400",
        "99999999999999999999",
        "[]",
        "{}",
        "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "NaN",
        "'x'",
        "",
    ];

    /// <summary>The user of most requests.</summary>
    public IReadOnlyList<Guid> Users { get; set; } = [];

    public static IEnumerable<FuzzedOperation> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        where operation.Key is not ("parameters" or "summary")
        select new FuzzedOperation(operation.Key.ToUpperInvariant(), path.Key, operation.Value!);

    public HttpRequestMessage Next(FuzzedOperation operation)
    {
        operation.PathMutated = false;
        var path = operation.Path;
        var query = new List<string>();
        var headers = new List<(string Name, string Value)>();
        foreach (var parameter in operation.Node["parameters"]?.AsArray() ?? [])
        {
            var name = (string)parameter!["name"]!;
            var value = Parameter(name, parameter["schema"]);
            switch ((string)parameter["in"]!)
            {
                case "path":
                    operation.PathMutated |= value.Length == 0 || value.Contains("..", StringComparison.Ordinal);
                    path = path.Replace($"{{{name}}}", Uri.EscapeDataString(value), StringComparison.Ordinal);
                    break;
                case "query" when random.Next(3) > 0:
                    query.Add($"{name}={Uri.EscapeDataString(value)}");
                    break;
                case "header" when random.Next(3) > 0:
                    headers.Add((name, value));
                    break;
            }
        }

        if (random.Next(20) == 0)
        {
            operation.PathMutated = true;
            path += Pick(["/", "//", "/x", ";x", "%2f", "/..", "?", "%"]);
        }

        if (random.Next(8) == 0)
            query.Add($"{Uri.EscapeDataString(Text())}={Uri.EscapeDataString(Text())}");
        var request = new HttpRequestMessage(
            new HttpMethod(operation.Method),
            path + (query.Count == 0 ? "" : "?" + string.Join('&', query))
        );
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (random.Next(8) == 0)
            request.Headers.TryAddWithoutValidation(
                Pick([
                    "Accept",
                    "traceparent",
                    "X-Forwarded-For",
                    "Content-Encoding",
                    "Expect",
                    "Range",
                    "baggage",
                    "Request-Id",
                ]),
                Text()
            );
        if (operation.Node["requestBody"]?["content"]?["application/json"]?["schema"] is { } schema)
            request.Content = Body(schema);
        return request;
    }

    private ByteArrayContent Body(JsonNode schema)
    {
        var text = new StringBuilder();
        Write(text, schema, depth: 0);
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (random.Next(12) == 0 && bytes.Length > 0)
        {
            for (var i = random.Next(1, 4); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        if (random.Next(25) == 0)
            bytes = bytes[..random.Next(bytes.Length + 1)];
        var content = new ByteArrayContent(bytes);
        var type =
            random.Next(25) == 0
                ? Pick([
                    "text/plain",
                    "application/json; charset=utf-16",
                    "application/json; charset=x",
                    "a/b",
                    "application/problem+json",
                    "x",
                ])
                : "application/json";
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    private void Write(StringBuilder text, JsonNode schema, int depth)
    {
        while ((string?)schema["$ref"] is { } reference)
            schema = document["components"]!["schemas"]![reference.Split('/')[^1]]!;
        if (depth == 0 && schema["examples"]?[0] is { } good && random.Next(3) == 0)
        {
            text.Append(good.ToJsonString());
            return;
        }

        if (depth > 0 && random.Next(8) == 0)
        {
            text.Append(Pick(Json));
            return;
        }

        switch ((string?)schema["type"])
        {
            case "object":
                text.Append('{');
                var first = true;
                foreach (var (name, member) in Members(schema))
                {
                    if (!first)
                        text.Append(',');
                    first = false;
                    text.Append(Quote(name)).Append(':');
                    Write(text, member, depth + 1);
                }

                text.Append('}');
                break;
            case "integer":
                text.Append(random.Next(2) == 0 ? "1" : Pick(["0", "-1", "2147483648", "1.0", "1e2", "\"1\""]));
                break;
            default:
                var example = schema["enum"]?.AsArray() is { Count: > 0 } values
                    ? (string)values[random.Next(values.Count)]!
                    : "command.start";
                text.Append(Quote(random.Next(3) > 0 ? (schema["enum"] is null ? Plausible() : example) : Text()));
                break;
        }
    }

    private IEnumerable<(string Name, JsonNode Schema)> Members(JsonNode schema)
    {
        foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
        {
            // Mostly few members, so that requests occur that are valid only without the others.
            if (random.Next(2) == 0 || (schema["required"]?.AsArray().Any(required => (string)required! == name) ?? false))
                yield return (name, member!);
        }

        var more = schema["additionalProperties"] is JsonObject;
        for (
            var i =
                more ? random.Next(4)
                : random.Next(12) == 0 ? 1
                : 0;
            i > 0;
            i--
        )
            yield return (random.Next(2) == 0 ? $"n{i}" : Text(), JsonNode.Parse("""{"type":"string"}""")!);
    }

    private string Parameter(string name, JsonNode? schema)
    {
        if (random.Next(4) == 0)
            return Text();
        return (string?)schema?["format"] == "uuid"
                ? (random.Next(10) == 0 ? Guid.NewGuid() : Users[random.Next(Users.Count)]).ToString()
            : name == "confirm" ? Pick(["true", "false"])
            : name == "limit" ? random.Next(1, 200).ToString(CultureInfo.InvariantCulture)
            : Plausible();
    }

    private string Plausible() =>
        random.Next(8) switch
        {
            0 => random.NextInt64(1, 50).ToString(CultureInfo.InvariantCulture),
            1 => "command.start",
            2 => $"+4917012345{random.Next(10, 99)}",
            3 => "2026-11-20T10:00:00Z",
            4 => new string(Pick(["0", "a", "f"])[0], 64),
            5 => new string('A', 10),
            _ => random.NextInt64(1, 1000).ToString(CultureInfo.InvariantCulture),
        };

    private string Text() =>
        random.Next(12) switch
        {
            0 => new string('x', random.Next(1, 3000)),
            1 => string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => (char)random.Next(32, 0x2FFF))),
            _ => Pick(Texts),
        };

    private string Pick(string[] choices) => choices[random.Next(choices.Length)];

    private static string Quote(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
