using System.Text.Json.Serialization;

namespace Hatcheck.People.Usage;

/// <summary>The sealed part of an entry.</summary>
internal sealed record SealedUsage(string Action, IReadOnlyDictionary<string, string>? Attributes);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(SealedUsage))]
internal sealed partial class UsageJson : JsonSerializerContext;
