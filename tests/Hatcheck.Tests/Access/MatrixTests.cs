using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.ServerKit.Webhooks;
using Hatcheck.Tests.Http;

namespace Hatcheck.Tests.Access;

public sealed class MatrixOnSqlite(OnSqlite database, ITestOutputHelper output)
    : MatrixTests(database, output),
        IClassFixture<OnSqlite>;

public sealed class MatrixOnPostgres(OnPostgres database, ITestOutputHelper output)
    : MatrixTests(database, output),
        IClassFixture<OnPostgres>;

/// <summary>
/// Calls every operation of the served OpenAPI document as every role, with objects of the own tenant, of another, and of
/// another person. The expected answers follow from the document, so new operations need no change here.
/// </summary>
public abstract class MatrixTests(TestedDatabase database, ITestOutputHelper output)
{
    [Fact]
    public async Task Every_operation_answers_every_role_as_the_document_says()
    {
        var node = await database.StartClerkNodeAsync(
            [(InboxLook.Mine, await database.Node.NewTenantAsync())],
            ActingCallers.Add
        );
        var mine = await MatrixTenant.MakeAsync(node);
        var other = await MatrixTenant.MakeAsync(node);
        var document = JsonNode.Parse(await node.Client().GetStringAsync("/openapi/v1.json"))!;
        var operations = FuzzRequests.Operations(document).Where(operation => !operation.Anonymous).ToList();
        var anonymous = FuzzRequests.Operations(document).Count() - operations.Count;
        var sent = 0;

        async Task CheckAsync(FuzzedOperation operation, MatrixTenant callers, string role, string whose)
        {
            var (http, person) = await callers.CallerAsync(role);
            var names = await (whose == "another tenant's" ? other : mine).NamesAsync(
                operation,
                whose == "own" ? person : null,
                whose == "own" ? role : null
            );
            using var request = Request(operation, document, names);
            sent++;
            using var response = await http.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            var told = $"{role} with {whose} things: {operation.Name} -> {(int)response.StatusCode} {body}";
            ((int)response.StatusCode).ShouldBeLessThan(500, told);
            var code =
                (int)response.StatusCode < 400 || body.Length == 0
                    ? null
                    : JsonSerializer.Deserialize(body, ProblemJson.Default.ProblemResponse)!.Code;
            switch (Expected(operation, role, whose))
            {
                case Expectation.Unauthenticated:
                    code.ShouldBe(ProblemCodes.Unauthenticated, told);
                    break;
                case Expectation.Unsigned:
                    code.ShouldBe(ProblemCodes.WebhookSignature, told);
                    break;
                case Expectation.Forbidden:
                    code.ShouldBe(ProblemCodes.MissingScope, told);
                    break;
                case Expectation.NotThere:
                    ((int)response.StatusCode).ShouldBe(404, told);
                    code.ShouldEndWith(".not_found", Case.Sensitive, told);
                    break;
                case Expectation.NothingOfTheirs:
                    foreach (var id in other.Secrets)
                        body.ShouldNotContain(id, Case.Insensitive, told);
                    break;
                default:
                    new[] { 401, 403 }.ShouldNotContain((int)response.StatusCode, told);
                    // A 404 of another code is about a value in the example's body, such as a version that the new user's
                    // history lacks.
                    (code?.EndsWith(".not_found", StringComparison.Ordinal) ?? false).ShouldBeFalse(told);
                    break;
            }
        }

        var before = await other.RowsAsync(database);
        foreach (var operation in operations)
        {
            await CheckAsync(operation, mine, MatrixTenant.Nobody, "own");
            foreach (var role in mine.Roles)
            {
                await CheckAsync(operation, mine, role, "own");
                await CheckAsync(operation, mine, role, "another tenant's");
                if (role == StaffSupport.Roles.Get(BuiltInRole.Customer).Name)
                    await CheckAsync(operation, mine, role, "another person's");
            }
        }

        (await other.RowsAsync(database)).ShouldBe(
            before.Select(row => row with { Count = row.Count + other.Made.GetValueOrDefault(row.Table) })
        );
        output.WriteLine(
            $"{operations.Count} operations ({anonymous} more need nobody) x {mine.Roles.Count} roles and nobody: {sent} requests"
        );
        sent.ShouldBe(operations.Count * ((mine.Roles.Count * 2) + 2));
    }

    private enum Expectation
    {
        Allowed,
        Forbidden,
        NotThere,
        NothingOfTheirs,
        Unauthenticated,

        /// <summary>For every caller: no role replaces a signature.</summary>
        Unsigned,
    }

    private static Expectation Expected(FuzzedOperation operation, string role, string whose)
    {
        if (operation.Signed)
            return Expectation.Unsigned;
        var permission = (string)operation.Node["x-permission"]!;
        var reach = (string)operation.Node["x-reach"]!;
        if (role == MatrixTenant.Nobody)
            return Expectation.Unauthenticated;
        if (
            permission != KnownPermissions.TenantRead
            && !MatrixTenant.PermissionsOf(role).Contains(permission, StringComparer.Ordinal)
        )
            return Expectation.Forbidden;
        var named = operation.Path.Contains('{', StringComparison.Ordinal);
        // The caller's own objects: a key has none.
        if (reach == "caller" && named)
            return whose == "own" && role != StaffSupport.Roles.Get(BuiltInRole.Service).Name
                ? Expectation.Allowed
                : Expectation.NotThere;
        if (role != StaffSupport.Roles.Get(BuiltInRole.Customer).Name)
            return whose == "own" ? Expectation.Allowed
                : named ? Expectation.NotThere
                : Expectation.NothingOfTheirs;
        return reach switch
        {
            "tenant" => Expectation.Forbidden,
            "caller" => Expectation.Allowed,
            _ => whose == "own" ? Expectation.Allowed : Expectation.NotThere,
        };
    }

    private static HttpRequestMessage Request(
        FuzzedOperation operation,
        JsonNode document,
        IReadOnlyDictionary<string, string> names
    )
    {
        var path = names.Aggregate(
            operation.Path,
            (text, name) => text.Replace($"{{{name.Key}}}", name.Value, StringComparison.Ordinal)
        );
        path.ShouldNotContain("{", Case.Sensitive, $"MatrixTenant does not know what to put into {operation.Path}.");
        if (operation.Node["parameters"]?.AsArray().Any(parameter => (string?)parameter!["name"] == "confirm") ?? false)
            path += "?confirm=true";
        var request = new HttpRequestMessage(new HttpMethod(operation.Method), path);
        if (operation.Node["parameters"]?.AsArray().Any(parameter => (string?)parameter!["name"] == "If-Match") ?? false)
            request.Headers.IfMatch.Add(EntityTagHeaderValue.Any);
        if (operation.Node["requestBody"]?["content"]?["application/json"] is not { } media || media["schema"] is not { } schema)
            return request;
        while ((string?)schema["$ref"] is { } reference)
            schema = document["components"]!["schemas"]![reference.Split('/')[^1]]!;
        var example = (media["example"] ?? schema["examples"]?[0])?.ToJsonString();
        example.ShouldNotBeNull($"{operation.Name} has a body without an example.");
        request.Content = new StringContent(example, Encoding.UTF8, "application/json");
        return request;
    }
}
