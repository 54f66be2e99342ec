using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Sessions;
using Hatcheck.ServerKit.SignIn;

namespace Hatcheck.Access.Tests.Sessions;

public sealed class OwnTokenAttackOnSqlite(OnSqlite database, ITestOutputHelper output)
    : OwnTokenAttackTests(database, output),
        IClassFixture<OnSqlite>;

public sealed class OwnTokenAttackOnPostgres(OnPostgres database, ITestOutputHelper output)
    : OwnTokenAttackTests(database, output),
        IClassFixture<OnPostgres>;

/// <summary>
/// Forged, expired and manipulated access tokens: each is answered like a missing token, and stores nothing.
/// </summary>
public abstract class OwnTokenAttackTests(TestedDatabase database, ITestOutputHelper output)
{
    private const string Header = """{"alg":"ES256","typ":"at+jwt","kid":"KID"}""";

    [Fact]
    public async Task Every_forged_stale_or_twisted_token_is_answered_as_none_at_all()
    {
        var (mine, other) = (await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync());
        var user = (await mine.Http.ResolveAsync("4711")).Id;
        var tokens = await mine.Http.SignInAsync(user);
        var theirs = await other.Http.SignInAsync((await other.Http.ResolveAsync("4711")).Id);
        var member = await database.Node.NewMemberAsync(mine.Id, "owner");
        var ended = await mine.Http.SignInAsync(user);
        (await mine.Http.DeleteAsync($"/users/{user}/sessions/{ended.SessionId}")).EnsureSuccessStatusCode();
        (await database.Node.StatusAsync(tokens.AccessToken)).ShouldBe(200);
        // Mistakes of form (no header, no Bearer) have their own answers; about a token after Bearer nothing is revealed.
        var nothing = await AnswerAsync("none");
        var before = await database.CountAsync();
        var attacks = await AttacksAsync(tokens.AccessToken, theirs.AccessToken, member.Id);
        attacks.Add(("of a session that was ended", ended.AccessToken));
        attacks.Add(("a whole API key that nobody has", ApiKeyText.Create(Guid.NewGuid(), demo: false)));
        foreach (var (name, token) in attacks)
            (await AnswerAsync(token)).ShouldBe(nothing, name);
        (await database.CountAsync()).ShouldBe(before);
        (await database.Node.StatusAsync(tokens.AccessToken)).ShouldBe(200);
        output.WriteLine($"{attacks.Count} attacks");
    }

    [Fact]
    public async Task What_the_server_makes_and_what_is_within_the_clocks_skew_is_taken()
    {
        var tenant = await database.Node.NewTenantAsync();
        var token = (await tenant.Http.SignInAsync((await tenant.Http.ResolveAsync("4711")).Id)).AccessToken;
        var header = SessionSupport.HeaderOf(token);
        header.Select(member => member.Key).ShouldBe(["alg", "typ", "kid"]);
        ((string?)header["alg"], (string?)header["typ"]).ShouldBe(("ES256", "at+jwt"));
        var payload = SessionSupport.PayloadOf(token);
        payload.Select(member => member.Key).ShouldBe(["iss", "aud", "sub", "jti", "sid", "iat", "nbf", "exp", "tenant", "kind"]);
        ((long)payload["exp"]! - (long)payload["iat"]!).ShouldBe(600);
        (await database.Node.StatusAsync(await database.Node.SignAsync(header.ToJsonString(), payload.ToJsonString()))).ShouldBe(
            200
        );
        var now = DateTimeOffset.Parse(Now, CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        foreach (var (name, value) in new[] { ("exp", now - 10), ("nbf", now + 10), ("iat", now + 10) })
        {
            var twisted = payload.DeepClone().AsObject();
            twisted[name] = value;
            (
                await database.Node.StatusAsync(await database.Node.SignAsync(header.ToJsonString(), twisted.ToJsonString()))
            ).ShouldBe(200, name);
        }
    }

    private static string Now => TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);

