using System.Text.Json.Nodes;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Http;

public sealed class OpenApiTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task The_served_document_is_the_one_in_the_docs()
    {
        using var stranger = database.Node.Client();
        Approved.Match(await stranger.GetStringAsync("/openapi/v1.json") + "\n", "docs", "reference", "openapi.json");
    }

    [Fact]
    public async Task Problems_are_described_under_the_names_that_they_have_on_the_wire()
    {
        using var stranger = database.Node.Client();
        var document = JsonNode.Parse(await stranger.GetStringAsync("/openapi/v1.json"))!;
        var described = document["components"]!["schemas"]!["Problem"]!;
        var tenant = await database.Node.NewTenantAsync();
        using var response = await tenant.Http.PostJsonAsync("/users/resolve", """{"channel":"pigeon"}""");
        var sent = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        var user = await tenant.Http.ResolveAsync("4711");
        (await tenant.Http.DeleteAsync($"/users/{user.Id}")).EnsureSuccessStatusCode();
        using var deleted = await tenant.Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4711"}""");
        var members = sent.Concat(JsonNode.Parse(await deleted.Content.ReadAsStringAsync())!.AsObject())
            .Select(member => member.Key)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        members.ShouldBe(described["properties"]!.AsObject().Select(member => member.Key), ignoreOrder: true);
        described["required"]!
            .AsArray()
            .Select(name => (string)name!)
            .ShouldBe(members.Where(name => name is not ("errors" or "user_id")), ignoreOrder: true);
    }

    [Fact]
    public async Task Every_operation_has_a_name_a_summary_a_key_and_described_errors()
    {
        using var stranger = database.Node.Client();
        var paths = JsonNode.Parse(await stranger.GetStringAsync("/openapi/v1.json"))!["paths"]!.AsObject();
        foreach (var (path, operations) in paths.Where(path => !path.Key.StartsWith("/health", StringComparison.Ordinal)))
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                var name = $"{method} {path}";
                ((string?)operation!["operationId"]).ShouldNotBeNullOrEmpty(name);
                ((string?)operation["summary"]).ShouldNotBeNullOrEmpty(name);
                var ways = operation["security"]!
                    .AsArray()
                    .Select(way => way!.AsObject().Single())
                    .Select(way => $"{way.Key} {(string?)way.Value!.AsArray().SingleOrDefault()}".Trim());
                var permission = (string?)operation["x-permission"];
                // Signing in and public keys need no caller; a webhook has a signature instead of a key, and its own
                // path.
                var isOpen =
                    path.StartsWith("/auth/", StringComparison.Ordinal) && permission is null || path == "/.well-known/jwks.json";
                var isSigned = path.StartsWith("/webhooks/", StringComparison.Ordinal);
                if (!isOpen && !isSigned)
                    permission.ShouldNotBeNullOrEmpty(name);
                ways.ShouldBe(
                    isSigned ? ["webhookSignature"]
                        : isOpen ? []
                        : [$"apiKey {permission}", $"signIn {permission}", $"session {permission}"],
                    name
                );
                foreach (
                    var (status, response) in operation["responses"]!.AsObject().Where(answer => answer.Key[0] is '4' or '5')
                )
                {
                    ((string?)response!["content"]?["application/problem+json"]?["schema"]?["$ref"]).ShouldBe(
                        "#/components/schemas/Problem",
                        $"{name} {status}"
                    );
                }
            }
        }
    }

    [Fact]
    public async Task There_is_no_other_document_and_its_name_is_not_repeated()
    {
        var tenant = await database.Node.NewTenantAsync();
        await tenant.Http.GetAsync("/openapi/hidden.json").ShouldFailAsync(404, Hatcheck.Contracts.ProblemCodes.NoSuchEndpoint);
    }
}
