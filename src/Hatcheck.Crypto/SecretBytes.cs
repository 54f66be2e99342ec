using System.Diagnostics;
using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>
/// Secret bytes, which never print and are zeroed on <see cref="Dispose"/>. Not synchronised: dispose it only when no one
/// reads it any more (the key types of this library ensure that themselves).
/// </summary>
[DebuggerDisplay("***")]
public sealed class SecretBytes : IDisposable
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private byte[]? bytes;

    /// <summary>Copies <paramref name="value"/>; the caller clears its own buffer.</summary>
    public SecretBytes(ReadOnlySpan<byte> value)
        : this(Copy(value)) { }

    private SecretBytes(byte[] owned) => bytes = owned;

    /// <summary>The number of bytes. Not a secret.</summary>
    public int Length => Held.Length;

    private byte[] Held => bytes ?? throw new ObjectDisposedException(nameof(SecretBytes));

    /// <summary>Random bytes from the system's generator.</summary>
    public static SecretBytes Random(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var owned = Allocate(length);
        RandomNumberGenerator.Fill(owned);
        return new SecretBytes(owned);
    }

    /// <summary>The bytes themselves, valid until <see cref="Dispose"/>; a caller that copies them clears the copy.</summary>
    public ReadOnlySpan<byte> Reveal() => Held;

    /// <summary>Compares in a time that depends on the lengths only.</summary>
    public bool Matches(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(Held, other);

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";

    /// <summary>Overwrites the bytes with zeros; any later use throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        var owned = Interlocked.Exchange(ref bytes, null);
        CryptographicOperations.ZeroMemory(owned);
    }

    /// <summary>Takes ownership of <paramref name="owned"/>; the caller must not keep it.</summary>
    internal static SecretBytes Own(byte[] owned) => new(owned);

    /// <summary>Same, and returns the buffer for the caller to fill.</summary>
    internal static SecretBytes Own(byte[] owned, out Span<byte> buffer)
    {
        buffer = owned;
        return new SecretBytes(owned);
    }

    internal static byte[] Allocate(int length) => GC.AllocateUninitializedArray<byte>(length);

    private static byte[] Copy(ReadOnlySpan<byte> value)
    {
        var owned = Allocate(value.Length);
        value.CopyTo(owned);
        return owned;
    }
}
