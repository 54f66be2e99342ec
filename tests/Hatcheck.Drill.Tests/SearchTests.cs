using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Hatcheck.Drill.Search;

namespace Hatcheck.Drill.Tests;

/// <summary>The search itself: every spelling is found in noise, and noise alone holds nothing.</summary>
public sealed class SearchTests
{
    private const string Secret = "zqxvkjw Grüße 東京 hpbdtf42";
    private const string Id = "3141592653589793";
    private static readonly Guid ticket = Guid.Parse("6f1c2b9e-5f0e-4d53-9f0f-0f8f4a3a2f11");

    public static TheoryData<string> Spellings => [.. spellings.Keys];

    private static readonly Dictionary<string, Func<byte[]>> spellings = new(StringComparer.Ordinal)
    {
        ["plain"] = () => Utf8(Secret),
        ["hex"] = () => Utf8(Convert.ToHexStringLower(Utf8(Secret))),
        ["hex, upper case"] = () => Utf8(Convert.ToHexString(Utf8(Secret))),
        ["base64, offset 0"] = () => Utf8(Convert.ToBase64String(Utf8(Secret))),
        ["base64, offset 1"] = () => Utf8("/path/" + Convert.ToBase64String(Utf8("a" + Secret + "zz"))),
        ["base64, offset 2"] = () => Utf8(Convert.ToBase64String(Utf8("ab" + Secret + "z"))),
        ["base64url of a longer text"] = () =>
            Utf8(Convert.ToBase64String(Utf8("ÿ" + Secret + "zz")).Replace('+', '-').Replace('/', '_').TrimEnd('=')),
        ["percent-encoded"] = () => Utf8(Uri.EscapeDataString(Secret)),
        ["percent-encoded in full"] = () => Utf8(string.Concat(Utf8(Secret).Select(one => $"%{one:X2}"))),
        ["UTF-16 LE"] = () => Encoding.Unicode.GetBytes(Secret),
        ["UTF-16 BE"] = () => Encoding.BigEndianUnicode.GetBytes(Secret),
        ["reversed"] = () => Utf8(string.Concat(Secret.Reverse())),
        ["JSON-escaped"] = () =>
            Utf8(Secret.Replace("ü", "\\u00fc").Replace("ß", "\\u00df").Replace("東", "\\u6771").Replace("京", "\\u4eac")),
        ["JSON-escaped in full"] = () => Utf8(string.Concat(Secret.Select(letter => $"\\u{(int)letter:x4}"))),
        ["upper case"] = () => Utf8(Secret.ToUpperInvariant()),
        ["gzip"] = () => Packed(stream => new GZipStream(stream, CompressionLevel.Optimal)),
        ["zlib"] = () => Packed(stream => new ZLibStream(stream, CompressionLevel.Optimal)),
        ["base64 of gzip"] = () =>
            Utf8(Convert.ToBase64String(Packed(stream => new GZipStream(stream, CompressionLevel.Optimal)))),
        ["hex of base64"] = () => Utf8(Convert.ToHexStringLower(Utf8(Convert.ToBase64String(Utf8("a" + Secret))))),
        ["first half"] = () => Utf8(Secret[..13] + "…"),
        ["last half"] = () => Utf8("***" + Secret[12..]),
        ["number, big endian"] = () => Eight(bigEndian: true),
        ["number, little endian"] = () => Eight(bigEndian: false),
        ["number in hex"] = () => Utf8($"{long.Parse(Id):x}"),
        ["number, BCD"] = () => Convert.FromHexString(Id),
        ["number, grouped"] = () => Utf8("3,141,592,653,589,793"),
        ["id, big endian"] = () => ticket.ToByteArray(bigEndian: true),
        ["id, mixed endian"] = () => ticket.ToByteArray(),
        ["id without dashes"] = () => Utf8($"{ticket:N}"),
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Every_spelling_of_a_canary_is_found_in_noise(string spelling)
    {
        var results = Search([.. Noise(5000), 0x20, .. spellings[spelling](), 0x20, .. Noise(5000)]);
        results.Finds().ShouldNotBeEmpty();
        if (!spelling.Contains(" of ") && spelling is not ("gzip" or "zlib"))
            results.Finds().ShouldContain(find => find.Form == spelling);
        results.Finds().ShouldAllBe(find => find.Sink == "a place" && find.Place == "a part");
    }

    [Theory]
    [InlineData("deflate")]
    [InlineData("brotli")]
    public void A_whole_value_that_was_compressed_without_a_magic_number_is_opened(string form)
    {
        var bytes = Packed(stream =>
            form == "deflate"
                ? new DeflateStream(stream, CompressionLevel.Optimal)
                : new BrotliStream(stream, CompressionLevel.Optimal)
        );
        Search(bytes).Finds().ShouldContain(find => find.Form.StartsWith($"{form} → "));
    }

    [Fact]
    public void Noise_holds_nothing() => Search(Noise(2_000_000)).Finds().ShouldBeEmpty();

    [Fact]
    public async Task A_canary_across_the_border_of_two_pieces_is_found()
    {
        var bytes = new byte[9 << 20];
        foreach (var border in new[] { 4 << 20, 8 << 20 })
            Utf8(Secret).CopyTo(bytes, border - 7);
        var results = new SearchResults();
        await new Searcher([Canary.Of("secret", Secret, null)], new DigestSet(), results).SearchAsync(
            new Spot("a place", "a part"),
            new MemoryStream(bytes),
            CancellationToken.None
        );
        results.Finds().ShouldContain(find => find.Form == "plain" && find.Times >= 2);
        results.Of("a place").Bytes.ShouldBe(bytes.Length);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("hex")]
    [InlineData("base64")]
    [InlineData("shortened")]
    public void A_hash_without_a_key_is_found_by_trying_ids(string written)
    {
        foreach (
            var (label, digest) in new[]
            {
                ("SHA256 of the id", SHA256.HashData(Utf8(Id))),
                ("SHA1 of the id", CryptographicOperations.HashData(HashAlgorithmName.SHA1, Utf8(Id))),
                ("MD5 of the id", CryptographicOperations.HashData(HashAlgorithmName.MD5, Utf8(Id))),
                ("SHA256 of the id as 8 bytes", SHA256.HashData(Eight(bigEndian: true))),
                (
                    "HMAC-SHA256 of the id under an empty key",
                    CryptographicOperations.HmacData(HashAlgorithmName.SHA256, Array.Empty<byte>(), Utf8(Id))
                ),
                ("SHA256 of the word salt and the id", SHA256.HashData(Utf8("salt" + Id))),
            }
        )
        {
            var bytes = written switch
            {
                "raw" => digest,
                "hex" => Utf8(Convert.ToHexStringLower(digest)),
                "base64" => Utf8(Convert.ToBase64String(digest)),
                _ => Utf8(Convert.ToHexString(digest)[..20]),
            };
            Search([.. Noise(300), 0x20, .. bytes, 0x20, .. Noise(300)])
                .Finds()
                .ShouldContain(find => find.Canary == label && find.Form.EndsWith("by trying ids"), $"{label}, {written}");
        }
    }

    [Fact]
    public void A_hash_under_a_key_that_nobody_can_guess_is_not_found() =>
        Search(CryptographicOperations.HmacData(HashAlgorithmName.SHA256, RandomNumberGenerator.GetBytes(32), Utf8(Id)))
            .Finds()
            .ShouldBeEmpty();

    [Fact]
    public void What_its_owner_is_shown_is_no_find_and_what_another_is_shown_is()
    {
        var results = new SearchResults();
        var searcher = new Searcher([Canary.Of("secret", Secret, "music")], new DigestSet(), results);
        searcher.Search(new Spot("answers", "GET /export", "music"), Utf8(Secret));
        results.Finds().ShouldBeEmpty();
        results.Of("answers").ControlSeen.ShouldBeTrue();
        searcher.Search(new Spot("answers", "GET /export", "desk"), Utf8(Secret));
        results.Finds().ShouldHaveSingleItem();
    }

    internal static SearchResults Search(byte[] bytes)
    {
        var digests = new DigestSet();
        digests.Add("id", Id, 300, [new Guess("an empty key", []), new Guess("the word salt", Utf8("salt"))]);
        var results = new SearchResults();
        new Searcher(
            [Canary.Of("secret", Secret, null), Canary.Of("id", Id, null), Canary.Of("ticket", $"{ticket}", null)],
            digests,
            results
        ).Search(new Spot("a place", "a part"), bytes);
        return results;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    // A fixed seed, so that a failure can be reproduced.
    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Eight(bool bigEndian)
    {
        var bytes = new byte[8];
        if (bigEndian)
            BinaryPrimitives.WriteInt64BigEndian(bytes, long.Parse(Id));
        else
            BinaryPrimitives.WriteInt64LittleEndian(bytes, long.Parse(Id));
        return bytes;
    }

    private static byte[] Packed(Func<Stream, Stream> pack)
    {
        using var packed = new MemoryStream();
        using (var stream = pack(packed))
            stream.Write(Utf8($"a city: {Secret}; and more: {new string('a', 200)}"));
        return packed.ToArray();
    }
}
