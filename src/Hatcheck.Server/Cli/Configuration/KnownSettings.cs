using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Hatcheck.Server.Access.Sessions;
using Hatcheck.Server.Access.SignIn;
using Hatcheck.Server.Access.TelegramLogin;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Limits;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Telemetry;
using Hatcheck.Server.Preferences;
using Hatcheck.Server.Profiles;
using Hatcheck.Server.Webhooks;

namespace Hatcheck.Server.Cli.Configuration;

/// <summary>Every setting there is, and what is wrong with those given: all at once, each with its name and what to do.</summary>
internal static class KnownSettings
{
    /// <summary>The options classes by section. One that is missing here is not read from anywhere: a test holds the list against the code.</summary>
    public static readonly IReadOnlyList<(string Section, Type Options)> Sections =
    [
        (DataOptions.Section, typeof(DataOptions)),
        (DatabaseOptions.Section, typeof(DatabaseOptions)),
        (KeyOptions.Section, typeof(KeyOptions)),
        (HttpOptions.Section, typeof(HttpOptions)),
        (LimitOptions.Section, typeof(LimitOptions)),
        (PreferenceOptions.Section, typeof(PreferenceOptions)),
        (ProfileOptions.Section, typeof(ProfileOptions)),
        (WebhookOptions.Section, typeof(WebhookOptions)),
        (InboxOptions.Section, typeof(InboxOptions)),
        (TelemetryOptions.Section, typeof(TelemetryOptions)),
        (LoggingOptions.Section, typeof(LoggingOptions)),
        (OwnSessionOptions.Section, typeof(OwnSessionOptions)),
        (SignInOptions.Section, typeof(SignInOptions)),
        (TelegramLoginOptions.Section, typeof(TelegramLoginOptions)),
    ];

    public static bool IsSqlite(IConfiguration configuration) =>
        (configuration[$"{DatabaseOptions.Section}:{nameof(DatabaseOptions.Provider)}"] ?? new DatabaseOptions().Provider) == "sqlite";

    /// <summary>The full path of the data folder.</summary>
    public static string DataFolder(IConfiguration configuration) =>
        Path.GetFullPath(configuration[$"{DataOptions.Section}:{nameof(DataOptions.Folder)}"] ?? new DataOptions().Folder);

    /// <summary>The settings of an options class: its writable properties.</summary>
    public static IEnumerable<PropertyInfo> Of(Type options) => options.GetProperties().Where(property => property.CanWrite);

