namespace Hatcheck.Platform.Audit;

/// <summary>What the audit log has as plain text beside ids: codes of Hatcheck and its keepers, never a user's words.</summary>
internal static class AuditCode
{
    private const int Longest = 64;

    /// <summary>The code.</summary>
    /// <exception cref="ArgumentException">It is no code. The text itself is not repeated: it may be personal.</exception>
    public static string Checked(string text) =>
        text.Length is > 0 and <= Longest && text.All(IsAllowed)
            ? text
            : throw new ArgumentException(
                "The audit log takes ids, and codes of 1 to 64 of A-Z a-z 0-9 . _ : - only.",
                nameof(text)
            );

    private static bool IsAllowed(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or ':' or '-';
}
