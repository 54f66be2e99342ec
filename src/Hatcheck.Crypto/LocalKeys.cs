using System.Security.Cryptography;
using System.Text;

namespace Hatcheck.Crypto;

/// <summary>Key-encryption keys that this process holds itself: from a file, the environment, or a passphrase.</summary>
public static class LocalKeys
{
    /// <summary>
    /// The rounds of PBKDF2-SHA256 for a new passphrase: 600,000 (OWASP, Password Storage Cheat Sheet). Fewer are refused.
    /// </summary>
    public const int PassphraseRounds = 600_000;

    /// <summary>A passphrase needs at least this many characters: 12.</summary>
    public const int MinimumPassphrase = 12;

    private const int SaltLength = 16;
    private const int MaxRounds = 100_000_000;
    private const string FileFormat = "hatcheck-kek-1";
    private const string ParametersFormat = "hatcheck-passphrase-1";

    /// <summary>
    /// The key in a file. With <paramref name="create"/>, an absent file is created with a random key and mode 0600; two
    /// processes that start at once get the same key. Back the file up, apart from the data: without it nothing opens.
    /// </summary>
    /// <exception cref="KeySourceException">The file is absent, malformed, not ours, or others may read it.</exception>
    public static IKeyEncryptionKey FromFile(string path, bool create)
    {
        var file = PrivateFile.Read(path, secret: true);
        if (file is null && create)
        {
            using var fresh = SecretBytes.Random(LocalKey.Length);
            PrivateFile.TryCreate(path, Encoding.ASCII.GetBytes($"{FileFormat} {Convert.ToBase64String(fresh.Reveal())}\n"));
            // The file counts, whichever process created it.
            file = PrivateFile.Read(path, secret: true);
        }

        if (file is null)
            throw new KeySourceException(
                $"The key file {path} does not exist. Restore it from its backup, or name the right one."
            );
        try
        {
            var words = Encoding.ASCII.GetString(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 2 || words[0] != FileFormat)
                throw new KeySourceException($"{path} is not a key file of Hatcheck ({FileFormat}). Restore it from its backup.");
            return Decode(words[1], $"key file {path}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(file);
        }
    }

    /// <summary>The key itself: 32 bytes in base64, for example from <c>openssl rand -base64 32</c>.</summary>
    /// <exception cref="KeySourceException">It is not that.</exception>
    public static IKeyEncryptionKey FromBase64(string value) => Decode(value.Trim(), "key from the configuration");

    /// <summary>
    /// The key in the environment variable <paramref name="variable"/>, in the form that <see cref="FromBase64"/> takes.
    /// </summary>
    /// <exception cref="KeySourceException">It is not set, or not that.</exception>
    public static IKeyEncryptionKey FromEnvironment(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
            ? Decode(value.Trim(), $"environment variable {variable}")
            : throw new KeySourceException(
                $"The environment variable {variable} is not set. Make a key with: openssl rand -base64 32"
            );

    /// <summary>
    /// A key derived once from a passphrase by PBKDF2-SHA256. Salt, rounds and the key's id are kept in
    /// <paramref name="parametersPath"/>, created if absent; without that file the passphrase opens nothing. The passphrase
    /// counts as typed, in UTF-8: the same accent composed differently is another passphrase.
    /// </summary>
    /// <exception cref="KeySourceException">
    /// The passphrase is too short or differs from the first, or the parameters are unusable.
    /// </exception>
    public static IKeyEncryptionKey FromPassphrase(SecretText passphrase, string parametersPath, bool create = true)
    {
        if (passphrase.Reveal().Length < MinimumPassphrase)
            throw new KeySourceException($"A passphrase needs at least {MinimumPassphrase} characters.");
        var text = PrivateFile.Read(parametersPath, secret: false);
        if (text is null && create)
        {
            var salt = RandomNumberGenerator.GetBytes(SaltLength);
            using var fresh = Stretch(passphrase, salt, PassphraseRounds);
            PrivateFile.TryCreate(
                parametersPath,
                Encoding.ASCII.GetBytes(
                    $"{ParametersFormat} rounds={PassphraseRounds} salt={Convert.ToHexStringLower(salt)} "
                        + $"id={LocalKey.IdOf(fresh.Reveal())}\n"
                )
            );
            text = PrivateFile.Read(parametersPath, secret: false);
        }

        if (text is null)
            throw new KeySourceException(
                $"The passphrase's parameters {parametersPath} do not exist. Restore them from their backup."
            );
        var (saved, rounds, id) = Parameters(Encoding.ASCII.GetString(text), parametersPath);
        using var key = Stretch(passphrase, saved, rounds);
        if (LocalKey.IdOf(key.Reveal()) != id)
            throw new KeySourceException($"This passphrase is not the one that {parametersPath} was made with.");
        return new LocalKey(key.Reveal(), $"passphrase with {parametersPath}");
    }

    private static SecretBytes Stretch(SecretText passphrase, byte[] salt, int rounds)
    {
        using var password = passphrase.ToUtf8();
        var key = SecretBytes.Own(SecretBytes.Allocate(LocalKey.Length), out var buffer);
        Rfc2898DeriveBytes.Pbkdf2(password.Reveal(), salt, buffer, rounds, HashAlgorithmName.SHA256);
        return key;
    }

    private static (byte[] Salt, int Rounds, string Id) Parameters(string text, string path)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (
            words is [ParametersFormat, var rounds, var salt, var id]
            && rounds.StartsWith("rounds=", StringComparison.Ordinal)
            && salt.StartsWith("salt=", StringComparison.Ordinal)
            && id.StartsWith("id=", StringComparison.Ordinal)
            && int.TryParse(rounds.AsSpan(7), out var count)
            && salt.Length == 5 + (2 * SaltLength)
            && salt.AsSpan(5).ContainsAnyExcept(Hex) is false
        )
        {
            if (count is < PassphraseRounds or > MaxRounds)
                throw new KeySourceException($"{path} asks for {count} rounds; {PassphraseRounds} to {MaxRounds} are accepted.");
            return (Convert.FromHexString(salt.AsSpan(5)), count, id[3..]);
        }

        throw new KeySourceException(
            $"{path} does not hold the parameters of a passphrase ({ParametersFormat}). Restore it from its backup."
        );
    }

    private static readonly System.Buffers.SearchValues<char> Hex = System.Buffers.SearchValues.Create("0123456789abcdef");

    private static LocalKey Decode(string base64, string source)
    {
        Span<byte> key = stackalloc byte[LocalKey.Length + 1];
        try
        {
            if (!Convert.TryFromBase64String(base64, key, out var length) || length != LocalKey.Length)
                throw new KeySourceException(
                    $"The {source} is not {LocalKey.Length} bytes in base64. Make a key with: openssl rand -base64 32"
                );
            if (key[..length].IndexOfAnyExcept(key[0]) < 0)
                throw new KeySourceException(
                    $"The {source} repeats one byte, which is no key. Make one with: openssl rand -base64 32"
                );
            return new LocalKey(key[..length], source);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
