using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;

namespace Hatcheck.Tests.Http;

public sealed class FuzzOnSqlite(OnSqlite database, ITestOutputHelper output)
    : FuzzTests(database, output),
        IClassFixture<OnSqlite>;

public sealed class FuzzOnPostgres(OnPostgres database, ITestOutputHelper output)
    : FuzzTests(database, output),
        IClassFixture<OnPostgres>;

/// <summary>
/// Sends mutated requests to every operation of the served OpenAPI document; new endpoints need no change here. No answer may
/// be a 5xx, show a stack, or be an error without a code or with a status that the document does not declare.
/// </summary>
public abstract class FuzzTests(TestedDatabase database, ITestOutputHelper output)
{
    private const int Seed = 20261122;
    private const int PerOperation = 250;

    /// <summary>Kestrel's answers to input that is not HTTP, before Hatcheck sees a request: without a body.</summary>
    private static readonly int[] FromTheTransport = [400, 408, 413, 414, 431];

    [Fact]
    public async Task No_operation_ever_fails_or_shows_its_inside()
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var document = JsonNode.Parse(await database.Node.Client().GetStringAsync("/openapi/v1.json"))!;
        var tenant = await database.Node.NewTenantAsync();
        using var stranger = database.Node.Client();
        var requests = new FuzzRequests(random, document);
        var next = 100_000;
        var statuses = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var operation in FuzzRequests.Operations(document))
        {
            for (var i = 0; i < PerOperation; i++)
            {
                // New users again and again, since some operations delete, erase or merge them.
                if (i % 10 == 0)
                    requests.Users =
                    [
                        (await tenant.Http.ResolveAsync($"{next++}")).Id,
                        (await tenant.Http.ResolveAsync($"{next++}")).Id,
                    ];
                var http = random.Next(10) == 0 ? stranger : tenant.Http;
                using var request = requests.Next(operation);
                var sent =
                    $"{request.Method} {request.RequestUri} "
                    + $"{(request.Content is { } content ? Encoding.UTF8.GetString(await content.ReadAsByteArrayAsync()) : "")}";
                using var response = await SendAsync(http, request);
                if (response is null)
                    continue;
                await ProperAsync(operation, sent, response);
                var key = $"{operation.Name} {(int)response.StatusCode}";
                statuses[key] = statuses.GetValueOrDefault(key) + 1;
            }
        }

        foreach (var (status, count) in statuses)
            output.WriteLine($"{status}: {count}");
        // The fuzzing went deep: bodies were accepted and rows created, not only refused at the first check.
        var answered = string.Join(' ', statuses.Keys.Select(key => key.Split(' ')[^1]));
        foreach (var status in new[] { "200", "201", "204", "400", "401", "404", "410", "415", "422" })
            answered.ShouldContain(status);
        database.Node.Log.ToString().ShouldNotContain("\"level\":\"Error\"");
        (await tenant.Http.GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<HttpResponseMessage?> SendAsync(HttpClient http, HttpRequestMessage request)
    {
        try
        {
            return await http.SendAsync(request);
        }
        catch (HttpRequestException)
        {
            // The client itself refuses to write such a request, or the server hung up on a body that it does not read.
            return null;
        }
    }

    private static async Task ProperAsync(FuzzedOperation operation, string sent, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var body = await response.Content.ReadAsStringAsync();
        var told = $"{sent}\n→ {status} {body}";
        status.ShouldBeLessThan(500, told);
        body.ShouldNotContain("   at ", Case.Sensitive, told);
        body.ShouldNotContain("Exception", Case.Sensitive, told);
        if (status < 400 || (body.Length == 0 && FromTheTransport.Contains(status)))
            return;
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json", told);
        var problem = JsonSerializer.Deserialize(body, ProblemJson.Default.ProblemResponse)!;
        problem.Status.ShouldBe(status, told);
        problem.Code.ShouldNotBeNullOrEmpty(told);
        // A mutated path may lead to another operation, or to none.
        if (problem.Code is ProblemCodes.NoSuchEndpoint or ProblemCodes.MethodNotAllowed || operation.PathMutated)
            return;
        if (status == 401 && operation.Anonymous)
            return;
        operation.Declared.ShouldContain(status, told);
    }
}
