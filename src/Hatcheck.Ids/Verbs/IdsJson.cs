using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hatcheck.Ids.Verbs;

/// <summary>One line of <c>--json</c>: a note, progress, or the result, which comes last.</summary>
/// <param name="Event"><c>note</c>, <c>progress</c> or <c>result</c>.</param>
internal sealed record IdsEvent(string Event)
{
    public string? Message { get; init; }

    public string? Step { get; init; }

    public long? Done { get; init; }

    public long? Total { get; init; }

    public double? RowsPerSecond { get; init; }

    public double? RemainingSeconds { get; init; }

    public IdsResult? Result { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(IdsEvent))]
internal sealed partial class IdsJson : JsonSerializerContext
{
    /// <summary>One object per line, readable.</summary>
    public static IdsJson Line =>
        field ??= new(
            new JsonSerializerOptions(Default.GeneratedSerializerOptions!)
            {
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