    private async Task<List<(string Name, string Token)>> AttacksAsync(string good, string theirs, Guid member)
    {
        var attacks = new List<(string, string)>();
        var (parts, others) = (good.Split('.'), theirs.Split('.'));
        var payload = SessionSupport.PayloadOf(good);
        var kid = (string)SessionSupport.HeaderOf(good)["kid"]!;
        var header = Header.Replace("KID", kid);
        var now = DateTimeOffset.Parse(Now, CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
        string With(string member, JsonNode? value)
        {
            var changed = payload.DeepClone().AsObject();
            changed.Remove(member);
            if (value is not null)
                changed[member] = value;
            return changed.ToJsonString();
        }

        async Task SignedAsync(string name, string head, string body) =>
            attacks.Add((name, await database.Node.SignAsync(head, body)));

        attacks.Add(("altered payload", $"{parts[0]}.{Part(With("kind", "member"))}.{parts[2]}"));
        attacks.Add(("altered header", $"{Part(header.Replace("at+jwt", "AT+jwt"))}.{parts[1]}.{parts[2]}"));
        attacks.Add(("a bit of the signature", $"{parts[0]}.{parts[1]}.{(parts[2][0] == 'A' ? 'B' : 'A')}{parts[2][1..]}"));
        attacks.Add(("another token's signature", $"{parts[0]}.{parts[1]}.{others[2]}"));
        attacks.Add(("another tenant's payload under my signature", $"{parts[0]}.{others[1]}.{parts[2]}"));
        attacks.Add(("stripped signature", $"{parts[0]}.{parts[1]}."));
        attacks.Add(("no third part", $"{parts[0]}.{parts[1]}"));
        attacks.Add(("half a signature", $"{parts[0]}.{parts[1]}.{parts[2][..43]}"));
        attacks.Add(("a signature of zeros", $"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(new byte[64])}"));
        attacks.Add(("a signature in DER", $"{parts[0]}.{parts[1]}.{Der(parts[2])}"));
        foreach (var none in new[] { "\"none\"", "\"None\"", "\"NONE\"", "\"\"", "null", "0", "[\"ES256\",\"none\"]" })
        {
            foreach (var signature in new[] { "", "AA", parts[2] })
                attacks.Add(
                    (
                        $"alg {none} with signature '{signature[..Math.Min(2, signature.Length)]}'",
                        $"{Part($$"""{"alg":{{none}},"typ":"at+jwt","kid":"{{kid}}"}""")}.{parts[1]}.{signature}"
                    )
                );
        }

        foreach (
            var algorithm in new[]
            {
                "HS256",
                "ES384",
                "RS256",
                "es256",
                "ES256K",
                "PS256",
                "ES256 ",
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            }
        )
            await SignedAsync($"alg {algorithm}, signed as ES256", header.Replace("ES256", algorithm), payload.ToJsonString());
        var published = JsonNode.Parse(await database.Node.Client().GetStringAsync("/.well-known/jwks.json"))!["keys"]!
            .AsArray()
            .First(key => (string?)key!["kid"] == kid)!;
        foreach (
            var (form, secret) in new[]
            {
                ("JWK", Encoding.UTF8.GetBytes(published.ToJsonString())),
                ("x", Base64Url.DecodeFromChars((string)published["x"]!)),
                ("nothing", []),
                ("kid", Encoding.UTF8.GetBytes(kid)),
            }
        )
            attacks.Add(
                (
                    $"HS256 with the public key as {form}",
                    TokenForge.HmacSigned(header.Replace("ES256", "HS256"), payload.ToJsonString(), secret)
                )
            );
        using (var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            foreach (
                var name in new[]
                {
                    kid,
                    "",
                    "../../../../dev/null",
                    "' or 1=1 --",
                    "*",
                    "%00",
                    $"{kid} ",
                    kid.ToUpperInvariant(),
                    new('0', 32),
                    new('k', 4000),
                }
            )
                attacks.Add(
                    (
                        $"a stranger's key, kid {name[..Math.Min(20, name.Length)]}",
                        Own(stranger, Header.Replace("KID", name), payload.ToJsonString())
                    )
                );
            attacks.Add(
                ("a stranger's key without kid", Own(stranger, """{"alg":"ES256","typ":"at+jwt"}""", payload.ToJsonString()))
            );
            var point = stranger.ExportParameters(includePrivateParameters: false).Q;
            var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
            var jwk = $$"""{"kty":"EC","crv":"P-256","x":"{{x}}","y":"{{y}}","kid":"{{kid}}"}""";
            attacks.Add(
                ("a stranger's key in the header", Own(stranger, header[..^1] + $",\"jwk\":{jwk}}}", payload.ToJsonString()))
            );
            attacks.Add(
                (
                    "a stranger's key set",
                    Own(stranger, header[..^1] + ",\"jku\":\"https://evil.example/jwks\"}", payload.ToJsonString())
                )
            );
        }

        foreach (var type in new[] { "\"JWT\"", "\"logout+jwt\"", "\"application/at+jwt\"", "\"AT+JWT\"", "\"\"", "1", "null" })
            await SignedAsync($"typ {type}", header.Replace("\"at+jwt\"", type), payload.ToJsonString());
        await SignedAsync("no typ", $$"""{"alg":"ES256","kid":"{{kid}}"}""", payload.ToJsonString());
        await SignedAsync("crit", header[..^1] + ",\"crit\":[\"exp\"]}", payload.ToJsonString());
        await SignedAsync("alg twice", header[..^1] + ",\"alg\":\"none\"}", payload.ToJsonString());
        foreach (var issuer in new[] { null, "", "urn:hatcheck ", "URN:HATCHECK", "https://hatcheck.example" })
            await SignedAsync($"iss {issuer}", header, With("iss", issuer));
        foreach (var audience in new[] { null, "", "urn:hatcheck/", "other" })
            await SignedAsync($"aud {audience}", header, With("aud", audience));
        foreach (var end in new JsonNode?[] { null, now - 31, now - 86400, 0, -1, "never", $"{now + 100}", now + 0.5, true })
            await SignedAsync($"exp {end}", header, With("exp", end?.DeepClone()));
        foreach (var begin in new[] { now + 60, now + 86400, 99999999999 })
        {
            await SignedAsync($"nbf {begin}", header, With("nbf", begin));
            await SignedAsync($"iat {begin}", header, With("iat", begin));
        }

        foreach (var name in new[] { "sub", "sid", "tenant" })
        {
            foreach (
                var value in new JsonNode?[]
                {
                    null,
                    "",
                    "x",
                    1,
                    Guid.NewGuid().ToString(),
                    Guid.Empty.ToString(),
                    (string)SessionSupport.PayloadOf(theirs)[name]!,
                }
            )
                await SignedAsync($"{name} {value}", header, With(name, value?.DeepClone()));
        }

        foreach (var kind in new JsonNode?[] { null, "member", "owner", "service_key", "Person", 1 })
            await SignedAsync($"kind {kind}", header, With("kind", kind?.DeepClone()));
        var asMember = SessionSupport.PayloadOf(good);
        (asMember["sub"], asMember["kind"]) = (member.ToString(), "member");
        await SignedAsync("a person's session for a member", header, asMember.ToJsonString());
        await SignedAsync("a claim twice", header, payload.ToJsonString()[..^1] + $",\"sub\":\"{member}\"}}");
        await SignedAsync("huge", header, With("pad", new string('x', 7000)));
        await SignedAsync("no object", header, "[]");
        attacks.Add(("four parts", $"{good}.a"));
        attacks.Add(("padding", $"{parts[0]}=.{parts[1]}.{parts[2]}"));
        return attacks;
    }

    private static string Own(ECDsa key, string header, string payload) =>
        TokenForge.Signed(header, payload, data => key.SignData(data, HashAlgorithmName.SHA256));

    private static string Der(string signature)
    {
        var bytes = Base64Url.DecodeFromChars(signature);
        static byte[] Integer(ReadOnlySpan<byte> value) => value[0] >= 0x80 ? [2, 33, 0, .. value] : [2, 32, .. value];
        var (r, s) = (Integer(bytes.AsSpan(0, 32)), Integer(bytes.AsSpan(32)));
        return Base64Url.EncodeToString([0x30, (byte)(r.Length + s.Length), .. r, .. s]);
    }

    // The whole answer, except its ids, the date and the permits left.
    private async Task<string> AnswerAsync(string? token)
    {
        using var http = database.Node.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/me");
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}").ShouldBeTrue();
        using var response = await http.SendAsync(request);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        body.Remove("trace_id");
        var headers = response
            .Headers.Where(header => header.Key is not ("Date" or "RateLimit" or "X-Request-ID" or "traceresponse"))
            .Select(header => $"{header.Key}={string.Join(',', header.Value)}");
        return $"{response.StatusCode} {string.Join('|', headers)} {body.ToJsonString()}";
    }
}
