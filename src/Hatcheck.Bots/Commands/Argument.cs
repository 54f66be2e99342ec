using System.Buffers;
using System.Globalization;
using System.Text;

namespace Hatcheck.Bots.Commands;

/// <summary>
/// An argument of a command: declared once, checked before the handler runs. Create one with <see cref="Text"/>,
/// <see cref="Rest"/>, <see cref="Number"/> or <see cref="Choice"/>. The handler reads it
/// with <see cref="CommandContext.Get"/>.
/// </summary>
public abstract class Argument
{
    private protected Argument(string name, bool isOptional)
    {
        if (name.Length is 0 or > 32 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            throw new ArgumentException("An argument's name is 1 to 32 of a-z, 0-9 and _.", nameof(name));
        }

        Name = name;
        IsOptional = isOptional;
    }

    /// <summary>Its name in the usage line.</summary>
    public string Name { get; }

    /// <summary>Whether it may be left out.</summary>
    public bool IsOptional { get; }

    /// <summary>Whether it takes everything that is left, blanks and quotation marks included.</summary>
    internal virtual bool TakesRest => false;

    /// <summary>Its form in the usage line.</summary>
    internal string Usage => IsOptional ? $"[{Name}{Hint}]" : $"<{Name}{Hint}>";

    private protected abstract string Hint { get; }

    /// <summary>
    /// A word, or several in quotation marks: 1 to <paramref name="longest"/> UTF-16 units, no control characters.
    /// </summary>
    public static Argument<string> Text(string name, int longest = 200) =>
        new TextArgument(name, longest, takesRest: false, isOptional: false);

    /// <summary>Everything to the end of the message; only the last argument can be one. Line breaks are kept.</summary>
    public static Argument<string> Rest(string name, int longest = 1000) =>
        new TextArgument(name, longest, takesRest: true, isOptional: false);

    /// <summary>
    /// A whole number in ASCII digits, from <paramref name="lowest"/> to <paramref name="highest"/>, both inclusive.
    /// </summary>
    public static Argument<long> Number(string name, long lowest, long highest) =>
        new NumberArgument(name, lowest, highest, isOptional: false);

    /// <summary>One of the words given; the case of letters does not matter.</summary>
    public static Argument<string> Choice(string name, params string[] choices) =>
        new ChoiceArgument(name, choices, isOptional: false);

    /// <summary>Reads the text; never quotes it in a sentence.</summary>
    internal abstract ArgumentReading Read(string text);

    private sealed class TextArgument(string name, int longest, bool takesRest, bool isOptional)
        : Argument<string>(name, isOptional)
    {
        internal override bool TakesRest => takesRest;

        private protected override string Hint => takesRest ? "…" : "";

        public override Argument<string> AsOptional() => new TextArgument(Name, longest, takesRest, isOptional: true);

        internal override ArgumentReading Read(string text) =>
            text switch
            {
                { Length: 0 } => new ArgumentReading.Wrong($"“{Name}” is empty."),
                _ when text.Length > longest => new ArgumentReading.Wrong($"“{Name}” is too long: at most {longest} characters."),
                _ when !IsClean(text) => new ArgumentReading.Wrong($"“{Name}” contains characters that cannot be used."),
                _ => new ArgumentReading.Fits(text),
            };

        // Refused, not stripped: the handler gets exactly the text that the person wrote.
        private bool IsClean(string text)
        {
            var left = text.AsSpan();
            while (!left.IsEmpty)
            {
                // Anything but Done is half a surrogate pair.
                if (Rune.DecodeFromUtf16(left, out var rune, out var length) != OperationStatus.Done)
                    return false;
                if (Rune.IsControl(rune) && !(takesRest && rune.Value is '\n' or '\t'))
                    return false;
                left = left[length..];
            }

            return true;
        }
    }

    private sealed class NumberArgument(string name, long lowest, long highest, bool isOptional)
        : Argument<long>(name, isOptional)
    {
        private protected override string Hint => string.Create(CultureInfo.InvariantCulture, $" {lowest}–{highest}");

        public override Argument<long> AsOptional() => new NumberArgument(Name, lowest, highest, isOptional: true);

        internal override ArgumentReading Read(string text)
        {
            var digits = text.StartsWith('-') ? text.AsSpan(1) : text;
            return
                digits.Length > 0
                && !digits.ContainsAnyExceptInRange('0', '9')
                && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                && number >= lowest
                && number <= highest
                ? new ArgumentReading.Fits(number)
                : new ArgumentReading.Wrong($"“{Name}” must be a whole number from {lowest} to {highest}.");
        }
    }

    private sealed class ChoiceArgument(string name, IReadOnlyList<string> choices, bool isOptional)
        : Argument<string>(name, isOptional)
    {
        private protected override string Hint => $": {string.Join('|', choices)}";

        public override Argument<string> AsOptional() => new ChoiceArgument(Name, choices, isOptional: true);

        internal override ArgumentReading Read(string text) =>
            choices.FirstOrDefault(c => c.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } choice
                ? new ArgumentReading.Fits(choice)
                : new ArgumentReading.Wrong($"“{Name}” must be one of: {string.Join(", ", choices)}.");
    }
}

/// <summary>An argument whose value is a <typeparamref name="T"/>.</summary>
public abstract class Argument<T> : Argument
{
    private protected Argument(string name, bool isOptional)
        : base(name, isOptional) { }

    /// <summary>The same, but it may be left out.</summary>
    public abstract Argument<T> AsOptional();
}

/// <summary>The result of reading a text as an argument.</summary>
internal abstract record ArgumentReading
{
    private ArgumentReading() { }

    internal sealed record Fits(object Value) : ArgumentReading;

    internal sealed record Wrong(string Sentence) : ArgumentReading;
}
