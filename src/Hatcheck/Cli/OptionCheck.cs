using System.CommandLine;
using System.Text.RegularExpressions;
using Hatcheck.Platform;

namespace Hatcheck.Cli;

/// <summary>
/// Finds a mistyped option before its verb takes it for a name or a value. Reads the words as typed: the parser forgets
/// whether a value followed <c>=</c>. A value that begins with - is written <c>--name=-x</c>, or after <c>--</c>.
/// </summary>
internal static partial class OptionCheck
{
    /// <summary>The fault of the first wrong option; null if there is none.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="path">Its name, such as <c>hatcheck tenants add</c>.</param>
    /// <param name="options">The options that it takes.</param>
    /// <param name="words">The command line.</param>
    public static string? Fault(Command command, string path, IReadOnlyList<Option> options, IReadOnlyList<string> words)
    {
        Option? before = null;
        foreach (var word in words.TakeWhile(word => word != "--"))
        {
            var form = Form().Match(word);
            var option = form.Success ? Find(options, form.Groups["name"].Value) : null;
            if (form.Success && option is null)
                return Unknown(form.Groups["name"].Value, before, command, path, options);
            var value = form.Groups["value"];
            if (option is not null && value.Success && IsFlag(option) && !bool.TryParse(value.ValueSpan, out _))
                return $"{option.Name} takes no value: write it alone, or leave it out.";
            before = value.Success ? null : option;
        }

        return null;
    }

    /// <summary>Reports an unknown option, with suggestions. Does not repeat its value.</summary>
    private static string Unknown(string name, Option? before, Command command, string path, IReadOnlyList<Option> options)
    {
        var near = Nearest.To(name, options.Select(option => option.Name));
        var says = $"`{path}` has no option {name}.{Nearest.Question(near)}";
        if (near.Count > 0)
            return says;
        if (before is not null && !IsFlag(before))
            return $"{says} A value that begins with - is written {before.Name}={name}.";
        return command.Arguments.Count > 0 ? $"{says} A word that begins with - is written after --, at the end." : says;
    }

    private static Option? Find(IEnumerable<Option> options, string name) =>
        options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name));

    private static bool IsFlag(Option option) => option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0;

    // The parser takes : as = too.
    [GeneratedRegex(
        @"\A(?<name>--?[A-Za-z][A-Za-z0-9-]*)(?:[=:](?<value>.*))?\z",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Form();
}
