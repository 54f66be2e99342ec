using System.Buffers.Text;
using System.Security.Cryptography;
using Hatcheck.Crypto;
using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.Sessions;

/// <summary>A row of the table: a key that signs access tokens (ES256).</summary>
/// <param name="Version">Grows by one with each key.</param>
/// <param name="Id">The tokens' <c>kid</c>.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo.</param>
/// <param name="KekId">Which KEK wraps the private half.</param>
/// <param name="Wrapped">The private half (PKCS 8), wrapped.</param>
/// <param name="SignsFrom">When it starts to sign; it stops when a newer key starts.</param>
internal sealed record SigningKeyRow(
    int Version,
    string Id,
    byte[] PublicKey,
    string KekId,
    byte[] Wrapped,
    DateTimeOffset SignsFrom
)
{
    private const string Purpose = "signing";

    private const string Algorithm = SecurityAlgorithms.EcdsaSha256;

    /// <summary>The context that binds the wrapped half to its row.</summary>
    public static WrapContext ContextOf(int version) => new(Guid.Empty, Guid.Empty, Purpose, version);

    /// <summary>Creates a key pair and wraps the private half.</summary>
    public static async Task<SigningKeyRow> CreateAsync(
        int version,
        DateTimeOffset signsFrom,
        IKeyEncryptionKey kek,
        CancellationToken cancellation
    )
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var plain = pair.ExportPkcs8PrivateKey();
        using var secret = new SecretBytes(plain);
        CryptographicOperations.ZeroMemory(plain);
        var wrapped = await kek.WrapAsync(secret, ContextOf(version), cancellation);
        return new SigningKeyRow(
            version,
            Guid.NewGuid().ToString("N"),
            pair.ExportSubjectPublicKeyInfo(),
            kek.Id,
            wrapped,
            signsFrom
        );
    }

    /// <summary>The public half, as published (RFC 7517, RFC 7518 section 6.2.1).</summary>
    public JsonWebKey ToPublicKey()
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(PublicKey, out _);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new JsonWebKey
        {
            Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
            Crv = JsonWebKeyECTypes.P256,
            Alg = Algorithm,
            Use = "sig",
            Kid = Id,
            X = Base64Url.EncodeToString(point.X),
            Y = Base64Url.EncodeToString(point.Y),
        };
    }
}

/// <summary>The key that signs now.</summary>
internal sealed class TokenSigner(string keyId, SecretBytes privateKey) : IDisposable
{
    public string KeyId => keyId;

    /// <summary>
    /// ECDSA on P-256 with SHA-256, as <c>r ‖ s</c> (RFC 7518, section 3.4). It imports the key for each signature: the
    /// framework's object is not thread-safe.
    /// </summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(privateKey.Reveal(), out _);
        return key.SignData(data, HashAlgorithmName.SHA256);
    }

    public void Dispose() => privateKey.Dispose();
}
