using System.CommandLine;
using System.Text.Json;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Cli.Configuration;

/// <summary>Reads settings from a JSON file, environment variables and the command line; the later wins.</summary>
internal sealed class ConfigurationSources
{
    private readonly Option<string?> file = new("--config")
    {
        Description = "A JSON file of settings; environment variables and --set win over it.",
        HelpName = "FILE",
        Recursive = true,
    };
    private readonly Option<string[]> set = new("--set")
    {
        Description = "A setting, such as Database:Provider=postgres; may be repeated.",
        HelpName = "NAME=VALUE",
        Recursive = true,
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string?> data = new("--data")
    {
        Description = "The data folder; the same as --set Data:Folder=….",
        HelpName = "FOLDER",
        Recursive = true,
    };

    public IEnumerable<Option> Options => [data, file, set];

    /// <summary>
    /// The options that name a file or folder, to be repeated on another command line. Not <c>--set</c>: it may hold a secret.
    /// </summary>
    public string Repeated(ParseResult parsed) =>
        string.Concat(
            new[] { data, file }
                .Where(option => parsed.GetValue(option) is not null)
                .Select(option => $" {option.Name} {parsed.GetValue(option)}")
        );

    /// <summary>Reads and checks the settings.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="further">Settings for which the verb has its own options.</param>
    /// <exception cref="ConfigurationException">The file can't be read, or a setting is unknown.</exception>
    public IConfigurationRoot Load(ParseResult parsed, params ReadOnlySpan<(string Name, string? Value)> further)
    {
        var explicitly = new ConfigurationBuilder();
        if (parsed.GetValue(file) is { } path)
            AddFile(explicitly, path);
        var line = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var faults = new List<string>();
        foreach (var pair in parsed.GetValue(set) ?? [])
        {
            if (pair.IndexOf('=', StringComparison.Ordinal) is var equals and > 0)
                line[pair[..equals]] = pair[(equals + 1)..];
            else
                faults.Add(
                    $"--set {(pair.Length > 40 ? "…" : pair)}: write NAME=VALUE, such as --set Database:Provider=postgres."
                );
        }

        if (parsed.GetValue(data) is { } folder)
            line[$"{DataOptions.Section}:{nameof(DataOptions.Folder)}"] = folder;
        foreach (var (name, value) in further)
        {
            if (value is not null)
                line[name] = value;
        }

        // The file and the command line are for Hatcheck alone, so every setting there must be known. The environment holds
        // much else: only our sections are checked there.
        var ours = explicitly.AddInMemoryCollection(line).Build();
        faults.AddRange(KnownSettings.Unknown(ours, everything: true));
        var all = new ConfigurationBuilder();
        foreach (var source in explicitly.Sources.SkipLast(1))
            all.Add(source);
        var configuration = all.AddEnvironmentVariables().AddInMemoryCollection(line).Build();
        faults.AddRange(KnownSettings.Unknown(configuration, everything: false).Except(faults, StringComparer.Ordinal));
        // Reports wrong values too, so that the operator sees every fault at once.
        return faults.Count == 0
            ? configuration
            : throw new ConfigurationException([.. faults, .. KnownSettings.Faults(configuration)]);
    }

    private static JsonException? JsonFaultIn(Exception? fault) =>
        fault is null or JsonException ? (JsonException?)fault : JsonFaultIn(fault.InnerException);

    private static void AddFile(ConfigurationBuilder builder, string path)
    {
        if (!File.Exists(path))
            throw new ConfigurationException([$"--config {path}: there is no such file."]);
        try
        {
            builder.AddJsonFile(Path.GetFullPath(path), optional: false, reloadOnChange: false).Build();
        }
        catch (Exception fault)
            when (fault is InvalidDataException or FormatException or JsonException or IOException or UnauthorizedAccessException)
        {
            // The reader's message may quote the line, and with it a secret.
            var where = JsonFaultIn(fault)?.LineNumber is { } number ? $" (line {number + 1})" : "";
            throw new ConfigurationException([$"--config {path}: it can't be read, or is not a JSON object{where}."]);
        }
    }
}
