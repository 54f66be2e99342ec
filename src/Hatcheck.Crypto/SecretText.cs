using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Hatcheck.Crypto;

/// <summary>
/// Secret text (a token, a passphrase), which never prints. Its own copy is zeroed on <see cref="Dispose"/>; strings passed
/// in or returned by <see cref="Reveal"/> cannot be, so reveal late and keep nothing.
/// </summary>
[DebuggerDisplay("***")]
public sealed class SecretText : IDisposable
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private char[]? text;

    /// <summary>Copies <paramref name="value"/>.</summary>
    public SecretText(string value) => text = value.ToCharArray();

    private SecretText(char[] owned) => text = owned;

    private char[] Held => text ?? throw new ObjectDisposedException(nameof(SecretText));

    /// <summary>
    /// Reads UTF-8, which <see cref="Cell.Open(DataKey, in CellAddress, ReadOnlySpan{byte})"/> returns for text.
    /// </summary>
    /// <exception cref="DecoderFallbackException">The bytes are not UTF-8.</exception>
    public static SecretText FromUtf8(ReadOnlySpan<byte> utf8)
    {
        var owned = new char[StrictUtf8.GetCharCount(utf8)];
        StrictUtf8.GetChars(utf8, owned);
        return new SecretText(owned);
    }

    /// <summary>The text as an ordinary string.</summary>
    public string Reveal() => new(Held);

    /// <summary>The text as UTF-8.</summary>
    public SecretBytes ToUtf8()
    {
        var owned = SecretBytes.Allocate(StrictUtf8.GetByteCount(Held));
        StrictUtf8.GetBytes(Held, owned);
        return SecretBytes.Own(owned);
    }

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";

    /// <summary>Overwrites the text with zeros; any later use throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        var owned = Interlocked.Exchange(ref text, null);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(owned.AsSpan()));
    }

    // Replacement characters would make different secrets equal.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
