using System.Text.Json.Serialization;

namespace Hatcheck.Cli.Admin;

/// <summary>A verb that the running server is to run.</summary>
/// <param name="Arguments">The command line.</param>
/// <param name="Input">Its standard input.</param>
/// <param name="Operator">The number of the account of whoever runs it, and nothing but a number; null on Windows.</param>
/// <param name="Interactive">As of the caller's terminal.</param>
/// <param name="Width">As of the caller's terminal.</param>
internal sealed record AdminRequest(IReadOnlyList<string> Arguments, byte[] Input, uint? Operator, bool Interactive, int Width);

/// <summary>A line of the answer: text for one of the two streams, or the exit code, which is the last line.</summary>
internal sealed record AdminFrame(string? Output = null, string? Error = null, int? Exit = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(AdminRequest))]
[JsonSerializable(typeof(AdminFrame))]
internal sealed partial class AdminJson : JsonSerializerContext;
