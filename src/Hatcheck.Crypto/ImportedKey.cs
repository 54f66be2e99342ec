using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Hatcheck.Crypto;

/// <summary>Imports the key with which an existing system hashed its ids.</summary>
public static class ImportedKey
{
    /// <summary>The maximum read: 4,096 bytes.</summary>
    public const int MaxLength = 4096;

    /// <summary>Reads a key from a file that only its owner may read.</summary>
    /// <exception cref="KeySourceException">The file is absent, readable by others, or not in that encoding.</exception>
    public static SecretBytes FromFile(string path, KeyEncoding encoding)
    {
        var content = PrivateFile.Read(path, secret: true) ?? throw new KeySourceException($"The file {path} does not exist.");
        try
        {
            return Decode(content, encoding);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>Reads a key to the end of a stream, such as standard input.</summary>
    /// <exception cref="KeySourceException">It is empty, too long, or not in that encoding.</exception>
    public static SecretBytes FromStream(Stream source, KeyEncoding encoding)
    {
        var buffer = new byte[MaxLength + 1];
        try
        {
            var length = source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return Decode(buffer.AsSpan(0, length), encoding);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static SecretBytes Decode(ReadOnlySpan<byte> content, KeyEncoding encoding)
    {
        if (content.Length > MaxLength)
            throw new KeySourceException($"A key has at most {MaxLength} bytes.");
        if (encoding is not KeyEncoding.Raw)
            content = WithoutLineBreak(content);
        if (content.IsEmpty)
            throw new KeySourceException("The key is empty.");
        return encoding switch
        {
            KeyEncoding.Raw => new SecretBytes(content),
            KeyEncoding.Text => FromText(content),
            KeyEncoding.Hex => FromHex(content),
            KeyEncoding.Base64 => FromBase64(content),
            _ => throw new ArgumentOutOfRangeException(nameof(encoding)),
        };
    }

    private static ReadOnlySpan<byte> WithoutLineBreak(ReadOnlySpan<byte> content)
    {
        if (content is [.., (byte)'\n'])
            content = content[..^1];
        return content is [.., (byte)'\r'] ? content[..^1] : content;
    }

    private static SecretBytes FromText(ReadOnlySpan<byte> content)
    {
        if (!System.Text.Unicode.Utf8.IsValid(content))
            throw new KeySourceException("The key is not UTF-8 text; if it is bytes, import it as raw.");
        if (content.StartsWith(Encoding.UTF8.Preamble))
            throw new KeySourceException("The key starts with a byte-order mark; save the file without it.");
        return new SecretBytes(content);
    }

    private static SecretBytes FromHex(ReadOnlySpan<byte> content)
    {
        var key = SecretBytes.Own(SecretBytes.Allocate(content.Length / 2), out var buffer);
        if (content.Length % 2 == 0 && Convert.FromHexString(content, buffer, out _, out _) == OperationStatus.Done)
            return key;
        key.Dispose();
        throw new KeySourceException("The key is not hexadecimal digits, two a byte.");
    }

    private static SecretBytes FromBase64(ReadOnlySpan<byte> content)
    {
        Span<byte> buffer = stackalloc byte[MaxLength];
        try
        {
            return
                Base64.DecodeFromUtf8(content, buffer, out var read, out var length) == OperationStatus.Done
                && read == content.Length
                ? new SecretBytes(buffer[..length])
                : throw new KeySourceException("The key is not base64 with padding (RFC 4648 §4).");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }
}

/// <summary>
/// The encoding of another system's key. Always given, never guessed: most text is valid in several encodings.
/// </summary>
public enum KeyEncoding
{
    /// <summary>The bytes as they are.</summary>
    Raw,

    /// <summary>
    /// The key is the UTF-8 of the text itself, as where a program passes an environment variable to HMAC. One line break at
    /// the end is not part of it.
    /// </summary>
    Text,

    /// <summary>Hexadecimal digits, two per byte. One line break at the end is not part of it.</summary>
    Hex,

    /// <summary>Base64 (RFC 4648 §4) with padding. One line break at the end is not part of it.</summary>
    Base64,
}
