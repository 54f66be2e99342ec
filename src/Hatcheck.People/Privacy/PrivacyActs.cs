using Hatcheck.Platform.Audit;

namespace Hatcheck.People.Privacy;

/// <summary>Audit acts for erasures.</summary>
internal static class PrivacyActs
{
    public static readonly Act Erase = new("user.erase", "Everything that was kept about you was erased.", IsPersonal: true);

    public static readonly Act Purge = new(
        "user.purge",
        "Everything that was kept about you was erased, as you stayed deleted.",
        IsPersonal: true
    );

    public static IReadOnlyList<Act> Declared { get; } = [Erase, Purge];
}
