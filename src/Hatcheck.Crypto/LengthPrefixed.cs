using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Hatcheck.Crypto;

/// <summary>
/// Writes fields as length (4 bytes, big endian) and content, so that no two lists of fields have the same bytes: without
/// the lengths, table "ab" column "c" would equal table "a" column "bc".
/// </summary>
internal ref struct LengthPrefixed(Span<byte> buffer)
{
    public const int PrefixLength = 4;
    public const int GuidLength = PrefixLength + 16;

    /// <summary>The longest label (table, column, purpose, channel, kind).</summary>
    public const int MaxLabel = 64;

    private readonly Span<byte> buffer = buffer;

    public int Written { get; private set; }

    public readonly ReadOnlySpan<byte> Result => buffer[..Written];

    public void Add(ReadOnlySpan<byte> field)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer[Written..], field.Length);
        field.CopyTo(buffer[(Written + PrefixLength)..]);
        Written += PrefixLength + field.Length;
    }

    public void Add(Guid field)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer[Written..], 16);
        field.TryWriteBytes(buffer[(Written + PrefixLength)..], bigEndian: true, out _);
        Written += GuidLength;
    }

    public void Add(int field)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer[Written..], 4);
        BinaryPrimitives.WriteInt32BigEndian(buffer[(Written + PrefixLength)..], field);
        Written += PrefixLength + 4;
    }

    /// <summary>Labels are ASCII: text that cannot be encoded would be replaced, making two labels equal.</summary>
    public void AddLabel(string label, string parameter)
    {
        if (
            label is null
            || label.Length is 0 or > MaxLabel
            || Ascii.FromUtf16(label, buffer[(Written + PrefixLength)..], out var length) != OperationStatus.Done
        )
        {
            throw new ArgumentException($"A label has 1 to {MaxLabel} ASCII characters.", parameter);
        }

        BinaryPrimitives.WriteInt32BigEndian(buffer[Written..], length);
        Written += PrefixLength + length;
    }
}
