namespace Hatcheck.Access.SignIn;

/// <summary>Settings under <c>SignIn</c>: whose tokens open the API besides API keys. None by default.</summary>
internal sealed class SignInOptions
{
    public const string Section = "SignIn";

    /// <summary>
    /// The issuers, each with the settings below. Several may share one <c>Issuer</c>: the first that accepts a token
    /// applies.
    /// </summary>
    public IList<IssuerOptions> Issuers { get; set; } = [];
}

/// <summary>One issuer of sign-in tokens (JWT) for one tenant.</summary>
internal sealed class IssuerOptions
{
    /// <summary>
    /// Hatcheck's name for the issuer: 1 to 64 of <c>a-z 0-9 . _ -</c>. Never change it: subjects are stored under it.
    /// </summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// An issuer with OpenID Connect discovery: its address, to which <c>/.well-known/openid-configuration</c> is appended.
    /// https, or http on loopback.
    /// </summary>
    public string? Authority { get; set; }

    /// <summary>
    /// An issuer that signs with a shared secret (HS256, such as Supabase): the secret as text, at least 32 bytes.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>
    /// The same from a file (a mounted secret). One secret a line; any of them is accepted, so that it can be rotated.
    /// </summary>
    public string? SecretFile { get; set; }

    /// <summary>
    /// The exact <c>iss</c> of the tokens. Default with <c>Authority</c>: the same. The discovery document must name it too.
    /// </summary>
    public string? Issuer { get; set; }

    /// <summary>A token's <c>aud</c> must hold one of these. Needed, unless <c>AuthorizedParties</c> is given.</summary>
    public IList<string> Audiences { get; set; } = [];

    /// <summary>
    /// A token's <c>azp</c> must be one of these, if any are given: for issuers whose tokens have no audience (Clerk's
    /// sessions).
    /// </summary>
    public IList<string> AuthorizedParties { get; set; } = [];

    /// <summary>
    /// The signature algorithms that are accepted. Default <c>RS256</c> with <c>Authority</c>, <c>HS256</c> with a secret;
    /// <c>HS…</c> never with <c>Authority</c>.
    /// </summary>
    public IList<string> Algorithms { get; set; } = [];

    /// <summary>The id of the tenant that the tokens open; <c>hatcheck tenants list</c> shows it.</summary>
    public Guid Tenant { get; set; }

    /// <summary>
    /// The callers that the tokens identify: <c>users</c> (each on their own behalf) or <c>members</c> (the tenant's staff).
    /// </summary>
    public string For { get; set; } = "";

    /// <summary>For <c>users</c>: whether an unknown subject becomes a new user. Default true.</summary>
    public bool CreateUsers { get; set; } = true;

    /// <summary>How far the issuer's clock may be off. Default 30 s; 0 to 2 minutes.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);
}
