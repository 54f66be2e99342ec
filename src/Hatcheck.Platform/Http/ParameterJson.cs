using System.Text.Json.Serialization;

namespace Hatcheck.Platform.Http;

/// <summary>JSON types of path and query parameters, for the OpenAPI document.</summary>
[JsonSerializable(typeof(Guid))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(bool?))]
internal sealed partial class ParameterJson : JsonSerializerContext;
