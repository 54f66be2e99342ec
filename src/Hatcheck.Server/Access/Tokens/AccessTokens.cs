using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hatcheck.Server.Access.Sessions;
using Hatcheck.Server.Access.SignIn;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Server.Access.Tokens;

/// <summary>What an access token says (RFC 9068 as far as it goes here): whose session it is of, in which tenant, and for how long.</summary>
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
    [property: JsonPropertyName("kind")] string Kind);

internal sealed record AccessHeader([property: JsonPropertyName("alg")] string Algorithm, [property: JsonPropertyName("typ")] string Type, [property: JsonPropertyName("kid")] string KeyId);

[JsonSerializable(typeof(AccessHeader))]
[JsonSerializable(typeof(AccessClaims))]
internal sealed partial class AccessTokenJson : JsonSerializerContext;

/// <summary>What checking an access token came to, before anybody asked whether its session lives.</summary>
internal abstract record AccessCheck
{
    /// <summary>It is this installation's, and good by the clock.</summary>
    internal sealed record Good(AccessClaims Claims, string KeyId) : AccessCheck;

    /// <summary>It is this installation's, and no longer (or not yet) good: nobody guessed it.</summary>
    internal sealed record Expired : AccessCheck
    {
        public static readonly Expired Instance = new();
    }

    /// <summary>Why is told to nobody.</summary>
    internal sealed record Forged : AccessCheck
    {
        public static readonly Forged Instance = new();
    }
}

/// <summary>Own access tokens: JWTs signed with ES256, of the type <c>at+jwt</c>. Made for each refresh, checked with each request, never kept or logged.</summary>
internal sealed class AccessTokens(SigningKeys keys, IOptions<OwnSessionOptions> options, TimeProvider time)
{
    private const string Type = "at+jwt";

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = TokenText.Longest };

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
    public async Task<(string Text, TimeSpan Life)> IssueAsync(Guid tenant, Guid user, Guid session, string kind, DateTimeOffset now, DateTimeOffset endsAt, CancellationToken cancellation)
    {
        var signer = await keys.SignerAsync(cancellation);
        var begin = now.ToUnixTimeSeconds();
        var end = Math.Min(begin + (long)options.AccessTokenLife.TotalSeconds, endsAt.ToUnixTimeSeconds());
        var claims = new AccessClaims(options.Issuer, options.Issuer, user, Guid.NewGuid().ToString("N"), session, begin, begin, end, tenant, kind);
        var header = JsonSerializer.SerializeToUtf8Bytes(new AccessHeader(SecurityAlgorithms.EcdsaSha256, Type, signer.KeyId), AccessTokenJson.Default.AccessHeader);
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims, AccessTokenJson.Default.AccessClaims))}";
        return ($"{signed}.{Base64Url.EncodeToString(signer.Sign(Encoding.ASCII.GetBytes(signed)))}", TimeSpan.FromSeconds(end - begin));
    }

    /// <summary>Whether a token says that it is of this installation. Nothing of it is believed for that.</summary>
    public bool Claims(string token) => TokenText.LooksLikeOne(token) && TokenText.TryRead(token, out var read) && read.Issuer == options.Issuer;

    /// <summary>Checks type, algorithm, key, signature, issuer, audience, form and life (RFC 8725). Asks the database only for a key that this node has not seen.</summary>
    public async Task<AccessCheck> CheckAsync(string text, CancellationToken cancellation)
    {
        if (!TokenText.TryRead(text, out var token) || token.Algorithm != SecurityAlgorithms.EcdsaSha256 || TokenText.TextOf(token.Header, "typ") != Type) return AccessCheck.Forged.Instance;
        if (token.KeyId is not { Length: 32 } keyId || !keyId.All(char.IsAsciiHexDigitLower) || await keys.FindAsync(keyId, cancellation) is not { } key) return AccessCheck.Forged.Instance;
        var result = await Handler.ValidateTokenAsync(text, new TokenValidationParameters
        {
            IssuerSigningKey = key,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidTypes = [Type],
            ValidIssuer = options.Issuer,
            ValidAudience = options.Issuer,
            IgnoreTrailingSlashWhenValidatingAudience = false,
            RequireSignedTokens = true,
            // Below: a token that has run out is told from one that was made up.
            ValidateLifetime = false,
            CryptoProviderFactory = crypto,
        });
        if (!result.IsValid || Read(token) is not { } claims) return AccessCheck.Forged.Instance;
        var (now, skew) = (time.GetUtcNow().ToUnixTimeSeconds(), (long)OwnSessionOptions.ClockSkew.TotalSeconds);
        var alive = claims.Expires + skew > now && claims.NotBefore - skew <= now && claims.IssuedAt - skew <= now;
        return alive ? new AccessCheck.Good(claims, keyId) : AccessCheck.Expired.Instance;
    }

    private static AccessClaims? Read(TokenText token)
    {
        try
        {
            return token.Payload.Deserialize(AccessTokenJson.Default.AccessClaims) is { Kind: SessionRow.Person or SessionRow.Member } claims ? claims : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
