using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Hatcheck.Platform.Http.Requests;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Where the next page of a list ordered by time begins: after this entry. Holds a time and a random id, nothing about a
/// user.
/// </summary>
internal readonly record struct PageCursor(DateTimeOffset At, Guid Entry) : ICursor<PageCursor>
{
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[24];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Instants.ToMicroseconds(At));
        Entry.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryParse(string text, out PageCursor cursor)
    {
        Span<byte> bytes = stackalloc byte[24];
        cursor = default;
        if (!TryDecode(text, bytes))
            return false;
        var micros = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (micros < 0 || micros > Instants.ToMicroseconds(DateTimeOffset.MaxValue))
            return false;
        cursor = new PageCursor(Instants.FromMicroseconds(micros), new Guid(bytes[8..], bigEndian: true));
        return true;
    }

    /// <summary>
    /// Decodes the 24 bytes of a cursor; false for any other text. (<c>Base64Url.TryDecodeFromChars</c> throws at invalid
    /// letters.)
    /// </summary>
    public static bool TryDecode(string text, Span<byte> bytes) =>
        text.Length == 32
        && Base64Url.DecodeFromChars(text, bytes, out _, out var length) == OperationStatus.Done
        && length == bytes.Length;
}
