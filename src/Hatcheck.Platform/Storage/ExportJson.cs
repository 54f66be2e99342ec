using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Hatcheck.Platform.Storage;

/// <summary>JSON of export entries and sealed records.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class ExportJson : JsonSerializerContext;
