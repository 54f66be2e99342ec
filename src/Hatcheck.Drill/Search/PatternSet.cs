using System.Buffers.Binary;
using System.Collections.Frozen;

namespace Hatcheck.Drill.Search;

/// <summary>
/// Searches for thousands of patterns in one pass: a bit set of the patterns' first four bytes selects the positions worth
/// a look-up, about one in hundreds.
/// </summary>
internal sealed class PatternSet
{
    private const int Bits = 20;
    private readonly ulong[] filter = new ulong[1 << (Bits - 6)];
    private readonly FrozenDictionary<uint, Pattern[]> byStart;

    public PatternSet(IEnumerable<Pattern> patterns)
    {
        byStart = patterns
            .GroupBy(pattern => Start(pattern.Bytes))
            .ToFrozenDictionary(group => group.Key, group => group.ToArray());
        Count = byStart.Values.Sum(group => group.Length);
        Longest = byStart.Values.SelectMany(group => group).Select(pattern => pattern.Bytes.Length).DefaultIfEmpty(0).Max();
        foreach (var start in byStart.Keys)
            filter[Slot(start) >> 6] |= 1UL << (int)(Slot(start) & 63);
    }

    public int Count { get; }

    public int Longest { get; }

    public void FindIn(ReadOnlySpan<byte> data, Action<Pattern> found)
    {
        for (var at = 0; at + sizeof(uint) <= data.Length; at++)
        {
            var start = Start(data[at..]);
            if (start == 0)
            {
                at = LastOfZeros(data, at);
                continue;
            }

            var slot = Slot(start);
            if ((filter[slot >> 6] & (1UL << (int)(slot & 63))) == 0 || !byStart.TryGetValue(start, out var candidates))
                continue;
            foreach (var pattern in candidates)
            {
                if (data[at..].StartsWith(pattern.Bytes))
                    found(pattern);
            }
        }
    }

    /// <summary>
    /// Skips a run of zeros, of which database files mostly consist: no pattern begins with four zeros. Takes the run's first
    /// position, and returns the one before the next to examine.
    /// </summary>
    public static int LastOfZeros(ReadOnlySpan<byte> data, int at)
    {
        var length = data[at..].IndexOfAnyExcept((byte)0);
        return length < 0 ? data.Length : at + length - sizeof(uint);
    }

    private static uint Start(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static uint Slot(uint start) => unchecked(start * 0x9E3779B1) >> (32 - Bits);
}
