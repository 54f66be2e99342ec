using System.Text.RegularExpressions;

namespace Hatcheck.Platform.Telemetry;

/// <summary>
/// Text that may be logged: the operator's own (an address, a path, a setting), never something from a request. The
/// programmer vouches for it by wrapping it; text that is not wrapped is withheld from the log.
/// </summary>
internal readonly record struct SafeText(string Value)
{
    public override string ToString() => Value;
}

/// <summary>Decides which values a log line may show: those whose type can't hold personal data.</summary>
internal static partial class SafeValues
{
    private const string Withheld = "(withheld)";

    /// <summary>
    /// Returns the value as text, or <c>(withheld)</c>. A messenger id is always a <see cref="long"/> or a string. So numbers
    /// are shown only up to 32 bits, and strings only if the program defines them (literals, exception names).
    /// </summary>
    public static string Show(object? value) =>
        value switch
        {
            null => "(none)",
            bool or byte or short or ushort or int or Enum or Guid or Version => value.ToString()!,
            float or double or TimeSpan => value.ToString()!,
            DateTimeOffset at => at.ToString("O"),
            SafeText text => OneLine(text.Value),
            string word when string.IsInterned(word) is not null || ExceptionName().IsMatch(word) => OneLine(word),
            _ => Withheld,
        };

    // A control character could forge a line or control the reader's terminal.
    private static string OneLine(string text) =>
        string.Create(
            text.Length,
            text,
            static (line, from) =>
            {
                for (var i = 0; i < line.Length; i++)
                    line[i] = char.IsControl(from[i]) ? ' ' : from[i];
            }
        );

    [GeneratedRegex("^[A-Z][A-Za-z]{0,60}Exception$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExceptionName();
}
