using System.Globalization;
using System.Runtime.InteropServices;

namespace Hatcheck.Platform.Audit;

/// <summary>The account of whoever runs a verb, by its number: a login name is personal, and the audit log is kept.</summary>
internal static partial class OperatorAccount
{
    /// <summary>Under sudo the person's, not root's; null on Windows, whose accounts have no such number.</summary>
    public static uint? OfThisProcess() =>
        OperatingSystem.IsWindows() ? null : Of(User(), Environment.GetEnvironmentVariable("SUDO_UID"));

    /// <summary>Only root can have come by sudo: anyone else could write what they like into their own environment.</summary>
    public static uint Of(uint user, string? sudo) => user == 0 ? UnderSudo(sudo) ?? user : user;

    /// <summary>What sudo says of who called it; null if that is no number.</summary>
    public static uint? UnderSudo(string? text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [LibraryImport("libc", EntryPoint = "getuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint User();
}
