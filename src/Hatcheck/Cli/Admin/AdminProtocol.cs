using System.Text.Json.Serialization;

namespace Hatcheck.Cli.Admin;

/// <summary>A verb for the running server to run.</summary>
/// <param name="Arguments">The command line.</param>
/// <param name="Input">Its standard input.</param>
/// <param name="Operator">The numeric account id (uid) of the operator; null on Windows.</param>
/// <param name="Interactive">Of the caller's terminal.</param>
/// <param name="Width">Of the caller's terminal.</param>
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
