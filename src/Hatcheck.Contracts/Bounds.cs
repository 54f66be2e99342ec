using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Text;

namespace Hatcheck.Contracts;

/// <summary>The body of a request, or a part of one. It is read strictly: unknown members are refused.</summary>
/// <param name="example">An accepted request, as JSON.</param>
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

    /// <summary>The form of a code, in words.</summary>
    public const string Form = "1 to 64 of a-z 0-9 . _ -";

    /// <summary>Whether the text is a code.</summary>
    public static bool IsCode(string? text) => text is { Length: >= 1 and <= 64 } && text.All(IsLetter);

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || IsCode(value as string);

    private static bool IsLetter(char letter) => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '_' or '-';
}

/// <summary>
/// Printable text, stored as written. Surrogates must be paired; the only control characters are tab and line feed.
/// </summary>
/// <param name="longest">In UTF-16 units.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PrintableAttribute(int longest) : StringLengthAttribute(longest)
{
    /// <summary>Whether the text must be on one line, without tabs.</summary>
    public bool OneLine { get; init; }

    /// <summary>Whether the text has paired surrogates and only permitted control characters.</summary>
    public static bool IsPrintable(string text)
    {
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            // A lone surrogate is no character.
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

/// <summary>Facts by name: names are codes, values are printable text.</summary>
/// <param name="most">The largest number of facts.</param>
/// <param name="longest">The longest value: UTF-16 units, or bytes of UTF-8 with <see cref="InBytes"/>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FactsAttribute(int most, int longest) : Attribute
{
    /// <summary>The largest number of facts.</summary>
    public int Most => most;

    /// <summary>The longest value.</summary>
    public int Longest => longest;

    /// <summary>Whether a value is measured in bytes of UTF-8.</summary>
    public bool InBytes { get; init; }

    /// <summary>
    /// The largest size of all names and values together, in bytes of UTF-8; 0: bounded by the other limits only.
    /// </summary>
    public int LargestInAll { get; init; }

    /// <summary>The form of a value, in words.</summary>
    public string ValueForm =>
        $"Text of at most {Longest} {(InBytes ? "bytes in UTF-8" : "characters")}, without control characters.";

    /// <summary>Whether the text is a valid value.</summary>
    public bool IsValue(string? value) =>
        value is not null
        && (InBytes ? Encoding.UTF8.GetByteCount(value) : value.Length) <= Longest
        && PrintableAttribute.IsPrintable(value);
}

/// <summary>An object whose members the tenant chooses.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OpenObjectAttribute : Attribute;
