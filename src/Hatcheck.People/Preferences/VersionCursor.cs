using System.Buffers.Binary;
using System.Buffers.Text;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;

namespace Hatcheck.People.Preferences;

/// <summary>
/// A position in a history: before this version. As long as the cursors of other lists, although the version suffices.
/// </summary>
internal readonly record struct VersionCursor(int Version) : ICursor<VersionCursor>
{
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[24];
        bytes.Clear();
        BinaryPrimitives.WriteInt32BigEndian(bytes, Version);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryParse(string text, out VersionCursor cursor)
    {
        Span<byte> bytes = stackalloc byte[24];
        cursor = default;
        if (!PageCursor.TryDecode(text, bytes))
            return false;
        cursor = new VersionCursor(BinaryPrimitives.ReadInt32BigEndian(bytes));
        return cursor.Version > 0 && bytes[4..].IndexOfAnyExcept((byte)0) < 0;
    }
}
