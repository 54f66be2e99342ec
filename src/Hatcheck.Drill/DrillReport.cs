using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hatcheck.Drill.Search;

namespace Hatcheck.Drill;

/// <summary>One place that was searched.</summary>
/// <param name="Name">The place.</param>
/// <param name="Bytes">Bytes searched, over all searches.</param>
/// <param name="ControlSeen">True if a control marker was found, which proves that the place was searched.</param>
/// <param name="Found">Distinct combinations of canary, form and part found.</param>
/// <param name="NotLookedAt">Why it could not be searched; null if it was.</param>
internal sealed record SinkReport(string Name, long Bytes, bool ControlSeen, int Found, string? NotLookedAt);

/// <summary>
/// A string of the OpenAPI document with its outcome: <c>planted</c>, <c>refused</c> or <c>not exercised</c>.
/// </summary>
internal sealed record StringReport(string Place, string Outcome, string? Reason);

/// <summary>The result of a drill. Holds names of canaries, not their values.</summary>
/// <param name="Clean">Nothing was found, and everything was exercised.</param>
/// <param name="Engine">The database.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="Seconds">Duration of the drill.</param>
/// <param name="Requests">Answered requests.</param>
/// <param name="Canaries">Canaries that were planted or, as keys, known.</param>
/// <param name="SeenByOwner">Canaries returned to the tenant that planted them, which proves that they were stored.</param>
/// <param name="Patterns">Spellings of canaries that were searched for.</param>
/// <param name="Digests">Hashes of ids that were searched for.</param>
/// <param name="Sinks">The places searched.</param>
/// <param name="Finds">Canaries found.</param>
/// <param name="NotExercised">Strings, kinds of data, tables and places that were not tested, each with a remedy.</param>
/// <param name="Faults">Requests with an answer that no request should get.</param>
/// <param name="Strings">Every string of the document.</param>
/// <param name="Inventory">The most entries seen of each kind of the data inventory.</param>
/// <param name="Values">Values of the found canaries, only if requested.</param>
internal sealed record DrillReport(
    bool Clean,
    string Engine,
    DateTimeOffset StartedAt,
    double Seconds,
    int Requests,
    int Canaries,
    int SeenByOwner,
    int Patterns,
    int Digests,
    IReadOnlyList<SinkReport> Sinks,
    IReadOnlyList<Find> Finds,
    IReadOnlyList<string> NotExercised,
    IReadOnlyList<string> Faults,
    IReadOnlyList<StringReport> Strings,
    IReadOnlyDictionary<string, int> Inventory,
    IReadOnlyDictionary<string, string>? Values
);

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(DrillReport))]
internal sealed partial class DrillJson : JsonSerializerContext
{
    /// <summary>For a file or a terminal, never a web page: keeps non-Latin scripts readable.</summary>
    public static DrillJson Readable =>
        field ??= new(
            new JsonSerializerOptions(Default.GeneratedSerializerOptions!)
            {
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
