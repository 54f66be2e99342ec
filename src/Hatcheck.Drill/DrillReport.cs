using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hatcheck.Drill.Search;

namespace Hatcheck.Drill;

/// <summary>One place that was searched.</summary>
/// <param name="Name">The place.</param>
/// <param name="Bytes">How much of it was searched, in all looks together.</param>
/// <param name="ControlSeen">Something that has to be there was found: it was really looked at.</param>
/// <param name="Found">Different canaries, forms and parts of it that were found.</param>
/// <param name="NotLookedAt">Why it could not be looked at; null if it was.</param>
internal sealed record SinkReport(string Name, long Bytes, bool ControlSeen, int Found, string? NotLookedAt);

/// <summary>
/// A string of the OpenAPI document and what became of it: <c>planted</c>, <c>refused</c> or <c>not exercised</c>.
/// </summary>
internal sealed record StringReport(string Place, string Outcome, string? Reason);

/// <summary>What a drill did and found. Names of canaries, never their values.</summary>
/// <param name="Clean">Nothing was found, and everything was exercised.</param>
/// <param name="Engine">The database.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="Canaries">How many were planted or, as keys, known.</param>
/// <param name="SeenByOwner">How many came back to the tenant that planted them: they were really stored.</param>
/// <param name="Patterns">Spellings of canaries that were searched for.</param>
/// <param name="Digests">Hashes of ids that were searched for.</param>
/// <param name="Sinks">Where it was searched.</param>
/// <param name="Finds">What was found.</param>
/// <param name="NotExercised">Strings, kinds of data, tables and places of which nothing is known, each with what to do.</param>
/// <param name="Faults">Requests that were answered as none should be.</param>
/// <param name="Strings">Every string of the document.</param>
/// <param name="Inventory">Entries of each kind of the data inventory, at most.</param>
/// <param name="Values">Values of the canaries that were found, only if they were asked for.</param>
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
    /// <summary>For a file or a terminal, never a page: other scripts stay readable.</summary>
    public static DrillJson Readable =>
        field ??= new(
            new JsonSerializerOptions(Default.GeneratedSerializerOptions!)
            {
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
