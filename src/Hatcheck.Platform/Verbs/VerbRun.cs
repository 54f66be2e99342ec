using System.CommandLine;
using System.Text.Json.Serialization.Metadata;

namespace Hatcheck.Platform.Verbs;

/// <summary>One run of a verb: its values, services and output.</summary>
/// <param name="parsed">The parsed command line.</param>
/// <param name="terminal">The verb's output.</param>
/// <param name="services">The services of this process, or of the running server.</param>
/// <param name="json">Whether results are JSON.</param>
internal class VerbRun(ParseResult parsed, Terminal terminal, IServiceProvider services, bool json)
{
    public Terminal Terminal => terminal;

    public bool Json => json;

    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    public T Value<T>(Option<T> option) => parsed.GetValue(option)!;

    public T Value<T>(Argument<T> argument) => parsed.GetValue(argument)!;

    /// <summary>The words of an option that takes several, also separated by commas.</summary>
    public IReadOnlyList<string> Words(Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).SelectMany(text => text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>Writes a result as a table or JSON.</summary>
    public int Table<T>(T value, JsonTypeInfo<T> type, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (json)
            terminal.WriteJson(value, type);
        else
            terminal.WriteTable(headings, rows);
        return ExitCode.Ok;
    }

    /// <summary>Writes a result as a line or JSON.</summary>
    public int Line<T>(T value, JsonTypeInfo<T> type, string line)
    {
        if (json)
            terminal.WriteJson(value, type);
        else
            terminal.Output.WriteLine(line);
        return ExitCode.Ok;
    }

    /// <summary>Confirms an action without a result: JSON for programs, or a sentence for people.</summary>
    public int Done<T>(T value, JsonTypeInfo<T> type, string said)
    {
        if (json)
            terminal.WriteJson(value, type);
        else
            terminal.Error.WriteLine(said);
        return ExitCode.Ok;
    }

    /// <summary>Writes a hint for people, besides the result.</summary>
    public void Hint(string line) => terminal.Error.WriteLine(line);
}

/// <summary>Same, for one tenant.</summary>
internal sealed class TenantRun(ParseResult parsed, Terminal terminal, IServiceProvider services, bool json, TenantView tenant)
    : VerbRun(parsed, terminal, services, json)
{
    public TenantView Tenant => tenant;
}
