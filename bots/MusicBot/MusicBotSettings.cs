using System.Globalization;
using Hatcheck.Bots;
using Hatcheck.Client;
using Hatcheck.Crypto;

namespace MusicBot;

/// <summary>The bot's settings, read and checked as a whole.</summary>
internal sealed record MusicBotSettings(TelegramBotOptions Bot, HatcheckClientOptions Hatcheck, string ListenUrl)
{
    private const string DefaultListenUrl = "http://127.0.0.1:8090";

    /// <summary>Reads and checks all settings.</summary>
    /// <exception cref="MusicBotConfigurationException">A setting is missing or wrong; lists all faults.</exception>
    public static MusicBotSettings Read(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        var token = reader.Secret("Bot:Token", "Bot:TokenFile", "the token that BotFather gave");
        var key = reader.Secret("Hatcheck:ApiKey", "Hatcheck:ApiKeyFile", "an API key from: hatcheck apikeys add");
        var mode = reader.Choice("Bot:Mode", UpdateMode.Polling);
        var secret =
            mode == UpdateMode.Webhook
                ? reader.Secret(
                    "Bot:WebhookSecret",
                    "Bot:WebhookSecretFile",
                    "a random secret, for example from: openssl rand -hex 32"
                )
                : null;
        var listen = reader.Text("Bot:ListenUrl") ?? DefaultListenUrl;
        if (!Uri.TryCreate(listen, UriKind.Absolute, out _))
            reader.Fault("Bot:ListenUrl", $"give an address, for example {DefaultListenUrl}");
        var bot = new TelegramBotOptions
        {
            Token = token ?? new SecretText(""),
            TelegramUrl = reader.Address("Bot:TelegramUrl") ?? new Uri("https://api.telegram.org"),
            Mode = mode,
            WebhookUrl = reader.Address("Bot:WebhookUrl"),
            WebhookSecret = secret,
            OwnerChatId = reader.Number("Bot:OwnerChatId"),
        };
        foreach (var fault in bot.Faults())
        {
            // A missing secret was already reported, with its source.
            var isMissing =
                (token is null && fault.StartsWith("Token", StringComparison.Ordinal))
                || (secret is null && fault.StartsWith("WebhookSecret", StringComparison.Ordinal));
            if (!isMissing)
                reader.Fault($"Bot:{fault.Split(' ')[0]}", fault[(fault.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        }

        var url = reader.Address("Hatcheck:Url");
        if (url is null && reader.Text("Hatcheck:Url") is null)
            reader.Fault("Hatcheck:Url", "give the server's address, for example http://127.0.0.1:8080");
        var indexKey = reader.IndexKey("Hatcheck:IndexKeyFile");
        var hatcheck = new HatcheckClientOptions
        {
            Url = url ?? new Uri("http://127.0.0.1"),
            ApiKey = key ?? new SecretText("hck_demo_missing"),
            IndexKey = indexKey,
        };
        reader.Check("Hatcheck", hatcheck);
        reader.ThrowIfFaulty();
        return new MusicBotSettings(bot, hatcheck, listen);
    }

    private sealed class SettingsReader(IConfiguration configuration)
    {
        private readonly List<string> faults = [];

        public void Fault(string setting, string advice) => faults.Add($"{EnvironmentName(setting)}: {advice}");

        public string? Text(string setting) => configuration[setting] is { Length: > 0 } text ? text : null;

        public SecretText? Secret(string setting, string fileSetting, string advice)
        {
            var direct = Text(setting);
            var file = Text(fileSetting);
            if (direct is not null && file is not null)
            {
                Fault(setting, $"set this or {EnvironmentName(fileSetting)}, not both");
                return null;
            }

            if (direct is not null)
                return new SecretText(direct.Trim());
            if (file is null)
            {
                Fault(setting, $"set {advice} (or {EnvironmentName(fileSetting)} to a file with it)");
                return null;
            }

            try
            {
                return new SecretText(File.ReadAllText(file).Trim());
            }
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
            {
                Fault(fileSetting, $"the file cannot be read ({trouble.GetType().Name})");
                return null;
            }
        }

        public Uri? Address(string setting)
        {
            if (Text(setting) is not { } text)
                return null;
            if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
                return address;
            Fault(setting, "give an address that starts with https:// (or http:// on this machine)");
            return null;
        }

        public long? Number(string setting)
        {
            if (Text(setting) is not { } text)
                return null;
            if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
                return number;
            Fault(setting, "give a chat's number, for example 123456789");
            return null;
        }

        public T Choice<T>(string setting, T otherwise)
            where T : struct, Enum
        {
            if (Text(setting) is not { } text)
                return otherwise;
            if (Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase))
                return Enum.Parse<T>(text, ignoreCase: true);
            Fault(setting, $"choose one of: {string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))}");
            return otherwise;
        }

        public BlindIndexKey? IndexKey(string setting)
        {
            if (Text(setting) is not { } file)
                return null;
            try
            {
                return IndexKeyFile.Read(file);
            }
            catch (KeySourceException fault)
            {
                // Names the file and its fault, never its content.
                Fault(setting, fault.Message);
                return null;
            }
        }

        public void Check(string section, HatcheckClientOptions options)
        {
            if (options.Fault() is { } fault)
                Fault($"{section}:{fault.Split(' ')[0]}", fault[(fault.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        }

        public void ThrowIfFaulty()
        {
            if (faults.Count > 0)
                throw new MusicBotConfigurationException(faults);
        }

        // The name of the environment variable.
        private static string EnvironmentName(string setting) => setting.Replace(":", "__", StringComparison.Ordinal);
    }
}
