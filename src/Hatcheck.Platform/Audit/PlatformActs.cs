namespace Hatcheck.Platform.Audit;

/// <summary>Platform's own acts: of the inbox, of index keys, of failed sign-ins.</summary>
internal static class PlatformActs
{
    public static readonly Act InboxShow = new(
        "inbox.show",
        "An operator looked at an event about you that could not be processed.",
        IsPersonal: true
    );

    public static readonly Act InboxReplay = new("inbox.replay", "An event about you was tried again.", IsPersonal: true);
    public static readonly Act InboxDrop = new("inbox.drop", "An event about you was discarded.", IsPersonal: true);

    public static readonly Act IndexKeyExport = new(
        "keys.export_index",
        "The tenant's index key was given to an operator.",
        IsPersonal: false
    );

    public static readonly Act FailedOften = new(
        "auth.failed_often",
        "Sign-ins from one address failed often.",
        IsPersonal: false
    );

    public static IReadOnlyList<Act> Declared { get; } = [InboxShow, InboxReplay, InboxDrop, IndexKeyExport, FailedOften];
}
