using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Telemetry;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Cli.Configuration;

/// <summary>Holds every known setting, and reports all faults at once, each with the setting's name and a remedy.</summary>
internal static class KnownSettings
{
    /// <summary>The sections that the capabilities declare; no other section is read.</summary>
    public static readonly IReadOnlyList<Settings> Sections = Of(Capabilities.All);

    /// <summary>The sections that these capabilities declare.</summary>
    public static IReadOnlyList<Settings> Of(IReadOnlyList<Capability> capabilities) =>
        [.. capabilities.SelectMany(capability => capability.Settings)];

    /// <summary>The full path of the data folder.</summary>
    public static string DataFolder(IConfiguration configuration) =>
        Path.GetFullPath(configuration[$"{DataOptions.Section}:{nameof(DataOptions.Folder)}"] ?? new DataOptions().Folder);

    /// <summary>The settings of an options class: its writable properties.</summary>
    public static IEnumerable<PropertyInfo> Of(Type options) => options.GetProperties().Where(property => property.CanWrite);

    /// <summary>
    /// Faults of names that no options class has. With <paramref name="everything"/>, also of unknown sections.
    /// </summary>
    public static IEnumerable<string> Unknown(
        IConfiguration configuration,
        bool everything,
        IReadOnlyList<Settings>? sections = null
    )
    {
        sections ??= Sections;
        foreach (var child in configuration.GetChildren())
        {
            var known = sections.FirstOrDefault(section => section.Section.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (known is null)
            {
                if (everything && !child.Key.Equals(Listening.Setting, StringComparison.OrdinalIgnoreCase))
                    yield return $"{child.Key}: there is no such setting. Known are {Listening.Setting} and the sections "
                        + $"{string.Join(", ", sections.Select(section => section.Section))}.";
                continue;
            }

            foreach (var fault in UnknownIn(child, known.Section, known.Options))
                yield return fault;
        }
    }

    /// <summary>Every setting of an options class with its name; an entry of a list is named <c>Issuers:0:Name</c>.</summary>
    public static IEnumerable<(string Name, PropertyInfo Property)> NamesOf(Type options)
    {
        foreach (var property in Of(options))
        {
            var entry = EntryOf(property);
            yield return (entry == typeof(string) ? $"{property.Name}:0" : property.Name, property);
            if (entry is null || entry == typeof(string))
                continue;
            foreach (var (name, below) in NamesOf(entry))
                yield return ($"{property.Name}:0:{name}", below);
        }
    }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ConfigurationException">A value is wrong; the exception names every fault.</exception>
    public static void Check(IConfiguration configuration)
    {
        var faults = Faults(configuration);
        if (faults.Count > 0)
            throw new ConfigurationException(faults);
    }

    public static List<string> Faults(IConfiguration configuration)
    {
        var faults = new List<string>();
        foreach (var settings in Sections)
        {
            var (section, type) = (settings.Section, settings.Options);
            var unreadable = Unreadable(configuration.GetSection(section), section, type).ToList();
            faults.AddRange(unreadable);
            if (unreadable.Count > 0)
                continue;
            var options = configuration.GetSection(section).Get(type) ?? Activator.CreateInstance(type)!;
            faults.AddRange(OutOfRange(section, options));
            faults.AddRange(settings.Faults(options));
        }

        try
        {
            var secure = Listening.Addresses(configuration).Any(address => address.Scheme == Uri.UriSchemeHttps);
            if (secure && string.IsNullOrEmpty(configuration[$"{HttpOptions.Section}:{nameof(HttpOptions.CertificateFile)}"]))
                faults.Add(
                    "Http:CertificateFile (Http__CertificateFile): it is missing, and Urls has an https address. Name the "
                        + "certificate's PEM file, and its key's as Http:CertificateKeyFile."
                );
            if (
                Uri.TryCreate(TelemetryOptions.Of(configuration).PrometheusUrl, UriKind.Absolute, out var metrics)
                && metrics.Port != 0
                && Listening.Addresses(configuration).Any(address => address.Port == metrics.Port)
            )
            {
                faults.Add(
                    "Telemetry:PrometheusUrl (Telemetry__PrometheusUrl): Urls has its port too. "
                        + "Metrics have a port of their own, such as 9464."
                );
            }
        }
        catch (OperatorException fault)
        {
            faults.Add(fault.Message);
        }

        return faults;
    }

    // Does not repeat the value: it may be a secret in the wrong place.
    private static IEnumerable<string> Unreadable(IConfiguration section, string path, Type type)
    {
        foreach (var property in Of(type))
        {
            if (EntryOf(property) is { } entry)
            {
                foreach (var item in section.GetSection(property.Name).GetChildren().Where(_ => entry != typeof(string)))
                {
                    foreach (var fault in Unreadable(item, $"{path}:{property.Name}:{item.Key}", entry))
                        yield return fault;
                }
            }
            else if (section[property.Name] is { Length: > 0 } text && !IsReadable(property.PropertyType, text))
            {
                yield return $"{NameOf(path, property.Name)}: the value is not {Form(property.PropertyType)}.";
            }
        }
    }

    private static IEnumerable<string> UnknownIn(IConfiguration section, string path, Type type)
    {
        foreach (var setting in section.GetChildren())
        {
            var property = Of(type)
                .FirstOrDefault(property => property.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                yield return $"{path}:{setting.Key}: there is no such setting. {path} has "
                    + $"{string.Join(", ", Of(type).Select(known => known.Name))}.";
                continue;
            }

            if (EntryOf(property) is not { } entry || entry == typeof(string))
                continue;
            foreach (
                var fault in setting
                    .GetChildren()
                    .SelectMany(item => UnknownIn(item, $"{path}:{property.Name}:{item.Key}", entry))
            )
                yield return fault;
        }
    }

    /// <summary>The entry type of a list of settings; null for any other setting.</summary>
    private static Type? EntryOf(PropertyInfo property) =>
        property.PropertyType is { IsGenericType: true } list && list.GetGenericTypeDefinition() == typeof(IList<>)
            ? list.GetGenericArguments()[0]
            : null;

    private static IEnumerable<string> OutOfRange(string section, object options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        foreach (var result in results)
        {
            var setting = result.MemberNames.FirstOrDefault() ?? "";
            var range = options.GetType().GetProperty(setting)?.GetCustomAttribute<RangeAttribute>();
            var words = range is not null
                ? $"the value is not between {range.Minimum} and {range.Maximum}."
                : result.ErrorMessage!.Replace($"{section}:{setting} is", "it must be", StringComparison.Ordinal);
            yield return $"{NameOf(section, setting)}: {words}";
        }
    }

    private static string NameOf(string section, string setting) =>
        $"{section}:{setting} ({section.Replace(":", "__", StringComparison.Ordinal)}__{setting})";

    private static bool IsReadable(Type type, string text)
    {
        try
        {
            _ = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
            return true;
        }
        catch (Exception fault)
            when (fault is FormatException or ArgumentException or NotSupportedException or OverflowException
                || fault.InnerException is FormatException or OverflowException
            )
        {
            return false;
        }
    }

    private static string Form(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            var number when number == typeof(int) || number == typeof(long) => "a whole number",
            var id when id == typeof(Guid) => "an id in the form 8-4-4-4-12",
            var flag when flag == typeof(bool) => "true or false",
            var span when span == typeof(TimeSpan) => "a length of time, such as 00:00:05",
            { IsEnum: true } choice => $"one of {string.Join(", ", Enum.GetNames(choice))}",
            _ => "readable",
        };
}
