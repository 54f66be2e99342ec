using Hatcheck.Platform.Audit;

namespace Hatcheck.People.Preferences;

/// <summary>Acts of the audit log and of the history.</summary>
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

    /// <summary>A change of the tenant's schema, not of own values.</summary>
    public static readonly Act Schema = new(
        Prefix + "schema",
        "The tenant's own preferences and defaults were changed.",
        IsPersonal: false
    );

    private const string Prefix = "preferences.";

    public static IReadOnlyList<Act> Declared { get; } = [Update, Replace, Reset, RollBack, Migrate, Schema];

    /// <summary>An act's name in the history, such as <c>update</c>.</summary>
    public static string InHistory(Act act) => act.Name[Prefix.Length..];
}
