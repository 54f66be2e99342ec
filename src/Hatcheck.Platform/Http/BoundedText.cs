using Hatcheck.Contracts;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Bounds on text from outside. Text is kept as written (docs/adr/0012-text-is-kept-as-written.md); text that can't be kept
/// is refused, never stripped.
/// </summary>
internal static class BoundedText
{
    /// <summary>Whether the value is a code: 1 to 64 of <c>a-z 0-9 . _ -</c>.</summary>
    public static bool IsCode(string? value) => CodeAttribute.IsCode(value);

    /// <summary>Returns printable text of at most <paramref name="longest"/> UTF-16 units; null if it is refused.</summary>
    public static string? Accept(string value, int longest) =>
        value.Length <= longest && PrintableAttribute.IsPrintable(value) ? value : null;
}