    /// <summary>Names that no options class has. With <paramref name="everything"/> also whole sections that are none of ours.</summary>
    public static IEnumerable<string> Unknown(IConfiguration configuration, bool everything)
    {
        foreach (var child in configuration.GetChildren())
        {
            var known = Sections.FirstOrDefault(section => section.Section.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (known.Options is null)
            {
                if (everything && !child.Key.Equals(Listening.Setting, StringComparison.OrdinalIgnoreCase))
                    yield return $"{child.Key}: there is no such setting. Known are {Listening.Setting} and the sections {string.Join(", ", Sections.Select(section => section.Section))}.";
                continue;
            }

            foreach (var fault in UnknownIn(child, known.Section, known.Options)) yield return fault;
        }
    }

    /// <summary>Every setting of an options class by its name; those of a list's entries as <c>Issuers:0:Name</c>.</summary>
    public static IEnumerable<(string Name, PropertyInfo Property)> NamesOf(Type options)
    {
        foreach (var property in Of(options))
        {
            var entry = EntryOf(property);
            yield return (entry == typeof(string) ? $"{property.Name}:0" : property.Name, property);
            if (entry is null || entry == typeof(string)) continue;
            foreach (var (name, below) in NamesOf(entry)) yield return ($"{property.Name}:0:{name}", below);
        }
    }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ConfigurationException">Something is wrong; it names everything that is.</exception>
    public static void Check(IConfiguration configuration)
    {
        var faults = Faults(configuration);
        if (faults.Count > 0) throw new ConfigurationException(faults);
    }

    public static List<string> Faults(IConfiguration configuration)
    {
        var faults = new List<string>();
        foreach (var (section, type) in Sections)
        {
            var unreadable = Unreadable(configuration.GetSection(section), section, type).ToList();
            faults.AddRange(unreadable);
            if (unreadable.Count > 0) continue;
            var options = configuration.GetSection(section).Get(type) ?? Activator.CreateInstance(type)!;
            faults.AddRange(OutOfRange(section, options));
            faults.AddRange(Together(options));
        }

        try
        {
            var secure = Listening.Addresses(configuration).Any(address => address.Scheme == Uri.UriSchemeHttps);
            if (secure && string.IsNullOrEmpty(configuration[$"{HttpOptions.Section}:{nameof(HttpOptions.CertificateFile)}"]))
                faults.Add("Http:CertificateFile (Http__CertificateFile): it is missing, and Urls has an https address. Name the certificate's PEM file, and its key's as Http:CertificateKeyFile.");
        }
        catch (OperatorException fault)
        {
            faults.Add($"{Listening.Setting}: {fault.Message}");
        }

        return faults;
    }

    // The value itself is not repeated: it may be a secret in the wrong place.
    private static IEnumerable<string> Unreadable(IConfiguration section, string path, Type type)
    {
        foreach (var property in Of(type))
        {
            if (EntryOf(property) is { } entry)
            {
                foreach (var item in section.GetSection(property.Name).GetChildren().Where(_ => entry != typeof(string)))
                {
                    foreach (var fault in Unreadable(item, $"{path}:{property.Name}:{item.Key}", entry)) yield return fault;
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
            var property = Of(type).FirstOrDefault(property => property.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                yield return $"{path}:{setting.Key}: there is no such setting. {path} has {string.Join(", ", Of(type).Select(known => known.Name))}.";
                continue;
            }

            if (EntryOf(property) is not { } entry || entry == typeof(string)) continue;
            foreach (var fault in setting.GetChildren().SelectMany(item => UnknownIn(item, $"{path}:{property.Name}:{item.Key}", entry))) yield return fault;
        }
    }

    /// <summary>What a list of settings is a list of; null for a setting that is no list.</summary>
    private static Type? EntryOf(PropertyInfo property) => property.PropertyType is { IsGenericType: true } list && list.GetGenericTypeDefinition() == typeof(IList<>) ? list.GetGenericArguments()[0] : null;

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

    // What attributes can't say. These messages begin with the setting's name themselves.
    private static IEnumerable<string> Together(object options) => options switch
    {
        HttpOptions http => new HttpOptionsCheck().Validate(null, http).Failures ?? [],
        OwnSessionOptions sessions => new OwnSessionOptionsCheck().Validate(null, sessions).Failures ?? [],
        TelegramLoginOptions telegram => new TelegramLoginOptionsCheck().Validate(null, telegram).Failures ?? [],
        SignInOptions signIn => new SignInOptionsCheck().Validate(null, signIn).Failures ?? [],
        WebhookOptions webhooks => new WebhookOptionsCheck().Validate(null, webhooks).Failures ?? [],
        DatabaseOptions database => new DatabaseOptionsCheck().Validate(null, database).Failures ?? [],
        KeyOptions { Provider: "environment" } keys when string.IsNullOrEmpty(keys.Value) =>
            ["Keys:Value (Keys__Value): it is missing, and Keys:Provider is environment. Make 32 bytes in base64: openssl rand -base64 32"],
        KeyOptions { Provider: "passphrase" } keys when string.IsNullOrEmpty(keys.Passphrase) && string.IsNullOrEmpty(keys.PassphraseFile) =>
            ["Keys:PassphraseFile (Keys__PassphraseFile): it is missing, and so is Keys:Passphrase; Keys:Provider is passphrase. Name a file that holds at least 12 characters."],
        KeyOptions { Provider: "passphrase", PassphraseFile: { Length: > 0 } file } when !File.Exists(file) =>
            [$"Keys:PassphraseFile (Keys__PassphraseFile): there is no file {file}."],
        _ => [],
    };

    private static string NameOf(string section, string setting) => $"{section}:{setting} ({section.Replace(":", "__", StringComparison.Ordinal)}__{setting})";

    private static bool IsReadable(Type type, string text)
    {
        try
        {
            _ = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
            return true;
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException or NotSupportedException or OverflowException || fault.InnerException is FormatException or OverflowException)
        {
            return false;
        }
    }

    private static string Form(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var number when number == typeof(int) || number == typeof(long) => "a whole number",
        var id when id == typeof(Guid) => "an id in the form 8-4-4-4-12",
        var flag when flag == typeof(bool) => "true or false",
        var span when span == typeof(TimeSpan) => "a length of time, as 00:00:05",
        { IsEnum: true } choice => $"one of {string.Join(", ", Enum.GetNames(choice))}",
        _ => "readable",
    };
}
