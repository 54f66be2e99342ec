using System.Collections;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hatcheck.Crypto;
using Hatcheck.TestKit;

namespace Hatcheck.Client.Tests;

/// <summary>
/// Calls every method once, with a value of each type, and compares its request with the API's document.
/// </summary>
public sealed partial class ClientCoverageTests
{
    // Operations that are not for bots and services, each with the reason.
    private static readonly Dictionary<string, string> NotForClients = new(StringComparer.Ordinal)
    {
        ["live"] = "whoever runs the server asks",
        ["ready"] = "whoever runs the server asks",
        ["takeClerkWebhook"] = "Clerk sends it, signed and without a key",
    };

    [Fact]
    public async Task Every_operation_of_the_document_has_a_method_and_every_method_calls_an_operation()
    {
        var operations = Operations().ToList();
        operations.Count.ShouldBeGreaterThan(40);
        using var recorder = new Recorder();
        using var index = new SecretBytes(Enumerable.Range(0, 32).Select(number => (byte)number).ToArray());
        using var key = new BlindIndexKey(index, 1, BlindIndexKey.LabelledScheme);
        using var client = new HatcheckClient(
            new HatcheckClientOptions
            {
                Url = new Uri("https://hatcheck.example/"),
                ApiKey = new SecretText(ScriptedHatcheck.Key),
                IndexKey = key,
                MaxRetries = 0,
            },
            recorder
        );

        var called = new HashSet<string>(StringComparer.Ordinal);
        foreach (
            var method in typeof(HatcheckClient)
                .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(method => method.Name.EndsWith("Async", StringComparison.Ordinal))
        )
        {
            recorder.Seen.Clear();
            await CallAsync(client, method);
            var sent = recorder.Seen.ShouldHaveSingleItem($"{method.Name} sent nothing");
            var operation = operations.Where(operation => operation.Route.IsMatch(sent)).MinBy(operation => operation.Holes);
            operation.ShouldNotBeNull($"{method.Name} sends {sent}, which the document does not have");
            called.Add(operation.Id);
        }

        operations
            .Select(operation => operation.Id)
            .Where(id => !NotForClients.ContainsKey(id))
            .Except(called, StringComparer.Ordinal)
            .ShouldBeEmpty("operations without a method of the SDK");
        NotForClients
            .Keys.Except(operations.Select(operation => operation.Id), StringComparer.Ordinal)
            .ShouldBeEmpty("exempted, but not in the document");
    }

    private static async Task CallAsync(HatcheckClient client, MethodInfo method)
    {
        try
        {
            switch (method.Invoke(client, [.. method.GetParameters().Select(Something)]))
            {
                case Task task:
                    await task;
                    break;
                case { } pages:
                    // An asynchronous sequence sends its request when its first item is read.
                    var first = (Task)
                        typeof(ClientCoverageTests)
                            .GetMethod(nameof(FirstAsync), BindingFlags.NonPublic | BindingFlags.Static)!
                            .MakeGenericMethod(method.ReturnType.GetGenericArguments()[0])
                            .Invoke(null, [pages])!;
                    await first;
                    break;
            }
        }
        catch (HatcheckUnavailableException)
        {
            // The recorder never answers.
        }
    }

    private static async Task FirstAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (var _ in items)
            return;
    }

    private static object? Something(ParameterInfo parameter)
    {
        if (parameter.HasDefaultValue && parameter.Name != "idempotencyKey")
            return parameter.ParameterType == typeof(CancellationToken) ? CancellationToken.None : parameter.DefaultValue;
        return Value(parameter.ParameterType, parameter.Name!);
    }

    private static object? Value(Type type, string name)
    {
        if (type == typeof(Guid))
            return Guid.Parse("11111111-2222-3333-4444-555555555555");
        if (type == typeof(long))
            return 4711L;
        if (type == typeof(int))
            return 1;
        if (type == typeof(JsonObject))
            return new JsonObject();
        if (type == typeof(SecretText))
            return new SecretText(ScriptedHatcheck.Key);
        if (type == typeof(string))
        {
            return name switch
            {
                "phone" or "whatsAppNumber" => "+491701234567",
                "hash" => new string('a', 64),
                "email" => "ada@example.org",
                _ => "some-text",
            };
        }

        if (typeof(IEnumerable).IsAssignableFrom(type))
            return null;
        var constructor =
            type.GetConstructors()
                .Where(made => !made.GetParameters().Any(parameter => parameter.ParameterType == type))
                .MinBy(made => made.GetParameters().Length)
            ?? throw new InvalidOperationException($"Say here what to give for a {type.Name}.");
        return constructor.Invoke([.. constructor.GetParameters().Select(Something)]);
    }

    private static IEnumerable<Operation> Operations()
    {
        var paths = JsonNode.Parse(File.ReadAllText(Repository.PathOf("docs", "reference", "openapi.json")))![
            "paths"
        ]!.AsObject();
        foreach (var (path, methods) in paths)
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                var route = new Regex(
                    $"^{method.ToUpperInvariant()} {Hole().Replace(path, "[^/]+")}$",
                    RegexOptions.None,
                    TimeSpan.FromSeconds(5)
                );
                yield return new Operation((string)operation!["operationId"]!, route, Hole().Count(path));
            }
        }
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Hole();

    private sealed record Operation(string Id, Regex Route, int Holes);

    private sealed class Recorder : HttpMessageHandler
    {
        public List<string> Seen { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Add($"{request.Method} {request.RequestUri!.AbsolutePath}");
            throw new HttpRequestException("nobody is here");
        }
    }
}
