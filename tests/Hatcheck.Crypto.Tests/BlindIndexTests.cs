using Hatcheck.TestKit;

namespace Hatcheck.Crypto.Tests;

public sealed class BlindIndexTests
{
    private static string Page { get; } = Repository.PathOf("docs", "reference", "blind-index.md");

    private static string Folder { get; } = Repository.PathOf("tests", "Hatcheck.Crypto.Tests");

    [Fact]
    public void The_published_vectors_are_what_is_computed()
    {
        var vectors = Vectors();
        vectors.Length.ShouldBeGreaterThanOrEqualTo(16);
        foreach (var v in vectors)
        {
            using var bytes = new SecretBytes(Convert.FromHexString(v.Key));
            using var key = new BlindIndexKey(
                bytes,
                1,
                v.Scheme == "0" ? BlindIndexKey.PlainScheme : BlindIndexKey.LabelledScheme
            );
            var label = v.Label == "profile" ? IndexLabel.ProfileValue : IndexLabel.Identity;
            var value = v.Scheme == "nested" ? key.Rehash(v.Id) : key.Compute(v.Channel, v.Kind, v.Id, label);
            value.ShouldBe(v.Value, v.ToString());
        }
    }

    [Fact]
    public void Pythons_hmac_computes_the_published_vectors() =>
        OtherPrograms
            .Python(Path.Combine(Folder, "Python", "compute_index.py"), Page)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(Vectors().Select(v => v.Value));

    [Fact]
    public void Nodes_crypto_computes_the_published_vectors() =>
        OtherPrograms
            .Node(Path.Combine(Folder, "Node", "compute_index.mjs"), Page)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(Vectors().Select(v => v.Value));

    [Fact]
    public void A_nested_value_is_the_same_whether_the_bot_or_the_server_makes_it()
    {
        using var oldKey = Labelled(first: 0);
        using var newKey = Labelled(first: 50);
        var stored = oldKey.Compute("telegram", "user", "42");
        newKey.Rehash(stored).ShouldBe(Convert.ToHexStringLower(Mac.HmacSha256(newKey.CopyKey().Reveal(), Sample.Text(stored))));
        (newKey.Rehash(stored) == stored).ShouldBeFalse();
    }

    [Fact]
    public void Every_part_of_the_input_and_the_key_change_the_value()
    {
        using var key = Labelled(first: 0);
        using var other = Labelled(first: 1);
        string[] values =
        [
            key.Compute("telegram", "user", "42"),
            key.Compute("whatsapp", "user", "42"),
            key.Compute("telegram", "chat", "42"),
            key.Compute("telegram", "user", "43"),
            key.Compute("telegram", "user", "42", IndexLabel.ProfileValue),
            other.Compute("telegram", "user", "42"),
        ];
        values.Distinct(StringComparer.Ordinal).Count().ShouldBe(values.Length);
        values.ShouldAllBe(v => BlindIndexKey.IsIndex(v));
        key.Compute("telegram", "user", "42").ShouldBe(values[0]);
    }

    [Theory]
    [InlineData("whatsapp", "42")]
    [InlineData("telegram", "ada")]
    [InlineData("telegram", "042")]
    [InlineData("telegram", "4503599627370497")]
    [InlineData("telegram", "٣")]
    public void Scheme_0_takes_Telegram_ids_only(string channel, string id)
    {
        using var bytes = Sample.KeyBytes();
        using var key = new BlindIndexKey(bytes, 1, BlindIndexKey.PlainScheme);
        Should.Throw<ArgumentException>(() => key.Compute(channel, "user", id));
    }

    [Fact]
    public void An_id_that_is_empty_or_has_no_UTF8_is_refused()
    {
        using var key = Labelled(first: 0);
        Should.Throw<ArgumentException>(() => key.Compute("telegram", "user", ""));
        // Half a surrogate pair would be replaced by U+FFFD, and two ids become one. (Attributes cannot carry it.)
        Should.Throw<ArgumentException>(() => key.Compute("telegram", "user", "\ud800"));
    }

    [Fact]
    public void An_id_over_512_bytes_is_refused()
    {
        using var key = Labelled(first: 0);
        key.Compute("email", "address", new string('a', 512)).Length.ShouldBe(BlindIndexKey.IndexLength);
        Should.Throw<ArgumentException>(() => key.Compute("email", "address", new string('a', 513)));
        Should.Throw<ArgumentException>(() => key.Compute("email", "address", new string('é', 257)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("688db7dc08d1db223982514d9fddd9a6500d176441763746a426cdf7601e633")]
    [InlineData("688DB7DC08D1DB223982514D9FDDD9A6500D176441763746A426CDF7601E633B")]
    [InlineData("7012345678")]
    public void Only_an_index_value_is_rehashed(string value)
    {
        using var key = Labelled(first: 0);
        BlindIndexKey.IsIndex(value).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => key.Rehash(value));
    }

    [Fact]
    public void Keys_have_a_least_length_a_version_from_1_and_a_known_scheme()
    {
        using var one = new SecretBytes([1]);
        using var fifteen = SecretBytes.Random(15);
        using var none = new SecretBytes([]);
        using var enough = SecretBytes.Random(16);
        new BlindIndexKey(one, 1, BlindIndexKey.PlainScheme).Dispose();
        new BlindIndexKey(enough, 1, BlindIndexKey.LabelledScheme).Dispose();
        Should.Throw<ArgumentException>(() => new BlindIndexKey(fifteen, 1, BlindIndexKey.LabelledScheme));
        Should.Throw<ArgumentException>(() => new BlindIndexKey(none, 1, BlindIndexKey.PlainScheme));
        Should.Throw<ArgumentOutOfRangeException>(() => new BlindIndexKey(enough, 0, BlindIndexKey.LabelledScheme));
        Should.Throw<ArgumentOutOfRangeException>(() => new BlindIndexKey(enough, 1, 2));
    }

    private static BlindIndexKey Labelled(byte first)
    {
        using var bytes = Sample.KeyBytes(first);
        return new BlindIndexKey(bytes, 1, BlindIndexKey.LabelledScheme);
    }

    private sealed record Vector(string Scheme, string Key, string Label, string Channel, string Kind, string Id, string Value);

    private static Vector[] Vectors() =>
        [
            .. File.ReadAllText(Page)
                .Split("## Vectors")[1]
                .Split('\n')
                .Select(row => row.Split('|').Select(c => c.Trim().Trim('`')).ToArray())
                .Where(c => c.Length == 9 && c[1] is ("0" or "1" or "nested"))
                .Select(c => new Vector(c[1], c[2], c[3], c[4], c[5], c[6], c[7])),
        ];
}
