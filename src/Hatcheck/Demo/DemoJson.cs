using System.Text.Json.Serialization;

namespace Hatcheck.Demo;

/// <summary>What <c>demo</c> tells once the bot answers.</summary>
/// <param name="Urls">Where the chat page is, and the API.</param>
/// <param name="Document">The API's document.</param>
/// <param name="ApiKey">A key for the API; it opens the demo's data only.</param>
/// <param name="Folder">The data folder, for verbs meanwhile.</param>
internal sealed record DemoAnswer(IReadOnlyList<string> Urls, string Document, string ApiKey, string Folder);

/// <summary>What <c>simulator</c> tells once it answers.</summary>
/// <param name="Urls">What a bot takes in place of Telegram's address.</param>
internal sealed record SimulatorAnswer(IReadOnlyList<string> Urls);

/// <summary>What the demo's verbs print with <c>--json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DemoAnswer))]
[JsonSerializable(typeof(SimulatorAnswer))]
internal sealed partial class DemoJson : JsonSerializerContext;
