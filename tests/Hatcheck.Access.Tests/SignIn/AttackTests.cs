using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.SignIn;

namespace Hatcheck.Access.Tests.SignIn;

public sealed class AttackOnSqlite(OnSqlite database, ITestOutputHelper output)
    : AttackTests(database, output),
        IClassFixture<OnSqlite>;

public sealed class AttackOnPostgres(OnPostgres database, ITestOutputHelper output)
    : AttackTests(database, output),
        IClassFixture<OnPostgres>;

/// <summary>Forged, expired and manipulated tokens: each is answered like a missing token, and stores nothing.</summary>
public abstract class AttackTests(TestedDatabase database, ITestOutputHelper output)
{
    private static readonly HashSet<string> Varying = new(
        ["Date", "RateLimit", "X-Request-Id", "traceresponse"],
        StringComparer.OrdinalIgnoreCase
    );

    [Fact]
    public async Task Every_forged_stale_or_twisted_token_is_answered_as_none_at_all()
    {
        await using var world = await SignInWorld.StartAsync(database);
        await using var evil = await FakeIssuer.StartAsync();
        using var evilKey = RSA.Create(2048);
        (await GetAsync(world, world.Forge.Good())).EnsureSuccessStatusCode();
        // Mistakes of form (no header, no Bearer) have their own answers; about a token after Bearer nothing is revealed.
        var nothing = await AnswerAsync(world, "none");
        var before = await database.CountAsync();
        var attacks = Attacks(world, evil, evilKey).ToList();
        foreach (var (name, token) in attacks)
        {
            using var response = await GetAsync(world, token);
            response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, name);
            (await AnswerAsync(response)).ShouldBe(nothing, name);
        }

