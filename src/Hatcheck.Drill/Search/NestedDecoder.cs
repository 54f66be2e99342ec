using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Base64Text = System.Buffers.Text.Base64;

namespace Hatcheck.Drill.Search;

/// <summary>Content decoded from some bytes.</summary>
internal readonly record struct Opened(string Form, byte[] Bytes);

/// <summary>
/// Decodes bytes that look encoded or compressed. Guesses generously: a wrong guess yields noise, in which nothing is
/// found.
/// </summary>
internal static class NestedDecoder
{
    /// <summary>The spelt-out patterns cover shorter runs of hexadecimal or base64.</summary>
    private const int ShortestRun = 16;

    /// <summary>Maximum decompressed bytes of a stream.</summary>
    private const int LargestOpened = 4 << 20;

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);
    private static readonly SearchValues<byte> Base64Letters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8
    );

    // Between two runs, so that no pattern spans them.
    private static readonly byte[] Gap = [0xFF, 0x00, 0xFF, 0x00];

    /// <summary>All content that can be decoded.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="isWhole">True for a whole value or file, whose first byte may begin a stream without a magic number.</param>
    public static IEnumerable<Opened> Open(ReadOnlyMemory<byte> data, bool isWhole)
    {
        var digits = Runs(data.Span, HexDigits);
        if (digits.Count > 0)
            yield return new("hex", Hex(data.Span, digits));
        var letters = Runs(data.Span, Base64Letters);
        // If preceding letters are not part of it, a run's groups of four begin one to three letters later.
        for (var offset = 0; offset < 4 && letters.Count > 0; offset++)
            yield return new("base64", Base64(data.Span, letters, offset));
        if (Percent(data.Span) is { } percent)
            yield return new("percent-encoded", percent);
        if (JsonEscapes(data.Span) is { } json)
            yield return new("JSON-escaped", json);
        foreach (var stream in Streams(data, isWhole))
            yield return stream;
    }

    private static List<(int At, int Length)> Runs(ReadOnlySpan<byte> data, SearchValues<byte> letters)
    {
        var runs = new List<(int, int)>();
        var at = 0;
        while (at < data.Length)
        {
            var begin = data[at..].IndexOfAny(letters);
            if (begin < 0)
                break;
            at += begin;
            var length = data[at..].IndexOfAnyExcept(letters);
            if (length < 0)
                length = data.Length - at;
            if (length >= ShortestRun)
                runs.Add((at, length));
            at += length;
        }

        return runs;
    }

    private static byte[] Hex(ReadOnlySpan<byte> data, List<(int At, int Length)> runs)
    {
        var opened = new ArrayBufferWriter<byte>();
        foreach (var (at, length) in runs)
        {
            for (var shift = 0; shift < 2; shift++)
            {
                var pairs = (length - shift) / 2;
                Convert.FromHexString(data.Slice(at + shift, pairs * 2), opened.GetSpan(pairs), out _, out var written);
                opened.Advance(written);
                opened.Write(Gap);
            }
        }

        return opened.WrittenSpan.ToArray();
    }

    private static byte[] Base64(ReadOnlySpan<byte> data, List<(int At, int Length)> runs, int offset)
    {
        var opened = new ArrayBufferWriter<byte>();
        foreach (var (at, length) in runs)
        {
            // Restores the padding of unpadded text, whose last letters are no whole group.
            var left = (length - offset) % 4;
            var run = new byte[length - offset - left + (left > 1 ? 4 : 0)];
            run.AsSpan().Fill((byte)'=');
            data.Slice(at + offset, length - offset - (left > 1 ? 0 : left)).CopyTo(run);
            run.AsSpan().Replace((byte)'-', (byte)'+');
            run.AsSpan().Replace((byte)'_', (byte)'/');
            // Unused bits of the last letter may be set: its group is then refused, and all before it is kept.
            Base64Text.DecodeFromUtf8(run, opened.GetSpan(run.Length), out _, out var written);
            opened.Advance(written);
            opened.Write(Gap);
        }

        return opened.WrittenSpan.ToArray();
    }

    private static byte[]? Percent(ReadOnlySpan<byte> data)
    {
        if (data.Count((byte)'%') < 3)
            return null;
        var opened = new List<byte>(data.Length);
        for (var at = 0; at < data.Length; at++)
        {
            if (
                data[at] == '%'
                && at + 2 < data.Length
                && byte.TryParse(data.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var one)
            )
            {
                opened.Add(one);
                at += 2;
            }
            else
            {
                opened.Add(data[at]);
            }
        }

        return [.. opened];
    }

    private static byte[]? JsonEscapes(ReadOnlySpan<byte> data)
    {
        if (data.IndexOf("\\u"u8) < 0)
            return null;
        var opened = new StringBuilder(data.Length);
        for (var at = 0; at < data.Length; at++)
        {
            if (
                data[at] == '\\'
                && at + 5 < data.Length
                && data[at + 1] == 'u'
                && ushort.TryParse(
                    data.Slice(at + 2, 4),
                    NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture,
                    out var unit
                )
            )
            {
                opened.Append((char)unit);
                at += 5;
            }
            else
            {
                opened.Append((char)data[at]);
            }
        }

        return Encoding.UTF8.GetBytes(opened.ToString());
    }

    private static IEnumerable<Opened> Streams(ReadOnlyMemory<byte> data, bool isWhole)
    {
        for (var at = 0; at + 2 < data.Length; at++)
        {
            var next = data.Span[at..^2].IndexOfAny((byte)0x1F, (byte)0x78);
            if (next < 0)
                break;
            at += next;
            var head = data.Span.Slice(at, 3);
            if (
                head is [0x1F, 0x8B, 0x08]
                && Inflate(data[at..], stream => new GZipStream(stream, CompressionMode.Decompress)) is { } gzip
            )
                yield return new("gzip", gzip);
            else if (
                head is [0x78, 0x01 or 0x5E or 0x9C or 0xDA, _]
                && Inflate(data[at..], stream => new ZLibStream(stream, CompressionMode.Decompress)) is { } zlib
            )
                yield return new("zlib", zlib);
        }

        if (!isWhole || data.Length < 8)
            yield break;
        if (Inflate(data, stream => new DeflateStream(stream, CompressionMode.Decompress)) is { } deflate)
            yield return new("deflate", deflate);
        if (Inflate(data, stream => new BrotliStream(stream, CompressionMode.Decompress)) is { } brotli)
            yield return new("brotli", brotli);
    }

    private static byte[]? Inflate(ReadOnlyMemory<byte> data, Func<Stream, Stream> open)
    {
        using var opened = new MemoryStream();
        try
        {
            // Magic numbers often occur by chance in a large file: does not copy the rest of it for each.
            MemoryMarshal.TryGetArray(data, out var part);
            using var from = open(new MemoryStream(part.Array!, part.Offset, part.Count, writable: false));
            var buffer = new byte[16 * 1024];
            while (opened.Length < LargestOpened && from.Read(buffer) is var read and > 0)
                opened.Write(buffer, 0, read);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or InvalidOperationException)
        {
            // Not a stream, or a truncated one: searches what was decoded so far.
        }

        return opened.Length >= 8 ? opened.ToArray() : null;
    }
}
