using System.Buffers;
using System.Diagnostics;
using System.Text;

namespace Hatcheck.Crypto;

/// <summary>
/// Turns an id into an index value: equal for equal ids, and revealing nothing about them without the key
/// (docs/reference/blind-index.md). A holder of the key can find every Telegram id by trying all, so the key has no other
/// use and never appears in logs or exports. Thread-safe.
/// </summary>
[DebuggerDisplay("blind index key, version {Version}, scheme {Scheme}")]
public sealed class BlindIndexKey : IDisposable
{
    /// <summary>
    /// Scheme 0: HMAC-SHA256(key, decimal id), for systems that hashed ids before Hatcheck. Telegram only.
    /// </summary>
    public const int PlainScheme = 0;

    /// <summary>Scheme 1: label, channel, kind and id, each length-prefixed.</summary>
    public const int LabelledScheme = 1;

    /// <summary>An index value has 64 lowercase hexadecimal digits.</summary>
    public const int IndexLength = 2 * Mac.Length;

    private const int MinimumLabelledKey = 16;
    private const int MaxId = 512;
    private const int MaxInput = (4 * LengthPrefixed.PrefixLength) + (3 * LengthPrefixed.MaxLabel) + MaxId;
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly KeyedHash hash;

    /// <summary>
    /// Copies <paramref name="key"/>: at least 16 bytes under scheme 1; at least one under scheme 0, where another system
    /// chose the length. <paramref name="version"/> counts from 1.
    /// </summary>
    public BlindIndexKey(SecretBytes key, int version, int scheme)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(version);
        if (scheme is not (PlainScheme or LabelledScheme))
            throw new ArgumentOutOfRangeException(nameof(scheme), scheme, "The schemes are 0 and 1.");
        if (key.Length < (scheme == LabelledScheme ? MinimumLabelledKey : 1))
            throw new ArgumentException(
                $"A key for scheme 1 has at least {MinimumLabelledKey} bytes, for scheme 0 at least one.",
                nameof(key)
            );
        Version = version;
        Scheme = scheme;
        hash = new KeyedHash(key.Reveal(), slots: 16);
    }

    /// <summary>Which of the tenant's index keys this is.</summary>
    public int Version { get; }

    /// <summary><see cref="PlainScheme"/> or <see cref="LabelledScheme"/>.</summary>
    public int Scheme { get; }

    /// <summary>True if a text has the form of an index value: 64 lowercase hexadecimal digits.</summary>
    public static bool IsIndex(string? value) => value is { Length: IndexLength } && !value.AsSpan().ContainsAnyExcept(LowerHex);

    /// <summary>The index of an id that <see cref="CanonicalId"/> made canonical (1 to 512 bytes of UTF-8).</summary>
    /// <exception cref="ArgumentException">A label is unusable, or the id under scheme 0 is not a Telegram id.</exception>
    public string Compute(string channel, string kind, string canonicalId, string label = IndexLabel.Identity)
    {
        if (canonicalId.Length is 0 or > MaxId)
            throw new ArgumentException($"An id has 1 to {MaxId} bytes.", nameof(canonicalId));
        Span<byte> id = stackalloc byte[MaxId];
        if (!StrictUtf8.TryGetBytes(canonicalId, id, out var length))
            throw new ArgumentException($"An id has 1 to {MaxId} bytes.", nameof(canonicalId));
        id = id[..length];
        if (Scheme == PlainScheme)
            return ComputePlain(channel, canonicalId, id);

        Span<byte> buffer = stackalloc byte[MaxInput];
        var input = new LengthPrefixed(buffer);
        input.AddLabel(label, nameof(label));
        input.AddLabel(channel, nameof(channel));
        input.AddLabel(kind, nameof(kind));
        input.Add(id);
        return Hash(input.Result);
    }

    /// <summary>
    /// The index under this key of an id known only by its index under an older key: HMAC-SHA256(key, the 64 digits).
    /// A tenant whose ids Hatcheck never sees rotates this way; the bot computes the same from both keys.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="index"/> is not an index value.</exception>
    public string Rehash(string index)
    {
        if (!IsIndex(index))
            throw new ArgumentException("An index has 64 lowercase hexadecimal digits.", nameof(index));
        Span<byte> digits = stackalloc byte[IndexLength];
        Encoding.ASCII.GetBytes(index, digits);
        return Hash(digits);
    }

    /// <summary>A copy of the key, to be wrapped; the caller disposes it.</summary>
    public SecretBytes CopyKey() => hash.CopyKey();

    /// <summary>Names version and scheme, never the key.</summary>
    public override string ToString() => $"blind index key, version {Version}, scheme {Scheme}";

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => hash.Dispose();

    private string ComputePlain(string channel, string canonicalId, ReadOnlySpan<byte> id)
    {
        // The channel is not in the input: another messenger's "42" would become Telegram's user 42.
        if (channel != CanonicalId.TelegramChannel || !CanonicalId.TryTelegramChat(canonicalId, out _))
            throw new ArgumentException("Scheme 0 has Telegram ids only.", nameof(canonicalId));
        return Hash(id);
    }

    private string Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> mac = stackalloc byte[Mac.Length];
        var prepared = hash.Rent();
        try
        {
            prepared.AppendData(input);
            prepared.GetHashAndReset(mac);
        }
        catch
        {
            prepared.Dispose();
            throw;
        }

        hash.Return(prepared);
        return Convert.ToHexStringLower(mac);
    }
}

/// <summary>
/// The kind of value that a blind index is of. Part of its input, so that typed values never match vouched-for identities.
/// </summary>
public static class IndexLabel
{
    /// <summary>An identity that a messenger or provider vouches for; resolves to a user.</summary>
    public const string Identity = "hatcheck identity v1";

    /// <summary>A value of a profile, such as a typed e-mail address; never resolves to a user.</summary>
    public const string ProfileValue = "hatcheck profile v1";
}
