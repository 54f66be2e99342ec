using System.Globalization;
using System.Runtime.InteropServices;

namespace Hatcheck.Platform.Audit;

/// <summary>
/// The number of the account that runs a verb. Never its login name, which is personal, and the audit log is retained.
/// </summary>
internal static partial class OperatorAccount
{
    /// <summary>Under sudo the caller's, not root's; null on Windows, whose accounts have no such number.</summary>
    public static uint? OfThisProcess() =>
        OperatingSystem.IsWindows() ? null : Of(User(), Environment.GetEnvironmentVariable("SUDO_UID"));

    /// <summary>Trusts SUDO_UID only for root: anyone else could set it in their own environment.</summary>
    public static uint Of(uint user, string? sudo) => user == 0 ? UnderSudo(sudo) ?? user : user;

    /// <summary>Parses SUDO_UID; null if it is not a number.</summary>
    public static uint? UnderSudo(string? text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [LibraryImport("libc", EntryPoint = "getuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint User();
}
