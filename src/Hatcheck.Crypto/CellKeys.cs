using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>
/// The keys of one cell: HKDF-Expand (RFC 5869, SHA-256) of the data key, 76 bytes = key ‖ nonce ‖ commitment.
/// Uses the prepared hash, since <see cref="HKDF"/> would prepare the key again for every cell.
/// </summary>
internal static class CellKeys
{
    /// <summary>AES-256-GCM with keys from HKDF-SHA256: the only suite so far.</summary>
    public const byte Suite = 1;

    public const int SaltLength = 16;
    public const int CommitLength = 32;
    public const int DerivedLength = KeyLength + NonceLength + CommitLength;

    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int HashLength = 32;
    private const int MaxInfo =
        20 + 5 + (2 * (LengthPrefixed.PrefixLength + LengthPrefixed.MaxLabel)) + LengthPrefixed.PrefixLength + SaltLength;

    private static ReadOnlySpan<byte> Label => "hatcheck cell v1"u8;

    public static ReadOnlySpan<byte> Key(ReadOnlySpan<byte> derived) => derived[..KeyLength];

    public static ReadOnlySpan<byte> Nonce(ReadOnlySpan<byte> derived) => derived.Slice(KeyLength, NonceLength);

    public static ReadOnlySpan<byte> Commit(ReadOnlySpan<byte> derived) => derived[(KeyLength + NonceLength)..];

    [SkipLocalsInit]
    public static void Derive(DataKey key, in CellAddress address, ReadOnlySpan<byte> salt, Span<byte> derived)
    {
        // T(n-1) ‖ info ‖ n, in one buffer: T(0) is empty, so the first round skips its place.
        Span<byte> round = stackalloc byte[HashLength + MaxInfo + 1];
        var info = new LengthPrefixed(round[HashLength..]);
        info.Add(Label);
        info.Add([Suite]);
        info.AddLabel(address.Table, nameof(address));
        info.AddLabel(address.Column, nameof(address));
        info.Add(salt);
        var end = HashLength + info.Written;

        var hash = key.Hash.Rent();
        try
        {
            for (byte n = 1; derived.Length > 0; n++)
            {
                round[end] = n;
                hash.AppendData(round[(n == 1 ? HashLength : 0)..(end + 1)]);
                hash.GetHashAndReset(round);
                var take = Math.Min(HashLength, derived.Length);
                round[..take].CopyTo(derived);
                derived = derived[take..];
            }

            key.Hash.Return(hash);
        }
        catch
        {
            // A half-fed hash would derive wrong keys for the next cell.
            hash.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(round);
        }
    }
}

/// <summary>
/// Random salts, fetched from the system's generator a few dozen at a time per thread: a call per cell would cost a tenth
/// of sealing it. Salts are stored in the open, so keeping some in memory reveals nothing; each is used once.
/// </summary>
internal static class Salt
{
    private const int BatchLength = 64 * CellKeys.SaltLength;

    [ThreadStatic]
    private static byte[]? batch;

    [ThreadStatic]
    private static int used;

    public static void Fill(Span<byte> salt)
    {
        if (batch is null || used + salt.Length > batch.Length)
        {
            batch ??= new byte[BatchLength];
            RandomNumberGenerator.Fill(batch);
            used = 0;
        }

        batch.AsSpan(used, salt.Length).CopyTo(salt);
        used += salt.Length;
    }
}
