using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>
/// HMAC-SHA256 under one key, prepared once and used by many threads: each call takes a prepared hash and puts it back.
/// It also owns the key, so that no call uses a key that is being zeroed.
/// </summary>
internal sealed class KeyedHash : IDisposable
{
    private readonly Lock gate = new();
    private readonly SecretBytes key;
    private readonly IncrementalHash?[] idle;
    private volatile bool disposed;

    /// <summary>
    /// Copies <paramref name="key"/>; <paramref name="slots"/> (a power of two) prepared hashes are kept.
    /// </summary>
    public KeyedHash(ReadOnlySpan<byte> key, int slots)
    {
        this.key = new SecretBytes(key);
        idle = new IncrementalHash?[slots];
    }

    public IncrementalHash Rent() => Interlocked.Exchange(ref Slot, null) ?? Prepare();

    public void Return(IncrementalHash hash)
    {
        if (Interlocked.CompareExchange(ref Slot, hash, null) is not null)
            hash.Dispose();
        // Disposed meanwhile: the hash just put back must not stay.
        if (disposed)
            Clear();
    }

    public SecretBytes CopyKey()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return new SecretBytes(key.Reveal());
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            key.Dispose();
        }

        Clear();
    }

    private ref IncrementalHash? Slot => ref idle[Environment.CurrentManagedThreadId & (idle.Length - 1)];

    private IncrementalHash Prepare()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Reveal());
        }
    }

    private void Clear()
    {
        for (var i = 0; i < idle.Length; i++)
            Interlocked.Exchange(ref idle[i], null)?.Dispose();
    }
}
