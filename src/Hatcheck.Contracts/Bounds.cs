using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Text;

namespace Hatcheck.Contracts;

/// <summary>The body of a request, or a part of one: read strictly, so that members which are not listed are refused.</summary>
/// <param name="example">A request that is accepted, as JSON.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequestAttribute(string example) : Attribute
{
    /// <summary>As JSON.</summary>
    public string Example => example;
}

/// <summary>A code: 1 to 64 of <c>a-z 0-9 . _ -</c>.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class CodeAttribute() : RegularExpressionAttribute(CodePattern)
{
    /// <summary>The pattern of a code.</summary>
    public const string CodePattern = "^[a-z0-9._-]{1,64}$";

    /// <summary>What a code is made of.</summary>
    public const string Form = "1 to 64 of a-z 0-9 . _ -";

    /// <summary>Whether this text is a code.</summary>
    public static bool IsCode(string? text) => text is { Length: >= 1 and <= 64 } && text.All(IsLetter);

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || IsCode(value as string);

    private static bool IsLetter(char letter) => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '_' or '-';
}

/// <summary>
/// Printable text, which is kept as it was written: whole characters, and of the control characters only tab and line feed.
/// </summary>
/// <param name="longest">In UTF-16 units.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PrintableAttribute(int longest) : StringLengthAttribute(longest)
{
    /// <summary>Whether it stays on one line, without tabs.</summary>
    public bool OneLine { get; init; }

    /// <summary>Whether every character is whole and may be kept.</summary>
    public static bool IsPrintable(string text)
    {
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            // A lone surrogate is no character; NUL and its like have no place in text.
            if (Rune.DecodeFromUtf16(rest, out var rune, out var used) != OperationStatus.Done)
                return false;
            if (Rune.IsControl(rune) && rune.Value is not ('\n' or '\t'))
                return false;
            rest = rest[used..];
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is null
        || (
            value is string text && base.IsValid(text) && IsPrintable(text) && !(OneLine && text.AsSpan().ContainsAny('\n', '\t'))
        );
}

/// <summary>Facts by name: names are codes, values printable text.</summary>
/// <param name="most">How many.</param>
/// <param name="longest">The longest value: UTF-16 units, or bytes of UTF-8 with <see cref="InBytes"/>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FactsAttribute(int most, int longest) : Attribute
{
    /// <summary>How many.</summary>
    public int Most => most;

    /// <summary>The longest value.</summary>
    public int Longest => longest;

    /// <summary>Whether a value is measured in bytes of UTF-8.</summary>
    public bool InBytes { get; init; }

    /// <summary>What names and values may have together, in bytes of UTF-8; 0: as much as they are many and long.</summary>
    public int LargestInAll { get; init; }

    /// <summary>What a value may be.</summary>
    public string ValueForm =>
        $"Text of at most {Longest} {(InBytes ? "bytes in UTF-8" : "characters")}, without control characters.";

    /// <summary>Whether this is a value.</summary>
    public bool IsValue(string? value) =>
        value is not null
        && (InBytes ? Encoding.UTF8.GetByteCount(value) : value.Length) <= Longest
        && PrintableAttribute.IsPrintable(value);
}

/// <summary>An object whose members the tenant chooses.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OpenObjectAttribute : Attribute;
