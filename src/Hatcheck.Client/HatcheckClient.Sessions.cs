using Hatcheck.Contracts;

namespace Hatcheck.Client;

public sealed partial class HatcheckClient
{
    /// <summary>
    /// Signs in a user that the caller has identified; the tokens are for the user's own client, such as a bot's web app.
    /// Scope <c>sessions:issue</c>. Never repeated: a session whose answer was lost expires by itself.
    /// </summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="client">The user's client.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<SessionTokens> CreateSessionAsync(
        Guid user,
        SessionRequest? client = null,
        CancellationToken cancellation = default
    ) =>
        transport.SendAsync(
            Call.Post($"users/{user}/sessions", client ?? new SessionRequest(), HatcheckJson.Default.SessionRequest),
            HatcheckJson.Default.SessionTokens,
            cancellation
        );

    /// <summary>A user's sessions, last used first. Scope <c>sessions:read</c>.</summary>
    public Task<SessionList> ListSessionsAsync(Guid user, CancellationToken cancellation = default) =>
        transport.SendAsync(Call.Get($"users/{user}/sessions"), HatcheckJson.Default.SessionList, cancellation);

    /// <summary>Ends all sessions of a user at once, on every node. Scope <c>sessions:write</c>.</summary>
    public Task EndSessionsAsync(Guid user, CancellationToken cancellation = default) =>
        transport.SendAsync(new Call(HttpMethod.Delete, $"users/{user}/sessions") { Repeatable = true }, cancellation);

    /// <summary>Ends one session of a user at once, on every node. Scope <c>sessions:write</c>.</summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.SessionNotFound"/>: it ended before.</exception>
    public Task EndSessionAsync(Guid user, Guid session, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Delete, $"users/{user}/sessions/{session}")
            {
                Repeatable = true,
                DoneBefore = ProblemCodes.SessionNotFound,
            },
            cancellation
        );

    /// <summary>A member's sessions, last used first. Scope <c>sessions:read</c>.</summary>
    public Task<SessionList> ListMemberSessionsAsync(Guid member, CancellationToken cancellation = default) =>
        transport.SendAsync(Call.Get($"members/{member}/sessions"), HatcheckJson.Default.SessionList, cancellation);

    /// <summary>Ends all sessions of a member at once, on every node. Scope <c>sessions:write</c>.</summary>
    public Task EndMemberSessionsAsync(Guid member, CancellationToken cancellation = default) =>
        transport.SendAsync(new Call(HttpMethod.Delete, $"members/{member}/sessions") { Repeatable = true }, cancellation);

    /// <summary>
    /// The public keys of access tokens, to check tokens locally; may be cached for five minutes. Needs no API key.
    /// </summary>
    public Task<JsonWebKeySet> GetSigningKeysAsync(CancellationToken cancellation = default) =>
        transport.SendAsync(Call.Get(".well-known/jwks.json"), HatcheckJson.Default.JsonWebKeySet, cancellation);

    /// <summary>
    /// Begins a session with the token of a trusted issuer, sent in place of the API key. Never repeated.
    /// </summary>
    /// <param name="signInToken">The issuer's token, of a user or a member.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.Unauthenticated"/>: the server refuses it.</exception>
    public Task<SessionTokens> ExchangeAsync(string signInToken, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Post, "auth/exchange") { Bearer = signInToken },
            HatcheckJson.Default.SessionTokens,
            cancellation
        );

    /// <summary>Begins a session for the user named in Telegram Login Widget data. Never repeated.</summary>
    /// <param name="bot">The bot's name in the server's settings.</param>
    /// <param name="data">The widget's fields as a query string.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.LoginData"/>: open the login again.</exception>
    public Task<SessionTokens> SignInWithTelegramAsync(string bot, string data, CancellationToken cancellation = default) =>
        SignInAsync("login", bot, data, cancellation);

    /// <summary>Same, with the unchanged <c>initData</c> of a Telegram web app.</summary>
    public Task<SessionTokens> SignInWithTelegramWebAppAsync(
        string bot,
        string initData,
        CancellationToken cancellation = default
    ) => SignInAsync("webapp", bot, initData, cancellation);

    /// <summary>
    /// Exchanges a refresh token for new tokens; keep the new refresh token in its place. Repeated on an outage: within the
    /// server's grace period the spent token returns the same successor.
    /// </summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.RefreshToken"/>: sign in again.</exception>
    public Task<SessionTokens> RefreshSessionAsync(string refreshToken, CancellationToken cancellation = default) =>
        transport.SendAsync(WithRefreshToken("auth/refresh", refreshToken), HatcheckJson.Default.SessionTokens, cancellation);

    /// <summary>Ends the session of a refresh token at once, on every node; does nothing to an ended one.</summary>
    public Task LogOutAsync(string refreshToken, CancellationToken cancellation = default) =>
        transport.SendAsync(WithRefreshToken("auth/logout", refreshToken), cancellation);

    /// <summary>The sessions of the access token's user or member, last used first.</summary>
    /// <param name="accessToken">Sent in place of the API key.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<SessionList> ListOwnSessionsAsync(string accessToken, CancellationToken cancellation = default) =>
        transport.SendAsync(
            Call.Get("me/sessions") with
            {
                Bearer = accessToken,
            },
            HatcheckJson.Default.SessionList,
            cancellation
        );

    /// <summary>Ends the sessions of the access token's user or member, except the token's own.</summary>
    /// <param name="accessToken">Sent in place of the API key.</param>
    /// <param name="all">Ends the token's own session too.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task EndOwnSessionsAsync(string accessToken, bool all = false, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Delete, all ? "me/sessions?all=true" : "me/sessions") { Bearer = accessToken, Repeatable = !all },
            cancellation
        );

    /// <summary>Ends one session of the access token's user or member.</summary>
    /// <param name="accessToken">Sent in place of the API key.</param>
    /// <param name="session">Its id, from <see cref="ListOwnSessionsAsync"/>.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task EndOwnSessionAsync(string accessToken, Guid session, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(HttpMethod.Delete, $"me/sessions/{session}")
            {
                Bearer = accessToken,
                Repeatable = true,
                DoneBefore = ProblemCodes.SessionNotFound,
            },
            cancellation
        );

    private static Call WithRefreshToken(string path, string refreshToken) =>
        Call.Post(path, new RefreshTokenRequest(refreshToken), HatcheckJson.Default.RefreshTokenRequest) with
        {
            Repeatable = true,
        };

    private Task<SessionTokens> SignInAsync(string way, string bot, string data, CancellationToken cancellation) =>
        transport.SendAsync(
            Call.Post($"auth/telegram/{way}", new TelegramSignInRequest(bot, data), HatcheckJson.Default.TelegramSignInRequest),
            HatcheckJson.Default.SessionTokens,
            cancellation
        );
}
