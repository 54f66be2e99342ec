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
/// What an access token says (RFC 9068 as far as it goes here): whose session it is of, in which tenant, and for how long.
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

/// <summary>What a genuine access token says, and the key that signed it.</summary>
internal sealed record GenuineToken(AccessClaims Claims, string KeyId)
{
    /// <summary>Whether it counts at an instant of the database's clock, by which it was issued.</summary>
    public bool IsGoodAt(DateTimeOffset instant)
    {
        var (now, skew) = (instant.ToUnixTimeSeconds(), (long)OwnSessionOptions.ClockSkew.TotalSeconds);
        return Claims.Expires + skew > now && Claims.NotBefore - skew <= now && Claims.IssuedAt - skew <= now;
    }
}

/// <summary>
/// Own access tokens: JWTs signed with ES256, of the type <c>at+jwt</c>. Made for each refresh, checked with each request,
/// never kept or logged.
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

    /// <summary>A new token of a session, and when it ends.</summary>
    /// <param name="tenant">Whose session it is.</param>
    /// <param name="user">The person or member, as the session's row names them.</param>
    /// <param name="session">The session.</param>
    /// <param name="kind">See <see cref="SessionRow"/>.</param>
    /// <param name="now">By the database's clock.</param>
    /// <param name="endsAt">The session's own end, which no token outlives.</param>
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
        var signed =
            $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims, AccessTokenJson.Default.AccessClaims))}";
        return (
            $"{signed}.{Base64Url.EncodeToString(signer.Sign(Encoding.ASCII.GetBytes(signed)))}",
            TimeSpan.FromSeconds(end - begin)
        );
    }

    /// <summary>Whether a token says that it is of this installation. Nothing of it is believed for that.</summary>
    public bool Claims(string token) =>
        TokenText.LooksLikeOne(token) && TokenText.TryRead(token, out var read) && read.Issuer == options.Issuer;

    /// <summary>
    /// Checks type, algorithm, key, signature, issuer, audience and form (RFC 8725); null if it was made up. Its life is for
    /// the caller to check, by the database's clock. Asks the database only for a key that this node has not seen.
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
