using Hatcheck.Platform.Channels;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.SignIn;

/// <summary>Result of checking a token.</summary>
internal abstract record TokenCheck
{
    /// <summary>The token is from this issuer, for this service, and valid now.</summary>
    internal sealed record Good(string Subject) : TokenCheck
    {
        /// <summary>Leaves the subject out.</summary>
        public override string ToString() => nameof(Good);
    }

    /// <summary>The token is invalid. The reason is neither returned nor logged.</summary>
    internal sealed record Bad : TokenCheck
    {
        public static readonly Bad Instance = new();
    }

    /// <summary>The token is from this issuer, but expired or not valid yet.</summary>
    internal sealed record NotNow : TokenCheck
    {
        public static readonly NotNow Instance = new();
    }

    /// <summary>The issuer's keys are not available, so the token can't be checked.</summary>
    internal sealed record CannotTell : TokenCheck
    {
        public static readonly CannotTell Instance = new();
    }
}

/// <summary>
/// Checks the tokens of one issuer in the settings. Keeps and logs nothing of a token.
/// </summary>
internal sealed class TrustedIssuer
{
    private static readonly JsonWebTokenHandler Handler = new()
    {
        MapInboundClaims = false,
        MaximumTokenSizeInBytes = TokenText.Longest,
    };

    private readonly CryptoProviderFactory crypto = new();
    private readonly ISigningKeys keys;
    private readonly TimeProvider time;
    private readonly HashSet<string> algorithms;
    private readonly HashSet<string> parties;

    public TrustedIssuer(IssuerOptions options, ISigningKeys keys, TimeProvider time)
    {
        (Options, this.keys, this.time) = (options, keys, time);
        Issuer = IssuerOf(options);
        Channel = new ExternalChannel(options.Name);
        algorithms = (
            options.Algorithms.Count > 0
                ? options.Algorithms
                : [options.Authority is null ? SecurityAlgorithms.HmacSha256 : SecurityAlgorithms.RsaSha256]
        ).ToHashSet(StringComparer.Ordinal);
        parties = options.AuthorizedParties.ToHashSet(StringComparer.Ordinal);
    }

    public IssuerOptions Options { get; }

    /// <summary>The value that <c>iss</c> must have.</summary>
    public string Issuer { get; }

    /// <summary>The issuer's subjects as identities.</summary>
    public ExternalChannel Channel { get; }

    /// <summary>The value that <c>iss</c> must have: the setting, else the authority as written.</summary>
    public static string IssuerOf(IssuerOptions options) => options.Issuer is { Length: > 0 } given ? given : options.Authority!;

    /// <summary>Checks signature, algorithm, issuer, audience, lifetime and subject (RFC 8725).</summary>
    public async Task<TokenCheck> CheckAsync(TokenText token, CancellationToken cancellation)
    {
        // Before the key lookup: a token that can't be valid must not cause a request to the issuer.
        if (token.Algorithm is not { } algorithm || !algorithms.Contains(algorithm))
            return TokenCheck.Bad.Instance;
        if (token.Issuer != Issuer || !ExternalChannel.IsSubject(TokenText.TextOf(token.Payload, "sub")))
            return TokenCheck.Bad.Instance;
        if (parties.Count > 0 && (TokenText.TextOf(token.Payload, "azp") is not { } party || !parties.Contains(party)))
            return TokenCheck.Bad.Instance;
        if (await keys.FindAsync(token.KeyId, cancellation) is not { } possible)
            return TokenCheck.CannotTell.Instance;
        var result = await ValidateAsync(token, algorithm, possible);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException)
            result = await ValidateAsync(token, algorithm, await keys.FindNewerAsync(token.KeyId, possible, cancellation));
        if (result.IsValid)
            return new TokenCheck.Good(TokenText.TextOf(token.Payload, "sub")!);
        // The signature was checked before the time.
        return result.Exception is SecurityTokenInvalidLifetimeException ? TokenCheck.NotNow.Instance : TokenCheck.Bad.Instance;
    }

    private async Task<TokenValidationResult> ValidateAsync(
        TokenText token,
        string algorithm,
        IReadOnlyList<SecurityKey> possible
    )
    {
        var usable = possible
            .Where(key => key is not JsonWebKey { Alg.Length: > 0 } published || published.Alg == algorithm)
            .ToList();
        return usable.Count == 0 ? new TokenValidationResult() : await Handler.ValidateTokenAsync(token.Text, Parameters(usable));
    }

    private TokenValidationParameters Parameters(List<SecurityKey> usable) =>
        new()
        {
            IssuerSigningKeys = usable,
            TryAllIssuerSigningKeys = true,
            ValidAlgorithms = algorithms,
            ValidIssuer = Issuer,
            ValidAudiences = Options.Audiences,
            ValidateAudience = Options.Audiences.Count > 0,
            // By default the library ignores a trailing slash, and so accepts an audience that is not set.
            IgnoreTrailingSlashWhenValidatingAudience = false,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ClockSkew = Options.ClockSkew,
            LifetimeValidator = IsAlive,
            // One per issuer, so that the keys of two issuers never share a cache.
            CryptoProviderFactory = crypto,
        };

    private bool IsAlive(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (expires is not { } end || end <= now - Options.ClockSkew)
            return false;
        if (notBefore is { } begin && begin > now + Options.ClockSkew)
            return false;
        return ((JsonWebToken)token).IssuedAt <= now + Options.ClockSkew;
    }
}
