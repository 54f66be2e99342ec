using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hatcheck.Access.SignIn;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// Claims of an access token (RFC 9068, the parts used here): its user or member, session, tenant and lifetime.
/// </summary>
internal sealed record AccessClaims(
    [property: JsonPropertyName("iss")] string Issuer,
    [property: JsonPropertyName("aud")] string Audience,
    [property: JsonPropertyName("sub")] Guid Subject,
    [property: JsonPropertyName("jti")] string Id,
    [property: JsonPropertyName("sid")] Guid Session,
    [property: JsonPropertyName("iat")] long IssuedAt,
    [property: JsonPropertyName("nbf")] long NotBefore,
    [property: JsonPropertyName("exp")] long Expires,
    [property: JsonPropertyName("tenant")] Guid Tenant,
    [property: JsonPropertyName("kind")] string Kind
);

internal sealed record AccessHeader(
    [property: JsonPropertyName("alg")] string Algorithm,
    [property: JsonPropertyName("typ")] string Type,
    [property: JsonPropertyName("kid")] string KeyId
);

[JsonSerializable(typeof(AccessHeader))]
[JsonSerializable(typeof(AccessClaims))]
internal sealed partial class AccessTokenJson : JsonSerializerContext;

/// <summary>A verified access token: its claims, and the id of the key that signed it.</summary>
internal sealed record GenuineToken(AccessClaims Claims, string KeyId)
{
    /// <summary>Whether the token is valid at an instant of the database's clock, which also set its times.</summary>
    public bool IsGoodAt(DateTimeOffset instant)
    {
        var (now, skew) = (instant.ToUnixTimeSeconds(), (long)OwnSessionOptions.ClockSkew.TotalSeconds);
        return Claims.Expires + skew > now && Claims.NotBefore - skew <= now && Claims.IssuedAt - skew <= now;
    }
}

/// <summary>
/// Issues and verifies own access tokens: JWTs signed with ES256, of the type <c>at+jwt</c>. They are never stored or
/// logged.
/// </summary>
internal sealed class AccessTokens(SigningKeys keys, IOptions<OwnSessionOptions> options)
{
    private const string Type = "at+jwt";

    private static readonly JsonWebTokenHandler Handler = new()
    {
        MapInboundClaims = false,
        MaximumTokenSizeInBytes = TokenText.Longest,
    };

    private readonly CryptoProviderFactory crypto = new();
    private readonly OwnSessionOptions options = options.Value;

    /// <summary>Issues a token of a session, and returns its lifetime.</summary>
    /// <param name="tenant">The session's tenant.</param>
    /// <param name="user">The user or member of the session's row.</param>
    /// <param name="session">The session.</param>
    /// <param name="kind">See <see cref="SessionRow"/>.</param>
    /// <param name="now">By the database's clock.</param>
    /// <param name="endsAt">The end of the session, which no token outlives.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<(string Text, TimeSpan Life)> IssueAsync(
        Guid tenant,
        Guid user,
        Guid session,
        string kind,
        DateTimeOffset now,
        DateTimeOffset endsAt,
        CancellationToken cancellation
    )
    {
        var signer = await keys.SignerAsync(cancellation);
        var begin = now.ToUnixTimeSeconds();
        var end = Math.Min(begin + (long)options.AccessTokenLife.TotalSeconds, endsAt.ToUnixTimeSeconds());
        var claims = new AccessClaims(
            options.Issuer,
            options.Issuer,
            user,
            Guid.NewGuid().ToString("N"),
            session,
            begin,
            begin,
            end,
            tenant,
            kind
        );
        var header = JsonSerializer.SerializeToUtf8Bytes(
            new AccessHeader(SecurityAlgorithms.EcdsaSha256, Type, signer.KeyId),
            AccessTokenJson.Default.AccessHeader
        );
        var payload = JsonSerializer.SerializeToUtf8Bytes(claims, AccessTokenJson.Default.AccessClaims);
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return (
            $"{signed}.{Base64Url.EncodeToString(signer.Sign(Encoding.ASCII.GetBytes(signed)))}",
            TimeSpan.FromSeconds(end - begin)
        );
    }

    /// <summary>Whether a token claims this installation as its issuer. The token is not verified here.</summary>
    public bool Claims(string token) =>
        TokenText.LooksLikeOne(token) && TokenText.TryRead(token, out var read) && read.Issuer == options.Issuer;

    /// <summary>
    /// Verifies type, algorithm, key, signature, issuer, audience and form (RFC 8725); null if the token is forged. The
    /// caller checks its lifetime, by the database's clock. Only a key that is new to this node needs a query.
    /// </summary>
    public async Task<GenuineToken?> CheckAsync(string text, CancellationToken cancellation)
    {
        if (
            !TokenText.TryRead(text, out var token)
            || token.Algorithm != SecurityAlgorithms.EcdsaSha256
            || TokenText.TextOf(token.Header, "typ") != Type
        )
            return null;
        if (
            token.KeyId is not { Length: 32 } keyId
            || !keyId.All(char.IsAsciiHexDigitLower)
            || await keys.FindAsync(keyId, cancellation) is not { } key
        )
            return null;
        var result = await Handler.ValidateTokenAsync(
            text,
            new TokenValidationParameters
            {
                IssuerSigningKey = key,
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                ValidTypes = [Type],
                ValidIssuer = options.Issuer,
                ValidAudience = options.Issuer,
                IgnoreTrailingSlashWhenValidatingAudience = false,
                RequireSignedTokens = true,
                ValidateLifetime = false,
                CryptoProviderFactory = crypto,
            }
        );
        return result.IsValid && Read(token) is { } claims ? new GenuineToken(claims, keyId) : null;
    }

    private static AccessClaims? Read(TokenText token)
    {
        try
        {
            return
                token.Payload.Deserialize(AccessTokenJson.Default.AccessClaims)
                    is { Kind: SessionRow.Person or SessionRow.Member } claims
                ? claims
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
