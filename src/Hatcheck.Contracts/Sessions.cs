using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Contracts;

/// <summary>A session's tokens. Answer of every sign-in and of <c>POST /auth/refresh</c>.</summary>
/// <param name="AccessToken">
/// Goes into <c>Authorization: Bearer</c>; a JWT that a service can verify itself (<c>GET /.well-known/jwks.json</c>).
/// </param>
/// <param name="TokenType"><c>Bearer</c>.</param>
/// <param name="ExpiresIn">How long the access token is valid, in seconds.</param>
/// <param name="RefreshToken">
/// Exchanged once for the next two tokens. Store it where no one else can read it, and replace it at each refresh.
/// </param>
/// <param name="SessionId">Identifies the session in lists.</param>
/// <param name="SessionExpiresAt">The session expires then unless it is refreshed earlier, UTC.</param>
/// <param name="SessionEndsAt">The session ends then in any case, UTC.</param>
public sealed record SessionTokens(
    string AccessToken,
    [property: AllowedValues("Bearer")] string TokenType,
    [property: Range(0, int.MaxValue)] int ExpiresIn,
    string RefreshToken,
    Guid SessionId,
    DateTimeOffset SessionExpiresAt,
    DateTimeOffset SessionEndsAt
)
{
    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(SessionTokens)} {{ SessionId = {SessionId} }}";
}

/// <summary>Body of <c>POST /auth/refresh</c> and <c>POST /auth/logout</c>.</summary>
/// <param name="RefreshToken">The session's newest one.</param>
[Request("""{ "refresh_token": "hcr_2Zx8…" }""")]
public sealed record RefreshTokenRequest([property: Required, StringLength(200, MinimumLength = 1)] string? RefreshToken)
{
    /// <summary>Masked.</summary>
    public override string ToString() => nameof(RefreshTokenRequest);
}

/// <summary>Body of <c>POST /auth/telegram/login</c> and <c>POST /auth/telegram/webapp</c>.</summary>
/// <param name="Bot">The bot's name in the server's settings.</param>
/// <param name="Data">
/// The data that Telegram signed, as a query string: <c>id=…&amp;auth_date=…&amp;hash=…</c> from the Login Widget, or a
/// web app's <c>Telegram.WebApp.initData</c> unchanged.
/// </param>
[Request("""{ "bot": "shop", "data": "id=123456789&first_name=Ada&auth_date=1795341600&hash=97a6…" }""")]
public sealed record TelegramSignInRequest(
    [property: Required, Code] string? Bot,
    [property: Required, StringLength(4096, MinimumLength = 1)] string? Data
)
{
    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(TelegramSignInRequest)} {{ Bot = {Bot} }}";
}

/// <summary>Body of <c>POST /users/{id}/sessions</c>: facts about the user's client; all may be absent.</summary>
/// <param name="ClientAddress">
/// The client's IP address. If sessions are bound to an address, this one is bound to it; without it, to none.
/// </param>
/// <param name="UserAgent">
/// The client's <c>User-Agent</c>, at most 256 characters, for the user's list of sessions.
/// </param>
[Request("""{ "client_address": "192.0.2.7", "user_agent": "Mozilla/5.0" }""")]
public sealed record SessionRequest(
    [property: StringLength(45, MinimumLength = 2)] string? ClientAddress = null,
    [property: Printable(256)] string? UserAgent = null
)
{
    /// <summary>Masked.</summary>
    public override string ToString() => nameof(SessionRequest);
}

/// <summary>An active session.</summary>
/// <param name="Id">Identifies the session, for example to end it.</param>
/// <param name="Way">
/// How it was started: <c>telegram.login</c>, <c>telegram.webapp</c>, <c>service</c> or <c>exchange</c>.
/// </param>
/// <param name="Current">True for the session that makes the request.</param>
/// <param name="CreatedAt">When it was started, UTC.</param>
/// <param name="UsedAt">When it was last refreshed, UTC.</param>
/// <param name="ExpiresAt">It expires then unless it is refreshed earlier, UTC.</param>
/// <param name="EndsAt">It ends then in any case, UTC.</param>
/// <param name="Address">The client's address when the session was started.</param>
/// <param name="UserAgent">The client's <c>User-Agent</c> then.</param>
public sealed record SessionResponse(
    Guid Id,
    string Way,
    bool Current,
    DateTimeOffset CreatedAt,
    DateTimeOffset UsedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset EndsAt,
    string? Address = null,
    string? UserAgent = null
)
{
    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(SessionResponse)} {{ Id = {Id} }}";
}

/// <summary>
/// The active sessions of a user or member, last used first. Answer of <c>GET /me/sessions</c> and
/// <c>GET /users/{id}/sessions</c>.
/// </summary>
public sealed record SessionList([property: MaxLength(500)] IReadOnlyList<SessionResponse> Items);

/// <summary>The public keys of access tokens (RFC 7517). Answer of <c>GET /.well-known/jwks.json</c>.</summary>
public sealed record JsonWebKeySet([property: MaxLength(20)] IReadOnlyList<PublishedKey> Keys);

/// <summary>A public key on P-256, for ES256 signatures.</summary>
/// <param name="Kty"><c>EC</c>.</param>
/// <param name="Crv"><c>P-256</c>.</param>
/// <param name="Alg"><c>ES256</c>.</param>
/// <param name="Use"><c>sig</c>.</param>
/// <param name="Kid">The key's id, as in the token's header.</param>
/// <param name="X">Base64url.</param>
/// <param name="Y">Base64url.</param>
public sealed record PublishedKey(string Kty, string Crv, string Alg, string Use, string Kid, string X, string Y);
