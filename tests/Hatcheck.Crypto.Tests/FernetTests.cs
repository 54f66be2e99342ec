using System.Text.Json.Nodes;
using Hatcheck.TestKit;

namespace Hatcheck.Crypto.Tests;

public sealed class FernetTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    [Fact]
    public void Tokens_that_Pythons_cryptography_made_are_read()
    {
        foreach (var vector in Own())
        {
            Read(vector["secret"], vector["token"]).ShouldBe((string)vector["src"]!);
            var at = DateTimeOffset.FromUnixTimeSeconds((long)vector["time"]!);
            Read(vector["secret"], vector["token"], Minute, at).ShouldBe((string)vector["src"]!);
        }
    }

    [Fact]
    public void Pythons_cryptography_today_makes_tokens_that_are_read()
    {
        const string Script = """
            from cryptography.fernet import Fernet
            key = Fernet.generate_key()
            print(key.decode(), Fernet(key).encrypt("sealed today".encode()).decode())
            """;
        var words = OtherPrograms.PythonWithCryptography("-c", Script).Split();
        Read(words[0], words[1], Minute, TimeProvider.System.GetUtcNow()).ShouldBe("sealed today");
    }

    [Fact]
    public void The_specifications_valid_tokens_are_read()
    {
        foreach (var file in new[] { "verify.json", "generate.json" })
        {
            foreach (var vector in Theirs(file))
                Read(vector["secret"], vector["token"], Minute, Now(vector)).ShouldBe((string)vector["src"]!);
        }
    }

    [Fact]
    public void The_specifications_eight_invalid_tokens_are_refused_alike()
    {
        var vectors = Theirs("invalid.json");
        vectors.Count.ShouldBe(8);
        var messages = vectors.Select(v =>
            Should
                .Throw<CannotOpenException>(
                    () => Read(v["secret"], v["token"], TimeSpan.FromSeconds((long)v["ttl_sec"]!), Now(v)),
                    (string)v["desc"]!
                )
                .Message
        );
        messages.Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
    }

    [Fact]
    public void Of_the_invalid_tokens_those_that_are_only_too_old_or_too_new_are_read_without_a_time_to_live()
    {
        var readable = Theirs("invalid.json")
            .Where(v =>
            {
                try
                {
                    return Read(v["secret"], v["token"]).Length == 0;
                }
                catch (CannotOpenException)
                {
                    return false;
                }
            })
            .Select(v => (string)v["desc"]!);
        readable.ShouldBe(["far-future TS (unacceptable clock skew)", "expired TTL"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(60, true)]
    [InlineData(61, false)]
    [InlineData(-60, true)]
    [InlineData(-61, false)]
    public void With_a_time_to_live_of_a_minute_a_token_is_read_from_60_seconds_before_to_60_after_its_time(int later, bool read)
    {
        var vector = Own()[3];
        var at = DateTimeOffset.FromUnixTimeSeconds((long)vector["time"]! + later);
        if (read)
            Read(vector["secret"], vector["token"], Minute, at).ShouldBe((string)vector["src"]!);
        else
            Should.Throw<CannotOpenException>(() => Read(vector["secret"], vector["token"], Minute, at));
    }

    [Fact]
    public void Without_a_time_to_live_no_clock_is_looked_at()
    {
        using var key = new SecretText((string)Own()[3]["secret"]!);
        Fernet.Read(key, (string)Own()[3]["token"]!, timeToLive: null, new NoClock()).Dispose();
    }

    [Fact]
    public void A_token_with_any_character_changed_is_refused()
    {
        var vector = Own()[2];
        var token = (string)vector["token"]!;
        for (var at = 0; at < token.Length; at++)
        {
            var changed = token.ToCharArray();
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            Should.Throw<CannotOpenException>(() => Read(vector["secret"], new string(changed)));
        }
    }

    [Fact]
    public void A_token_spelled_otherwise_is_refused()
    {
        var vector = Own()[0];
        var token = (string)vector["token"]!;
        token.ShouldEndWith("==");
        var last = token[^3];
        string[] others =
        [
            "",
            "=",
            "==",
            "====",
            token[..^1],
            token[..^2],
            token + "\n",
            " " + token,
            token + "====",
            token.Replace('_', '/').Replace('-', '+') + "A",
            $"{token[..^3]}{(char)(last + 1)}==",
            token[..20] + "\r\n" + token[20..],
            new string('A', (1 << 20) + 4),
        ];
        foreach (var other in others)
            Should.Throw<CannotOpenException>(() => Read(vector["secret"], other), other);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4")]
    [InlineData("cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=")]
    [InlineData("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e5=")]
    public void What_is_no_Fernet_key_is_refused_as_a_key_and_not_repeated(string secret)
    {
        var error = Should.Throw<KeySourceException>(() => Read(secret, (string)Own()[0]["token"]!));
        if (secret.Length > 0)
            error.ToString().ShouldNotContain(secret);
    }

    private static string Read(JsonNode? secret, JsonNode? token, TimeSpan? timeToLive = null, DateTimeOffset? now = null)
    {
        using var key = new SecretText((string)secret!);
        using var plain = Fernet.Read(key, (string)token!, timeToLive, new ManualTime(now ?? DateTimeOffset.UnixEpoch));
        using var text = SecretText.FromUtf8(plain.Reveal());
        return text.Reveal();
    }

    private static DateTimeOffset Now(JsonNode vector) => DateTimeOffset.Parse((string)vector["now"]!);

    private static List<JsonNode> Own() => Load(Repository.PathOf("tests", "Hatcheck.Crypto.Tests", "Golden", "fernet.json"));

    private static List<JsonNode> Theirs(string file)
    {
        var folder = Repository.Fixtures("fernet");
        if (folder is null)
            Assert.Skip(
                "The Fernet specification's vectors are not beside this checkout; set HATCHECK_FIXTURES to the folder that "
                    + "has fernet/."
            );
        return Load(Path.Combine(folder, file));
    }

    private static List<JsonNode> Load(string path) => [.. JsonNode.Parse(File.ReadAllText(path))!.AsArray().Select(v => v!)];

    private sealed class NoClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException("Nobody should ask.");
    }
}
