using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>
/// Reads Fernet tokens (github.com/fernet/spec), for imports; Hatcheck writes none. Checks the MAC first, so that padding
/// reveals nothing.
/// </summary>
public static class Fernet
{
    private const byte FormatVersion = 0x80;
    private const int IvAt = 9;
    private const int CipherTextAt = IvAt + BlockLength;
    private const int BlockLength = 16;
    private const int HalfKey = 16;
    private const int Shortest = CipherTextAt + BlockLength + Mac.Length;
    private const int MaxToken = 1 << 20;
    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromSeconds(60);
    private static readonly SearchValues<char> Alphabet = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    /// <summary>
    /// Reads one token. With <paramref name="timeToLive"/>, refuses a token that is older, or more than 60 seconds ahead of
    /// the clock. Without it, which is right for stored tokens, ignores the token's time.
    /// </summary>
    /// <param name="key">32 bytes in base64url: half for the MAC, half for the cipher.</param>
    /// <param name="token">The token, in base64url with padding; at most 1 MiB.</param>
    /// <param name="timeToLive">The token's maximum age; null for stored tokens.</param>
    /// <param name="time">The clock; the system's if null.</param>
    /// <exception cref="KeySourceException">The key is not a Fernet key.</exception>
    /// <exception cref="CannotOpenException">The token is wrong in any way.</exception>
    public static SecretBytes Read(SecretText key, string token, TimeSpan? timeToLive = null, TimeProvider? time = null)
    {
        using var keys = DecodeKey(key);
        if (token is not { Length: > 0 and <= MaxToken } || Decode(token) is not { } bytes)
            throw new CannotOpenException();
        if (bytes.Length < Shortest || bytes[0] != FormatVersion)
            throw new CannotOpenException();
        var signed = bytes.AsSpan(..^Mac.Length);
        if (!Mac.Verify(keys.Reveal()[..HalfKey], signed, bytes.AsSpan(^Mac.Length..)))
            throw new CannotOpenException();
        if (timeToLive is { } limit)
            CheckAge(BinaryPrimitives.ReadUInt64BigEndian(signed[1..]), limit, time ?? TimeProvider.System);
        return Decrypt(keys.Reveal()[HalfKey..], signed[IvAt..CipherTextAt], signed[CipherTextAt..]);
    }

    private static void CheckAge(ulong stamp, TimeSpan limit, TimeProvider time)
    {
        // In whole seconds, as in the specification; a stamp beyond the calendar's years is not a date.
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (
            stamp > long.MaxValue / 2
            || (long)stamp + (long)limit.TotalSeconds < now
            || (long)stamp > now + (long)MaxClockSkew.TotalSeconds
        )
            throw new CannotOpenException();
    }

    private static SecretBytes Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> cipherText)
    {
        if (cipherText.Length % BlockLength != 0)
            throw new CannotOpenException();
        using var aes = Aes.Create();
        aes.SetKey(key);
        var plain = new byte[cipherText.Length];
        try
        {
            return aes.TryDecryptCbc(cipherText, iv, plain, out var length, PaddingMode.PKCS7)
                ? new SecretBytes(plain.AsSpan(0, length))
                : throw new CannotOpenException();
        }
        catch (CryptographicException)
        {
            throw new CannotOpenException();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static SecretBytes DecodeKey(SecretText key)
    {
        var bytes = Decode(key.Reveal());
        try
        {
            return bytes is { Length: 2 * HalfKey }
                ? new SecretBytes(bytes)
                : throw new KeySourceException("A Fernet key is 32 bytes in base64url (44 characters).");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>
    /// Strict base64url: padded, no white space, no stray bits at the end (else a token would have several spellings).
    /// </summary>
    private static byte[]? Decode(string text)
    {
        var body = text.AsSpan();
        if (body.Length % 4 != 0)
            return null;
        if (body is [.., '='])
            body = body[..^1];
        if (body is [.., '='])
            body = body[..^1];
        if (body.IsEmpty || body.ContainsAnyExcept(Alphabet))
            return null;
        var bytes = new byte[Base64Url.GetMaxDecodedLength(body.Length)];
        return
            Base64Url.DecodeFromChars(body, bytes, out _, out var length) == OperationStatus.Done
            && length == bytes.Length
            && Canonical(body[^1], body.Length % 4)
            ? bytes
            : null;
    }

    private static bool Canonical(char last, int remainder) =>
        remainder switch
        {
            2 => "AQgw".Contains(last),
            3 => "AEIMQUYcgkosw048".Contains(last),
            _ => true,
        };
}
