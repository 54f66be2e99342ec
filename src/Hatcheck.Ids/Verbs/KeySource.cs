using System.Globalization;
using System.Text;
using Hatcheck.Crypto;

namespace Hatcheck.Ids.Verbs;

/// <summary>
/// Reads the index key from a file, the environment or the server, never from the command line: its holder can find out
/// every id.
/// </summary>
internal static class KeySource
{
    /// <summary>The variable's name in S1's programs.</summary>
    public const string DefaultVariable = "TELEGRAM_ID_HMAC_KEY";

    private const string Label = "hatcheck-index:";

    public static BlindIndexKey FromFile(string path, KeyEncoding encoding, int scheme)
    {
        using var content = ImportedKey.FromFile(path, KeyEncoding.Raw);
        return Read(content.Reveal(), encoding, scheme, $"The file {path}");
    }

    public static BlindIndexKey FromVariable(string name, KeyEncoding encoding, int scheme) =>
        Environment.GetEnvironmentVariable(name) switch
        {
            null or "" => throw new KeySourceException($"The environment has no {name}."),
            // Programs hash with the white space, readers of files trim it: either choice would make ids unknown for some
            // owners.
            var text when encoding == KeyEncoding.Text && text.Trim().Length != text.Length => throw new KeySourceException(
                $"The environment's {name} begins or ends with a blank or a line break. Set it without; or, if your programs "
                    + "hash with it as it is, say --key-encoding raw."
            ),
            var text => Read(Encoding.UTF8.GetBytes(text), encoding, scheme, $"The environment's {name}"),
        };

    /// <summary>Reads the line that <c>keys export-index</c> prints.</summary>
    public static BlindIndexKey FromExport(string line) =>
        Read(Encoding.UTF8.GetBytes(line), KeyEncoding.Text, BlindIndexKey.PlainScheme, "The tenant's key");

    private static BlindIndexKey Read(ReadOnlySpan<byte> content, KeyEncoding encoding, int scheme, string from)
    {
        try
        {
            if (content.StartsWith(Encoding.ASCII.GetBytes(Label)))
                return Exported(Encoding.UTF8.GetString(content).Trim(), from);
            using var stream = new MemoryStream(content.ToArray());
            using var key = ImportedKey.FromStream(stream, encoding);
            return new BlindIndexKey(key, 1, scheme);
        }
        catch (ArgumentException fault)
        {
            throw new KeySourceException($"{from} is too short a key: scheme 1 takes at least 16 bytes.", fault);
        }
    }

    private static BlindIndexKey Exported(string line, string from)
    {
        try
        {
            if (
                line.Split(':') is [_, var version, var scheme, var key]
                && int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && int.TryParse(scheme, NumberStyles.None, CultureInfo.InvariantCulture, out var kind)
            )
            {
                using var bytes = new SecretBytes(Convert.FromBase64String(key));
                return new BlindIndexKey(bytes, number, kind);
            }
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            // Reported below, without the line.
        }

        throw new KeySourceException(
            $"{from} begins like an exported index key, but is none; create it with: hatcheck keys export-index"
        );
    }
}
