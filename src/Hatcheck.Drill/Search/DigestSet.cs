using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Hatcheck.Drill.Search;

/// <summary>A key that an attacker without the real one would try.</summary>
internal sealed record Guess(string Name, byte[] Key);

/// <summary>
/// The hashes that an attacker without the key would try: of every id in a range, plain and under guessable keys. Compares
/// the first eight bytes only, so that a shortened hash is found too. <see cref="NestedDecoder"/> decodes hex and base64.
/// </summary>
internal sealed class DigestSet
{
    private const int Bits = 24;
    private static readonly HashAlgorithmName[] Algorithms =
    [
        HashAlgorithmName.SHA256,
        HashAlgorithmName.SHA1,
        HashAlgorithmName.MD5,
        HashAlgorithmName.SHA512,
    ];
    private readonly ulong[] filter = new ulong[1 << (Bits - 6)];
    private readonly Dictionary<ulong, int> known = [];
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<string> labels = [];

    /// <summary>The number of hashes searched for.</summary>
    public int Count => known.Count;

    /// <summary>Adds the hashes of all ids around a planted one.</summary>
    /// <param name="name">A description of the id, for the report.</param>
    /// <param name="planted">The planted id: decimal digits, with a + for a phone number.</param>
    /// <param name="range">Number of ids to try, among them the planted one.</param>
    /// <param name="guesses">Guessable keys, by name.</param>
    public void Add(string name, string planted, int range, IReadOnlyList<Guess> guesses)
    {
        var plus = planted.StartsWith('+') ? "+" : "";
        var number = ulong.Parse(planted.AsSpan(plus.Length), NumberStyles.None, CultureInfo.InvariantCulture);
        var first = number - (ulong)(range / 3);
        for (var i = 0; i < range; i++)
        {
            var one = first + (ulong)i;
            Add(name, Encoding.ASCII.GetBytes($"{plus}{one}"), guesses);
            if (plus.Length > 0)
                Add($"{name} without +", Encoding.ASCII.GetBytes($"{one}"), guesses);
            var eight = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(eight, one);
            Add($"{name} as 8 bytes", eight, []);
        }
    }

    /// <summary>Calls <paramref name="found"/> with the name of each match.</summary>
    public void FindIn(ReadOnlySpan<byte> data, Action<string> found)
    {
        for (var at = 0; at + sizeof(ulong) <= data.Length; at++)
        {
            var start = BinaryPrimitives.ReadUInt64LittleEndian(data[at..]);
            if ((uint)start == 0)
            {
                at = PatternSet.LastOfZeros(data, at);
                continue;
            }

            var slot = Slot(start);
            if ((filter[slot >> 6] & (1UL << (int)(slot & 63))) != 0 && known.TryGetValue(start, out var label))
                found(labels[label]);
        }
    }

    private void Add(string name, byte[] id, IReadOnlyList<Guess> guesses)
    {
        foreach (var algorithm in Algorithms)
            Put($"{algorithm.Name} of the {name}", CryptographicOperations.HashData(algorithm, id));
        foreach (var (key, value) in guesses)
        {
            if (value.Length > 0)
                Put($"SHA256 of {key} and the {name}", SHA256.HashData([.. value, .. id]));
            foreach (var algorithm in Algorithms.AsSpan(0, 3))
                Put($"HMAC-{algorithm.Name} of the {name} under {key}", CryptographicOperations.HmacData(algorithm, value, id));
        }
    }

    private void Put(string label, byte[] digest)
    {
        if (!numbers.TryGetValue(label, out var number))
        {
            number = numbers[label] = labels.Count;
            labels.Add(label);
        }

        var start = BinaryPrimitives.ReadUInt64LittleEndian(digest);
        known[start] = number;
        filter[Slot(start) >> 6] |= 1UL << (int)(Slot(start) & 63);
    }

    private static uint Slot(ulong start) => unchecked((uint)start * 0x9E3779B1) >> (32 - Bits);
}
