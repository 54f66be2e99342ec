using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;

namespace Hatcheck.People.Preferences;

/// <summary>Why preferences or their schema were not changed or shown, beyond what all capabilities share.</summary>
internal abstract record PreferenceRefusal : Refusal
{
    private PreferenceRefusal() { }

    /// <summary>The history never had the version, or no longer has it.</summary>
    internal sealed record NotKept : PreferenceRefusal;

    internal sealed record NoSuchSchema : PreferenceRefusal;

    /// <summary>Fields of the document or of the schema are not acceptable.</summary>
    public static Invalid Of(DocumentFaults faults) => new(Problems.Invalid(faults.ByField));

    /// <summary>The refusal of any version of a person's preferences but those of <c>If-Match</c>.</summary>
    public static Changed NotMatched(Precondition match) =>
        new(
            match,
            ProblemCodes.PreferencesChanged,
            "The preferences or their schema have changed since. Read them again and decide anew."
        );

    /// <summary>Same, of the tenant's schema.</summary>
    public static Changed SchemaNotMatched(Precondition match) =>
        new(match, ProblemCodes.PreferencesChanged, "The schema has changed since. Read it again and decide anew.");

    public override Problem ToProblem() =>
        this switch
        {
            NotKept => Problems.NotFound(
                ProblemCodes.PreferencesVersion,
                "The history has no such version, or has it no more; GET …/preferences/history shows those there are."
            ),
            NoSuchSchema => Problems.NotFound(ProblemCodes.PreferencesVersion, "The tenant's schema has no such version."),
            _ => throw new UnreachableException(),
        };
}
