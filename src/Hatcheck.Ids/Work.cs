using Hatcheck.Ids.Values;

namespace Hatcheck.Ids;

/// <summary>What every step works with.</summary>
/// <param name="Db">The owner's database.</param>
/// <param name="Options">What was asked.</param>
/// <param name="Replacement">What ids become; null where no key was given, which only looking and going back allow.</param>
/// <param name="Report">Hears how it goes.</param>
/// <param name="Time">The clock of pauses and rates.</param>
internal sealed record Work(IdsConnection Db, IdsOptions Options, IReplacement? Replacement, IReport Report, TimeProvider Time)
{
    public ReplacementKind Kind => Replacement is null ? Options.Kind : ReplacementKind.Of(Replacement.Kind);

    public IReplacement Required =>
        Replacement ?? throw new InvalidOperationException("This step needs a key; the command line sees to it.");
}
