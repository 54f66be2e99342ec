using System.Text.Json.Serialization;

namespace Hatcheck.Demo;

/// <summary>Printed by <c>demo</c> once the bot answers.</summary>
/// <param name="Urls">Addresses of the chat page and the API.</param>
/// <param name="Document">Address of the OpenAPI document.</param>
/// <param name="ApiKey">A key for the API, valid for the demo's data only.</param>
/// <param name="Folder">The data folder, for verbs that run beside the demo.</param>
internal sealed record DemoAnswer(IReadOnlyList<string> Urls, string Document, string ApiKey, string Folder);

/// <summary>Printed by <c>simulator</c> once it answers.</summary>
/// <param name="Urls">Addresses for a bot to use in place of Telegram's.</param>
internal sealed record SimulatorAnswer(IReadOnlyList<string> Urls);

/// <summary>Output of the demo's verbs with <c>--json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DemoAnswer))]
[JsonSerializable(typeof(SimulatorAnswer))]
internal sealed partial class DemoJson : JsonSerializerContext;
