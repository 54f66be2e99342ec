using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;

namespace Hatcheck.People.Preferences;

/// <summary>Why preferences or their schema were not changed or shown, in addition to the common refusals.</summary>
internal abstract record PreferenceRefusal : Refusal
{
    private PreferenceRefusal() { }

    /// <summary>The history never held the version, or no longer holds it.</summary>
    internal sealed record NotKept : PreferenceRefusal;

    internal sealed record NoSuchSchema : PreferenceRefusal;

    /// <summary>Fields of the document or of the schema are invalid.</summary>
    public static Invalid Of(DocumentFaults faults) => new(Problems.Invalid(faults.ByField));

    /// <summary>The refusal if the version of a user's preferences differs from <c>If-Match</c>.</summary>
    public static Changed NotMatched(Precondition match) =>
        new(
            match,
            ProblemCodes.PreferencesChanged,
            "The preferences or their schema have changed since. Read them again and repeat the change."
        );

    /// <summary>Same, for the tenant's schema.</summary>
    public static Changed SchemaNotMatched(Precondition match) =>
        new(match, ProblemCodes.PreferencesChanged, "The schema has changed since. Read it again and repeat the change.");

    public override Problem ToProblem() =>
        this switch
        {
            NotKept => Problems.NotFound(
                ProblemCodes.PreferencesVersion,
                "The history does not hold this version, or no longer does; GET …/preferences/history shows those it holds."
            ),
            NoSuchSchema => Problems.NotFound(ProblemCodes.PreferencesVersion, "The tenant's schema has no such version."),
            _ => throw new UnreachableException(),
        };
}