        (await database.CountAsync()).ShouldBe(before);
        evil.Requests.ShouldBeEmpty();
        // Of all the invented key ids, only one per minute caused a fetch.
        world.People.Requests.Count(path => path == "/jwks").ShouldBe(1);
        foreach (var secret in new[] { "user_2abc", world.Forge.Good()[..60], "evil" })
            world.Node.Log.ToString().ShouldNotContain(secret);
        (await GetAsync(world, world.Forge.Good())).EnsureSuccessStatusCode();
        output.WriteLine($"{attacks.Count} attacks");
    }

    [Fact]
    public async Task What_looks_odd_but_is_good_is_taken()
    {
        await using var world = await SignInWorld.StartAsync(database);
        var (forge, now) = (world.Forge, world.Time.GetUtcNow().ToUnixTimeSeconds());
        string[] good =
        [
            forge.With("aud", $"""["other","{SignInWorld.Audience}"]"""),
            forge.With("exp", $"{now - 29}"),
            forge.With("nbf", $"{now + 30}"),
            forge.With("nbf", null),
            forge.With("iat", null),
            forge.WithHeader("""{"alg":"RS256"}"""),
            forge.WithHeader("""{"alg":"RS256","typ":"at+jwt","kid":"key-1"}"""),
            forge.WithHeader("""{"alg":"RS256","typ":"application/at+JWT","kid":"key-1"}"""),
            forge.With("sub", $"\"{new string('s', 255)}\""),
            forge.With("pad", $"\"{new string('x', 5000)}\""),
            forge.With("roles", """["owner"]"""),
        ];
        foreach (var token in good)
        {
            var me = await GetAsync(world, token).ReadAsync<CallerResponse>();
            me.Kind.ShouldBe("person");
            me.Permissions.ShouldBe([
                "export:read",
                "preferences:read",
                "preferences:write",
                "sessions:read",
                "sessions:write",
                "tenant:read",
                "usage:read",
                "users:erase",
                "users:read",
                "users:write",
            ]);
        }
    }

    private static IEnumerable<(string Name, string Token)> Attacks(SignInWorld world, FakeIssuer evil, RSA evilKey)
    {
        var (forge, now) = (world.Forge, world.Time.GetUtcNow().ToUnixTimeSeconds());
        var (header, payload, good) = (forge.Header().ToJsonString(), forge.Payload().ToJsonString(), forge.Good());
        var parts = good.Split('.');
        string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

        yield return ("altered payload", $"{parts[0]}.{Part(forge.Payload("user_2abd").ToJsonString())}.{parts[2]}");
        yield return ("altered header", $"{Part(header.Replace("JWT", "jwt"))}.{parts[1]}.{parts[2]}");
        yield return ("a bit of the signature", $"{parts[0]}.{parts[1]}.{(parts[2][0] == 'A' ? 'B' : 'A')}{parts[2][1..]}");
        yield return ("another token's signature", $"{parts[0]}.{parts[1]}.{forge.Good("other").Split('.')[2]}");
        yield return ("stripped signature", $"{parts[0]}.{parts[1]}.");
        yield return ("no third part", $"{parts[0]}.{parts[1]}");
        yield return ("half a signature", $"{parts[0]}.{parts[1]}.{parts[2][..100]}");

        foreach (
            var none in new[]
            {
                "\"none\"",
                "\"None\"",
                "\"NONE\"",
                "\"nOnE\"",
                "\"none \"",
                "\"\"",
                "null",
                "0",
                "[\"none\"]",
                "[\"RS256\",\"none\"]",
            }
        )
        {
            foreach (var signature in new[] { "", "AA", parts[2] })
                yield return (
                    $"alg {none} with signature '{signature[..Math.Min(2, signature.Length)]}'",
                    $"{Part($$"""{"alg":{{none}},"kid":"key-1"}""")}.{parts[1]}.{signature}"
                );
        }

        yield return ("no alg", forge.WithHeader("""{"typ":"JWT","kid":"key-1"}"""));
        foreach (
            var algorithm in new[]
            {
                "HS256",
                "hs256",
                "rs256",
                "RS256 ",
                "RSA-SHA256",
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            }
        )
            yield return ($"alg {algorithm}, signed as RS256", forge.WithHeader($$"""{"alg":"{{algorithm}}","kid":"key-1"}"""));
        foreach (var (form, secret) in PublicForms(forge))
        {
            foreach (var key in new[] { "\"key-1\"", "null", "\"other\"" })
                yield return (
                    $"HS256 with the public key as {form}, kid {key}",
                    TokenForge.HmacSigned($$"""{"alg":"HS256","kid":{{key}}}""", payload, secret)
                );
        }

        yield return ("HS256 with no secret", TokenForge.HmacSigned("""{"alg":"HS256"}""", payload, []));
        yield return (
            "HS256 of the staff's secret for the people's issuer",
            TokenForge.HmacSigned("""{"alg":"HS256"}""", payload, world.StaffSecret)
        );
        yield return (
            "RS256 for the issuer with a secret",
            forge.RsaSigned("""{"alg":"RS256"}""", world.StaffForge.Payload().ToJsonString())
        );
        yield return (
            "RS384, not in the list",
            forge.RsaSigned(header.Replace("RS256", "RS384"), payload, hash: HashAlgorithmName.SHA384)
        );
        yield return (
            "PS256, not in the list",
            forge.RsaSigned(header.Replace("RS256", "PS256"), payload, padding: RSASignaturePadding.Pss)
        );
        yield return (
            "HS512, not in the list",
            TokenForge.Signed(
                """{"alg":"HS512"}""",
                world.StaffForge.Payload().ToJsonString(),
                data => HMACSHA512.HashData(world.StaffSecret, data)
            )
        );
        using (var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256))
            yield return (
                "ES256 of a stranger",
                TokenForge.Signed(
                    """{"alg":"ES256","kid":"key-1"}""",
                    payload,
                    data => curve.SignData(data, HashAlgorithmName.SHA256)
                )
            );
        yield return ("a stranger's key", forge.RsaSigned(header, payload, evilKey));
        yield return ("another tenant's issuer's key", world.OthersForge.RsaSigned(header, payload));

        foreach (
            var issuer in new[]
            {
                null,
                "null",
                "1",
                "\"\"",
                $"\"{forge.Issuer}/\"",
                $"\"{forge.Issuer.ToUpperInvariant()}\"",
                $"\" {forge.Issuer}\"",
                $"[\"{forge.Issuer}\"]",
                $"\"{evil.Url}\"",
                $"\"{SignInWorld.StaffIssuer}\"",
                $"\"{world.OthersForge.Issuer}\"",
            }
        )
            yield return ($"iss {issuer}", forge.With("iss", issuer));
        foreach (
            var audience in new[]
            {
                null,
                "null",
                "1",
                "{}",
                "[]",
                "\"\"",
                "\"other\"",
                "[\"other\",1]",
                "\"https://hatcheck.example/\"",
                "\"https://hatcheck\"",
                "\"HTTPS://HATCHECK.EXAMPLE\"",
                "\"https://hatcheck.example other\"",
            }
        )
            yield return ($"aud {audience}", forge.With("aud", audience));
        foreach (
            var end in new[]
            {
                null,
                "null",
                "\"never\"",
                "{}",
                "true",
                "0",
                "-1",
                $"{now - 30}",
                $"{now - 86400}",
                "-99999999999999999999",
            }
        )
            yield return ($"exp {end}", forge.With("exp", end));
        foreach (var begin in new[] { $"{now + 31}", $"{now + 86400}", "99999999999" })
            yield return ($"nbf {begin}", forge.With("nbf", begin));
        yield return ("iat ahead", forge.With("iat", $"{now + 31}"));
        foreach (
            var subject in new[]
            {
                null,
                "null",
                "1",
                "\"\"",
                "[\"user_2abc\"]",
                "\"a b\"",
                "\"\\u00fc\"",
                "\"a\\u0000\"",
                $"\"{new string('s', 256)}\"",
            }
        )
            yield return ($"sub {subject}", forge.With("sub", subject));

        yield return ("huge", forge.With("pad", $"\"{new string('x', 7000)}\""));
        foreach (
            var twice in new[]
            {
                ",\"sub\":\"admin\"}",
                ",\"aud\":\"x\"}",
                ",\"exp\":1}",
                ",\"s\\u0075b\":\"admin\"}",
                ",\"x\":{\"a\":1,\"a\":2}}",
            }
        )
            yield return ($"payload with {twice}", forge.RsaSigned(header, payload[..^1] + twice));
        foreach (var twice in new[] { ",\"alg\":\"none\"}", ",\"alg\":\"RS256\"}", ",\"kid\":\"key-1\"}" })
            yield return ($"header with {twice}", forge.WithHeader(header[..^1] + twice));

        string[] keyIds =
        [
            "../../../../dev/null",
            "/dev/null",
            "' or 1=1 --",
            "key-1' union select 'x",
            "key-1\u0000",
            "${jndi:ldap://x}",
            $"{evil.Url}/jwks",
            "%00",
            "KEY-1",
            "key-1 ",
            "*",
            new('k', 4000),
            "\ud83d\ude00",
        ];
        foreach (var keyId in keyIds)
        {
            yield return (
                $"kid {keyId[..Math.Min(20, keyId.Length)]}, a stranger's key",
                forge.RsaSigned(forge.Header(keyId: keyId).ToJsonString(), payload, evilKey)
            );
            yield return (
                $"kid {keyId[..Math.Min(20, keyId.Length)]}, no key",
                TokenForge.HmacSigned(forge.Header("HS256", keyId).ToJsonString(), payload, [])
            );
        }

        foreach (var keyId in new[] { "1", "{}", "[\"key-1\"]", "true" })
            yield return ($"kid {keyId}", forge.RsaSigned($$"""{"alg":"RS256","kid":{{keyId}}}""", payload, evilKey));
        var own = new TokenForge(evil.Url, SignInWorld.Audience, world.Time).PublicKey("key-1");
        (own["n"], own["e"]) = (
            Base64Url.EncodeToString(evilKey.ExportParameters(false).Modulus),
            Base64Url.EncodeToString(evilKey.ExportParameters(false).Exponent)
        );
        foreach (
            var (member, value) in new (string, JsonNode)[]
            {
                ("jwk", own),
                ("jku", $"{evil.Url}/jwks"),
                ("x5u", $"{evil.Url}/cert"),
                ("x5c", new JsonArray("MIIB")),
                ("x5t", "AAAA"),
            }
        )
        {
            foreach (var keyId in new[] { "key-1", "evil" })
            {
                var twisted = forge.Header(keyId: keyId);
                twisted[member] = value.DeepClone();
                yield return ($"{member}, kid {keyId}", forge.RsaSigned(twisted.ToJsonString(), payload, evilKey));
            }
        }

        foreach (var type in new[] { "\"logout+jwt\"", "\"secevent+jwt\"", "\"dpop+jwt\"", "\"\"", "1", "null" })
            yield return ($"typ {type}", forge.WithHeader($$"""{"alg":"RS256","kid":"key-1","typ":{{type}}}"""));
        yield return ("crit", forge.WithHeader("""{"alg":"RS256","kid":"key-1","crit":["exp"]}"""));
        yield return ("unencoded payload", forge.WithHeader("""{"alg":"RS256","kid":"key-1","b64":false,"crit":["b64"]}"""));
        yield return ("five parts", $"{good}.a.b");
        yield return ("four parts", $"{good}.a");
        yield return ("padding", $"{parts[0]}=.{parts[1]}.{parts[2]}");
        yield return ("white space", $"{parts[0]}.{parts[1][..5]}\t{parts[1][5..]}.{parts[2]}");
        yield return ("another alphabet", $"{parts[0]}.{parts[1]}.{parts[2][..^2]}+/");
        yield return ("no object", forge.RsaSigned(header, "[]"));
        yield return ("no JSON", forge.RsaSigned(header, payload + "x"));
        yield return ("a comment", forge.RsaSigned(header, "/**/" + payload));
        yield return ("deep", forge.With("x", $"{new string('[', 60)}{new string(']', 60)}"));
        yield return (
            "invalid UTF-8",
            TokenForge.Signed(
                Encoding.UTF8.GetBytes(header),
                [.. Encoding.UTF8.GetBytes(payload[..^2]), 0xff, .. "\"}"u8],
                data => forge.Rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            )
        );
        // Parsers keep escapes of lone surrogates, and fail only when the text is read.
        foreach (var name in new[] { "alg", "kid", "typ", "x" })
            yield return (
                $"a lone surrogate in {name}",
                forge.WithHeader($$"""{"{{name}}":"\ud800","alg{{(name == "alg" ? "2" : "")}}":"RS256"}""")
            );
        foreach (var name in new[] { "iss", "sub", "aud", "x" })
            yield return (
                $"a lone surrogate in {name}",
                forge.RsaSigned(header, $$"""{"{{name}}":"\udc00","exp":{{now + 300}}}""")
            );
        foreach (var name in new[] { "\\ud800", "\\ud800\":1,\"\\ud800" })
        {
            yield return ($"a header's name {name}", forge.WithHeader($$"""{"alg":"RS256","{{name}}":1}"""));
            yield return ($"a payload's name {name}", forge.RsaSigned(header, $$"""{{payload[..^1]}},"{{name}}":1}"""));
        }

        yield return (
            "invalid UTF-8 in iss",
            TokenForge.Signed(Encoding.UTF8.GetBytes(header), [.. "{\"iss\":\""u8, 0xff, .. "\"}"u8], data => data)
        );
        yield return (
            "UTF-8 with a mark",
            TokenForge.Signed(
                Encoding.UTF8.GetBytes(header),
                [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(payload)],
                data => forge.Rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            )
        );

        // The subject is a user's and the token valid, but from the members' issuer, where no one has that subject.
        yield return ("a token of the members' issuer used as a user", world.StaffToken("user_2abc"));
        yield return (
            "a member's subject at the wrong audience",
            TokenForge.HmacSigned(
                """{"alg":"HS256"}""",
                world.StaffForge.Payload().ToJsonString().Replace("authenticated", "anon"),
                world.StaffSecret
            )
        );
    }

    private static IEnumerable<(string Form, byte[] Secret)> PublicForms(TokenForge forge)
    {
        yield return ("PEM", Encoding.ASCII.GetBytes(forge.Rsa.ExportSubjectPublicKeyInfoPem()));
        yield return ("PEM with a line end", Encoding.ASCII.GetBytes(forge.Rsa.ExportSubjectPublicKeyInfoPem() + "\n"));
        yield return ("PKCS 1 PEM", Encoding.ASCII.GetBytes(forge.Rsa.ExportRSAPublicKeyPem()));
        yield return ("DER", forge.Rsa.ExportSubjectPublicKeyInfo());
        yield return ("modulus", forge.Rsa.ExportParameters(false).Modulus!);
        yield return ("JWK", Encoding.UTF8.GetBytes(forge.PublicKey().ToJsonString()));
    }

    private static async Task<HttpResponseMessage> GetAsync(SignInWorld world, string? token)
    {
        using var http = world.Node.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/me");
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}").ShouldBeTrue();
        return await http.SendAsync(request);
    }

    private static async Task<string> AnswerAsync(SignInWorld world, string? token)
    {
        using var response = await GetAsync(world, token);
        return await AnswerAsync(response);
    }

    // The whole answer, except trace id, request id, date and the address's remaining requests.
    private static async Task<string> AnswerAsync(HttpResponseMessage response)
    {
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        body.Remove("trace_id");
        var headers = response
            .Headers.Where(header => !Varying.Contains(header.Key))
            .Select(header => $"{header.Key}={string.Join(',', header.Value)}");
        return $"{response.StatusCode} {string.Join('|', headers)} {body.ToJsonString()}";
    }
}
