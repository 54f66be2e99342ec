using Hatcheck.Platform.Channels;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.SignIn;

/// <summary>What checking a token came to.</summary>
internal abstract record TokenCheck
{
    /// <summary>It is the issuer's, for this service, and good now.</summary>
    internal sealed record Good(string Subject) : TokenCheck
    {
        /// <summary>Masked.</summary>
        public override string ToString() => nameof(Good);
    }

    /// <summary>Why is told to nobody.</summary>
    internal sealed record Bad : TokenCheck
    {
        public static readonly Bad Instance = new();
    }

    /// <summary>It is the issuer's, and its time is over or has not come.</summary>
    internal sealed record NotNow : TokenCheck
    {
        public static readonly NotNow Instance = new();
    }

    /// <summary>The issuer's keys can't be had, so nobody knows.</summary>
    internal sealed record CannotTell : TokenCheck
    {
        public static readonly CannotTell Instance = new();
    }
}

/// <summary>
/// One issuer of the settings, and whether a token is one of its good ones. Nothing of a token is kept or logged.
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

    /// <summary>What <c>iss</c> must be.</summary>
    public string Issuer { get; }

    /// <summary>The issuer's subjects as identities.</summary>
    public ExternalChannel Channel { get; }

    /// <summary>What <c>iss</c> must be: as it is set, else the authority as it is written.</summary>
    public static string IssuerOf(IssuerOptions options) => options.Issuer is { Length: > 0 } given ? given : options.Authority!;

    /// <summary>Checks signature, algorithm, issuer, audience, life and subject (RFC 8725).</summary>
    public async Task<TokenCheck> CheckAsync(TokenText token, CancellationToken cancellation)
    {
        // Before the key is looked for: what can't be good must not make anybody ask the issuer.
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
            // The library would take another audience than the one that is set.
            IgnoreTrailingSlashWhenValidatingAudience = false,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ClockSkew = Options.ClockSkew,
            LifetimeValidator = IsAlive,
            // Its own, so that no other issuer's keys are cached beside these.
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
