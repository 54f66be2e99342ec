using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Hatcheck.Crypto.Tests;

/// <summary>Tested against vectors from `openssl dgst`, and as laws.</summary>
public sealed class TelegramSignatureTests
{
    private const string Token = "123456789:" + "AAE-abcdefghijklmnopqrstuvwxyz01234";
    private const string LoginHash = "69a2ce90fce089bfa73452674bd14ccf20bd454f5a03fec65503ec3288b4492b";
    private const string WebAppHash = "9c1eba319617870c719e03899051ee97197690483028f24b970a5435b2a82f24";

    private static readonly Dictionary<string, string> Login = new(StringComparer.Ordinal)
    {
        ["id"] = "4711",
        ["first_name"] = "Ada",
        ["username"] = "ada",
        ["photo_url"] = "https://t.me/i/a.jpg",
        ["auth_date"] = "1795341600",
    };

    private static readonly Dictionary<string, string> WebApp = new(StringComparer.Ordinal)
    {
        ["query_id"] = "AAH",
        ["user"] = """{"id":4711,"first_name":"Ada"}""",
        ["auth_date"] = "1795341600",
        ["signature"] = "x-y_z",
    };

    [Fact]
    public void What_the_bots_token_signed_is_known_each_way_for_itself()
    {
        using var signature = Of(Token);
        signature.SignedLogin(Login, LoginHash).ShouldBeTrue();
        signature.SignedWebApp(WebApp, WebAppHash).ShouldBeTrue();
        signature.SignedWebApp(Login, LoginHash).ShouldBeFalse();
        signature.SignedLogin(WebApp, WebAppHash).ShouldBeFalse();
        using var another = Of("123456789:" + "AAE-abcdefghijklmnopqrstuvwxyz01235");
        another.SignedLogin(Login, LoginHash).ShouldBeFalse();
        another.SignedWebApp(WebApp, WebAppHash).ShouldBeFalse();
    }

    [Fact]
    public void Any_letter_that_is_altered_anywhere_is_noticed()
    {
        using var signature = Of(Token);
        foreach (var (name, value) in Login)
        {
            for (var i = 0; i < value.Length; i++)
                signature
                    .SignedLogin(With(Login, name, value[..i] + (char)(value[i] ^ 1) + value[(i + 1)..]), LoginHash)
                    .ShouldBeFalse($"{name} {i}");
            for (var i = 0; i <= value.Length; i++)
                signature.SignedLogin(With(Login, name, value.Insert(i, "x")), LoginHash).ShouldBeFalse($"{name} {i} more");
            signature.SignedLogin(Login.Where(field => field.Key != name), LoginHash).ShouldBeFalse($"without {name}");
        }

        for (var i = 0; i < LoginHash.Length; i++)
            signature
                .SignedLogin(Login, LoginHash[..i] + (LoginHash[i] == '0' ? '1' : '0') + LoginHash[(i + 1)..])
                .ShouldBeFalse($"hash {i}");
        foreach (var hash in new[] { "", LoginHash[..62], LoginHash + "00", LoginHash.ToUpperInvariant(), $" {LoginHash[1..]}" })
            signature.SignedLogin(Login, hash).ShouldBeFalse(hash);
    }

    [Fact]
    public void No_two_sets_of_fields_have_one_signature() =>
        Prop.ForAll(
                Fields,
                Fields,
                (one, other) =>
                {
                    using var signature = Of(Token);
                    return signature.SignedLogin(one, HashOf(one))
                            == !one.Keys.Concat(one.Values).Any(text => text.Contains('\n'))
                        && (Same(one, other) || !signature.SignedLogin(other, HashOf(one)));
                }
            )
            .QuickCheckThrowOnFailure();

    // Few characters, with line end and equals sign, so that texts collide.
    private static Arbitrary<Dictionary<string, string>> Fields { get; } =
        (
            from count in Gen.Choose(1, 3)
            from names in Gen.Elements("a", "b", "id", "hash2").ArrayOf(count)
            from values in Gen.Elements("", "1", "\nb=1", "\nid=1", "=1", "1\n").ArrayOf(count)
            select names
                .Zip(values)
                .DistinctBy(pair => pair.First, StringComparer.Ordinal)
                .ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal)
        ).ToArbitrary();

    private static bool Same(Dictionary<string, string> one, Dictionary<string, string> other) =>
        one.Count == other.Count && one.All(field => other.TryGetValue(field.Key, out var value) && value == field.Value);

    private static string HashOf(Dictionary<string, string> fields)
    {
        var text = string.Join(
            '\n',
            fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={field.Value}")
        );
        return Convert.ToHexStringLower(
            HMACSHA256.HashData(SHA256.HashData(Encoding.UTF8.GetBytes(Token)), Encoding.UTF8.GetBytes(text))
        );
    }

    private static Dictionary<string, string> With(Dictionary<string, string> fields, string name, string value) =>
        new(fields, StringComparer.Ordinal) { [name] = value };

    private static TelegramSignature Of(string token)
    {
        using var text = new SecretText(token);
        return new TelegramSignature(text);
    }
}
