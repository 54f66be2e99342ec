using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Hatcheck.ServerKit.SignIn;

/// <summary>Builds tokens by hand, valid and invalid ones, since no library would create most of them.</summary>
internal sealed class TokenForge(string issuer, string audience, TimeProvider time)
{
    private const string KeyId = "key-1";

    public RSA Rsa { get; } = RSA.Create(2048);

    public string Issuer => issuer;

    /// <summary>The public key in the form of a published set.</summary>
    public JsonObject PublicKey(string keyId = KeyId)
    {
        var key = Rsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["alg"] = "RS256",
            ["kid"] = keyId,
            ["n"] = Base64Url.EncodeToString(key.Modulus),
            ["e"] = Base64Url.EncodeToString(key.Exponent),
        };
    }

    public JsonObject Header(string algorithm = "RS256", string keyId = KeyId) =>
        new()
        {
            ["alg"] = algorithm,
            ["typ"] = "JWT",
            ["kid"] = keyId,
        };

    /// <summary>A payload that is valid for five minutes.</summary>
    public JsonObject Payload(string subject = "user_2abc")
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        return new JsonObject
        {
            ["iss"] = issuer,
            ["aud"] = audience,
            ["sub"] = subject,
            ["iat"] = now,
            ["nbf"] = now,
            ["exp"] = now + 300,
        };
    }

    public string Good(string subject = "user_2abc", string keyId = KeyId) =>
        RsaSigned(Header(keyId: keyId).ToJsonString(), Payload(subject).ToJsonString());

    /// <summary>A valid token with one member of its payload set to this JSON, or left out.</summary>
    public string With(string member, string? json)
    {
        var payload = Payload();
        payload.Remove(member);
        if (json is not null)
            payload[member] = JsonNode.Parse(json);
        return RsaSigned(Header().ToJsonString(), payload.ToJsonString());
    }

    /// <summary>A token with this header, signed with the right key.</summary>
    public string WithHeader(string header) => RsaSigned(header, Payload().ToJsonString());

    public string RsaSigned(
        string header,
        string payload,
        RSA? key = null,
        HashAlgorithmName? hash = null,
        RSASignaturePadding? padding = null
    ) =>
        Signed(
            header,
            payload,
            data => (key ?? Rsa).SignData(data, hash ?? HashAlgorithmName.SHA256, padding ?? RSASignaturePadding.Pkcs1)
        );

    public static string HmacSigned(string header, string payload, byte[] secret) =>
        Signed(header, payload, data => HMACSHA256.HashData(secret, data));

    public static string Signed(string header, string payload, Func<byte[], byte[]> sign) =>
        Signed(Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(payload), sign);

    public static string Signed(byte[] header, byte[] payload, Func<byte[], byte[]> sign)
    {
        var text = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }
}
