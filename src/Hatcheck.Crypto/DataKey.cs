using System.Diagnostics;

namespace Hatcheck.Crypto;

/// <summary>
/// A user's data-encryption key (DEK): 32 random bytes, under which the user's cells are sealed. Destroying every copy of
/// it erases them. Thread-safe, and may be disposed while in use: a running call completes, a later one throws
/// <see cref="ObjectDisposedException"/>.
/// </summary>
[DebuggerDisplay("data key, version {Version}")]
public sealed class DataKey : IDisposable
{
    /// <summary>32.</summary>
    public const int Length = 32;

    /// <summary>Copies <paramref name="key"/> (32 bytes); <paramref name="version"/> counts from 1.</summary>
    public DataKey(SecretBytes key, int version)
    {
        if (key.Length != Length)
            throw new ArgumentException($"A data key has {Length} bytes.", nameof(key));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(version);
        Version = version;
        Hash = new KeyedHash(key.Reveal(), slots: 1);
    }

    /// <summary>Which of the user's keys this is; every cell holds the version that it was sealed under.</summary>
    public int Version { get; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal KeyedHash Hash { get; }

    /// <summary>A new random key.</summary>
    public static DataKey Create(int version)
    {
        using var key = SecretBytes.Random(Length);
        return new DataKey(key, version);
    }

    /// <summary>A copy of the key, to be wrapped by a <see cref="IKeyEncryptionKey"/>; the caller disposes it.</summary>
    public SecretBytes CopyKey() => Hash.CopyKey();

    /// <summary>Names the version, never the key.</summary>
    public override string ToString() => $"data key, version {Version}";

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => Hash.Dispose();
}
