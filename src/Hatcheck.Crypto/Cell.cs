using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>
/// Seals and opens values, format version 1 (docs/reference/cell-format.md):
/// <c>version(1) ‖ suite(1) ‖ key version(4) ‖ salt(16) ‖ commitment(32) ‖ ciphertext ‖ tag(16)</c>. Every cell has a
/// its own key and nonce, is bound to its <see cref="CellAddress"/>, and opens under one key only.
/// </summary>
public static class Cell
{
    /// <summary>Bytes by which a cell is longer than its content: 70.</summary>
    public const int Overhead = HeaderLength + TagLength;

    private const byte FormatVersion = 1;
    private const int SaltAt = 6;
    private const int CommitAt = SaltAt + CellKeys.SaltLength;
    private const int HeaderLength = CommitAt + CellKeys.CommitLength;
    private const int TagLength = CellCipher.TagLength;
    private const int AadLength =
        LengthPrefixed.PrefixLength
        + HeaderLength
        + (3 * LengthPrefixed.GuidLength)
        + (2 * (LengthPrefixed.PrefixLength + LengthPrefixed.MaxLabel));

    /// <summary>Seals <paramref name="plain"/> into a new array.</summary>
    /// <exception cref="ArgumentException">The address has an unusable label.</exception>
    public static byte[] Seal(DataKey key, in CellAddress address, ReadOnlySpan<byte> plain)
    {
        var cell = GC.AllocateUninitializedArray<byte>(plain.Length + Overhead);
        Seal(key, address, plain, cell);
        return cell;
    }

    /// <summary>
    /// Seals into <paramref name="cell"/>, which must be exactly <see cref="Overhead"/> longer than <paramref name="plain"/>
    /// and not overlap it.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths do not fit, or the address has an unusable label.</exception>
    public static void Seal(DataKey key, in CellAddress address, ReadOnlySpan<byte> plain, Span<byte> cell)
    {
        if (cell.Length != plain.Length + Overhead)
            throw new ArgumentException($"A cell is {Overhead} bytes longer than what it holds.", nameof(cell));
        var header = cell[..HeaderLength];
        header[0] = FormatVersion;
        header[1] = CellKeys.Suite;
        BinaryPrimitives.WriteInt32BigEndian(header[2..], key.Version);
        Salt.Fill(header.Slice(SaltAt, CellKeys.SaltLength));
        SealUnder(key, address, plain, cell);
    }

    /// <summary>Opens a cell.</summary>
    /// <exception cref="CannotOpenException">Wrong key, address or format, or a changed byte.</exception>
    public static SecretBytes Open(DataKey key, in CellAddress address, ReadOnlySpan<byte> cell)
    {
        if (cell.Length < Overhead)
            throw new CannotOpenException();
        var plain = SecretBytes.Own(SecretBytes.Allocate(cell.Length - Overhead), out var buffer);
        try
        {
            Open(key, address, cell, buffer);
            return plain;
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens into <paramref name="plain"/>, which must be exactly <see cref="Overhead"/> shorter; on failure it is left
    /// zeroed.
    /// </summary>
    /// <exception cref="CannotOpenException">Wrong key, address or format, or a changed byte.</exception>
    [SkipLocalsInit]
    public static void Open(DataKey key, in CellAddress address, ReadOnlySpan<byte> cell, Span<byte> plain)
    {
        if (KeyVersion(cell) != key.Version)
            throw new CannotOpenException();
        if (plain.Length != cell.Length - Overhead)
            throw new ArgumentException($"What a cell holds is {Overhead} bytes shorter.", nameof(plain));

        var header = cell[..HeaderLength];
        Span<byte> derived = stackalloc byte[CellKeys.DerivedLength];
        Span<byte> aad = stackalloc byte[AadLength];
        try
        {
            CellKeys.Derive(key, address, header.Slice(SaltAt, CellKeys.SaltLength), derived);
            // First, and in constant time: GCM alone would let one ciphertext open under two keys.
            if (!CryptographicOperations.FixedTimeEquals(CellKeys.Commit(derived), header[CommitAt..]))
            {
                CryptographicOperations.ZeroMemory(plain);
                throw new CannotOpenException();
            }

            if (
                !CellCipher.TryDecrypt(
                    CellKeys.Key(derived),
                    CellKeys.Nonce(derived),
                    cell[HeaderLength..^TagLength],
                    cell[^TagLength..],
                    plain,
                    Aad(aad, header, address)
                )
            )
            {
                throw new CannotOpenException();
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    /// <summary>The version of the user's key that a cell needs; read from the cell, so trusted only once it opens.</summary>
    /// <exception cref="CannotOpenException">The format of the cell is unknown.</exception>
    public static int KeyVersion(ReadOnlySpan<byte> cell)
    {
        if (cell.Length < Overhead || cell[0] != FormatVersion || cell[1] != CellKeys.Suite)
            throw new CannotOpenException();
        var version = BinaryPrimitives.ReadInt32BigEndian(cell[2..]);
        return version > 0 ? version : throw new CannotOpenException();
    }

    [SkipLocalsInit]
    private static void SealUnder(DataKey key, in CellAddress address, ReadOnlySpan<byte> plain, Span<byte> cell)
    {
        var header = cell[..HeaderLength];
        Span<byte> derived = stackalloc byte[CellKeys.DerivedLength];
        Span<byte> aad = stackalloc byte[AadLength];
        try
        {
            CellKeys.Derive(key, address, header.Slice(SaltAt, CellKeys.SaltLength), derived);
            CellKeys.Commit(derived).CopyTo(header[CommitAt..]);
            CellCipher.Encrypt(
                CellKeys.Key(derived),
                CellKeys.Nonce(derived),
                plain,
                cell[HeaderLength..^TagLength],
                cell[^TagLength..],
                Aad(aad, header, address)
            );
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    private static ReadOnlySpan<byte> Aad(Span<byte> buffer, ReadOnlySpan<byte> header, in CellAddress address)
    {
        var aad = new LengthPrefixed(buffer);
        aad.Add(header);
        aad.Add(address.Tenant);
        aad.AddLabel(address.Table, nameof(address));
        aad.AddLabel(address.Column, nameof(address));
        aad.Add(address.Record);
        aad.Add(address.User);
        return buffer[..aad.Written];
    }
}
