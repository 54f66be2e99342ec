using System.Globalization;
using Hatcheck.Crypto;

namespace MusicBot;

/// <summary>
/// The blind-index key of a blind-only tenant, as <c>hatcheck keys export-index</c> writes it: one line,
/// <c>hatcheck-index:VERSION:SCHEME:BASE64</c>, in a file that only its owner may read.
/// </summary>
internal static class IndexKeyFile
{
    private const string Label = "hatcheck-index";

    /// <summary>Reads the key; the caller disposes it.</summary>
    /// <exception cref="KeySourceException">The file is absent, readable by other accounts, or malformed.</exception>
    public static BlindIndexKey Read(string path)
    {
        using var line = ImportedKey.FromFile(path, KeyEncoding.Text);
        var parts = System.Text.Encoding.UTF8.GetString(line.Reveal()).Trim().Split(':');
        if (
            parts is not [Label, var version, var scheme, var key]
            || !int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !int.TryParse(scheme, NumberStyles.None, CultureInfo.InvariantCulture, out var kind)
        )
        {
            throw Unusable(path);
        }

        try
        {
            using var bytes = new SecretBytes(Convert.FromBase64String(key));
            return new BlindIndexKey(bytes, number, kind);
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            throw Unusable(path);
        }
    }

    private static KeySourceException Unusable(string path) =>
        new($"The file {path} is not an index key; make it with: hatcheck keys export-index");
}
