using Hatcheck.Ids.Values;

namespace Hatcheck.Ids;

/// <summary>The inputs of every step.</summary>
/// <param name="Db">The owner's database.</param>
/// <param name="Options">The operator's options.</param>
/// <param name="Replacement">The replacement of ids; null without a key, for status and rollback only.</param>
/// <param name="Report">Receives the progress.</param>
/// <param name="Time">The clock of pauses and rates.</param>
internal sealed record StepContext(
    IdsConnection Db,
    IdsOptions Options,
    IReplacement? Replacement,
    IReport Report,
    TimeProvider Time
)
{
    public ReplacementKind Kind => Replacement is null ? Options.Kind : ReplacementKind.Of(Replacement.Kind);

    public IReplacement Required =>
        Replacement ?? throw new InvalidOperationException("This step needs a key; the command line checks that.");
}
