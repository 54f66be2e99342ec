using Hatcheck.Platform.Audit;

namespace Hatcheck.People.Preferences;

/// <summary>What the audit log and the history call a change.</summary>
internal static class PreferenceActs
{
    public static readonly Act Update = new(Prefix + "update", "Your preferences were changed.", IsPersonal: true);
    public static readonly Act Replace = new(Prefix + "replace", "Your preferences were replaced as a whole.", IsPersonal: true);

    public static readonly Act Reset = new(
        Prefix + "reset",
        "Preferences of yours were reset to the defaults.",
        IsPersonal: true
    );

    public static readonly Act RollBack = new(
        Prefix + "rollback",
        "Your preferences were set back to an earlier version.",
        IsPersonal: true
    );

    public static readonly Act Migrate = new(
        Prefix + "migrate",
        "Your preferences were fitted to new settings.",
        IsPersonal: true
    );

    /// <summary>Of the tenant: nobody's own values.</summary>
    public static readonly Act Schema = new(
        Prefix + "schema",
        "The tenant's own preferences and defaults were changed.",
        IsPersonal: false
    );

    private const string Prefix = "preferences.";

    public static IReadOnlyList<Act> Declared { get; } = [Update, Replace, Reset, RollBack, Migrate, Schema];

    /// <summary>What the history calls an act: <c>update</c>.</summary>
    public static string InHistory(Act act) => act.Name[Prefix.Length..];
}
