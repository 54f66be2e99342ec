namespace Hatcheck.Crypto.Tests;

public sealed class MacTests
{
    /// <summary>RFC 4231, test cases 1, 2 and 6.</summary>
    public static TheoryData<string, string, string> Vectors { get; } =
        new()
        {
            {
                "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                "4869205468657265",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            },
            {
                "4a656665",
                "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            },
            {
                string.Concat(Enumerable.Repeat("aa", 131)),
                "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            },
        };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_standards_vectors_are_computed_and_verified(string key, string data, string mac)
    {
        var (k, d, m) = (Convert.FromHexString(key), Convert.FromHexString(data), Convert.FromHexString(mac));
        Mac.HmacSha256(k, d).ShouldBe(m);
        var into = new byte[Mac.Length];
        Mac.HmacSha256(k, d, into);
        into.ShouldBe(m);
        Mac.Verify(k, d, m).ShouldBeTrue();
    }

    [Fact]
    public void A_changed_shortened_or_lengthened_mac_is_refused()
    {
        var mac = Mac.HmacSha256([1], [2]);
        for (var at = 0; at < mac.Length; at++)
        {
            var changed = mac.ToArray();
            changed[at] ^= 1;
            Mac.Verify([1], [2], changed).ShouldBeFalse();
            Mac.Verify([1], [2], mac.AsSpan(..at)).ShouldBeFalse();
        }

        Mac.Verify([1], [2], [.. mac, 0]).ShouldBeFalse();
        Mac.Verify([3], [2], mac).ShouldBeFalse();
        Mac.Verify([1], [3], mac).ShouldBeFalse();
    }
}
