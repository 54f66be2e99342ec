namespace Hatcheck.Platform.Audit;

/// <summary>Plain text in the audit log besides ids: codes of Hatcheck and its admins, never a user's words.</summary>
internal static class AuditCode
{
    private const int Longest = 64;

    /// <summary>Returns the code.</summary>
    /// <exception cref="ArgumentException">The text is not a code. It is not repeated, since it may be personal.</exception>
    public static string Checked(string text) =>
        text.Length is > 0 and <= Longest && text.All(IsAllowed)
            ? text
            : throw new ArgumentException(
                "The audit log takes ids, and codes of 1 to 64 of A-Z a-z 0-9 . _ : - only.",
                nameof(text)
            );

    private static bool IsAllowed(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or ':' or '-';
}
