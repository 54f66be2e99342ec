using System.Text.Json.Serialization;

namespace Hatcheck.Platform.Http;

/// <summary>The types of path and query parameters, which the OpenAPI document describes as JSON.</summary>
[JsonSerializable(typeof(Guid))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(bool?))]
internal sealed partial class ParameterJson : JsonSerializerContext;
