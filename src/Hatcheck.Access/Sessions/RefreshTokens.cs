using System.Net;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// Exchanges a refresh token for its successor, once. One statement compares and swaps its hash, so that only one node
/// spends it. The others find it spent, and within <see cref="OwnSessionOptions.RefreshGrace"/> compute and return the
/// same successor. An older token, or the spent one after that, means that two clients hold the session, so it ends.
/// </summary>
internal sealed class RefreshTokens(
    Database database,
    IEngine engine,
    TenantKeys tenantKeys,
    AccessTokens tokens,
    SessionEvents events,
    IOptions<OwnSessionOptions> options
)
{
    // $1 tenant, $2 user, $3 session, $4 the token's hash, $5 the successor's, $6 and $7 the idle time-outs, $8 and $9 the
    // stored forms of the client's address, $10 and $11 whether sessions are unbound.
    private const string Swap =
        "update sessions set previous_hash = token_hash, token_hash = $5, rotated_at = {now}, used_at = {now}, "
        + "expires_at = {least}(ends_at, {now} + case kind when 'member' then $6 else $7 end) "
        + "where tenant_id = $1 and user_id = $2 and session_id = $3 and token_hash = $4 and expires_at > {now} "
        + "and (address is null or address in ($8, $9) or case kind when 'member' then $10 else $11 end) "
        + "returning kind, {now} as clock, expires_at, ends_at";

    private const string Look =
        "select kind, {now} as clock, expires_at, ends_at, token_hash, previous_hash, rotated_at, address from sessions "
        + "where tenant_id = $1 and user_id = $2 and session_id = $3 and expires_at > {now}";

    /// <summary>Returns the next two tokens of a session, for a client at <paramref name="address"/>.</summary>
    public async Task<Outcome<SessionTokens>> RefreshAsync(string? text, IPAddress? address, CancellationToken cancellation)
    {
        if (await GenuineAsync(text, cancellation) is not ({ } token, { } keys))
            return new SessionRefusal.RefreshToken(Forged: true);
        var over = new SessionRefusal.RefreshToken(Forged: false);
        var next = token.Next(keys);
        if (await SwapAsync(token, next, keys, address, cancellation) is { } swapped)
            return await TokensAsync(next, keys, swapped, cancellation);
        if (await LookAsync(token, cancellation) is not { } found)
            return over;
        var binding = options.Value.BindingOf(found.State.Kind);
        if (!BoundAddress.Allows(keys, token.Session, binding, found.Address, address))
            return over;
        // The newest token is not an old one, whatever kept it from being spent.
        if (found.TokenHash.AsSpan().SequenceEqual(token.Hash))
            return over;
        // These are hashes of secrets: the comparison's duration reveals nothing to a guesser.
        var isSpent = found.PreviousHash is { } previous && previous.AsSpan().SequenceEqual(token.Hash);
        var isInGrace = found.RotatedAt + options.Value.RefreshGrace >= found.State.Now;
        if (isSpent && isInGrace && found.TokenHash.AsSpan().SequenceEqual(next.Hash))
            return await TokensAsync(next, keys, found.State, cancellation);
        var ended = await EndAsync(token, AccessActs.SessionReused, null, cancellation);
        if (ended > 0)
            events.Reused(token.Session, found.State.Kind);
        return over;
    }

    /// <summary>
    /// Ends the session of a token, old or new, and returns how many sessions ended: 0 if it had ended before.
    /// </summary>
    public async Task<Outcome<int>> LogOutAsync(string? text, CancellationToken cancellation) =>
        await GenuineAsync(text, cancellation) is ({ } token, _)
            ? await EndAsync(token, AccessActs.SessionEnd, "logout", cancellation)
            : new SessionRefusal.RefreshToken(Forged: true);

    private Task<int> EndAsync(RefreshToken token, Act act, string? why, CancellationToken cancellation) =>
        database.WriteAsync(
            token.Tenant,
            (db, stop) =>
            {
                var its = db.Set<SessionRow>().Where(row => row.UserId == token.User && row.SessionId == token.Session);
                return db.EndAsync(its, act, Actor.Session(token.Session), why, stop);
            },
            cancellation
        );

    private async Task<(RefreshToken? Token, TenantKeySet? Keys)> GenuineAsync(string? text, CancellationToken cancellation)
    {
        if (!RefreshToken.TryRead(text, out var token))
            return default;
        if (await tenantKeys.KnownAsync(token.Tenant, cancellation) is not { } keys)
            return default;
        return token.IsGenuine(keys) ? (token, keys) : default;
    }

    private async Task<State?> SwapAsync(
        RefreshToken token,
        RefreshToken next,
        TenantKeySet keys,
        IPAddress? address,
        CancellationToken cancellation
    )
    {
        var settings = options.Value;
        using var turn = await engine.EnterWriterAsync(cancellation);
        // Repeated over another connection if the first broke: a swap that had succeeded is found as spent, within the
        // grace period.
        var rows = await database.QueryAsync(
            token.Tenant,
            Swap,
            [
                token.Tenant,
                token.User,
                token.Session,
                token.Hash,
                next.Hash,
                settings.MemberIdle,
                settings.PersonIdle,
                BoundAddress.Of(keys, token.Session, AddressBinding.Strict, address) ?? "",
                BoundAddress.Of(keys, token.Session, AddressBinding.Network, address) ?? "",
                settings.MemberAddress == AddressBinding.Off,
                settings.PersonAddress == AddressBinding.Off,
            ],
            Read,
            cancellation
        );
        return rows is [var state] ? state : null;
    }

    private async Task<Found?> LookAsync(RefreshToken token, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(
            token.Tenant,
            Look,
            [token.Tenant, token.User, token.Session],
            row => new Found(
                Read(row),
                row.Bytes("token_hash"),
                row.IsNull("previous_hash") ? null : row.Bytes("previous_hash"),
                row.InstantOrNull("rotated_at"),
                row.TextOrNull("address")
            ),
            cancellation
        );
        return rows is [var found] ? found : null;
    }

    private async Task<SessionTokens> TokensAsync(
        RefreshToken next,
        TenantKeySet keys,
        State state,
        CancellationToken cancellation
    )
    {
        var (tenant, user, session) = (next.Tenant, next.User, next.Session);
        var (access, life) = await tokens.IssueAsync(tenant, user, session, state.Kind, state.Now, state.EndsAt, cancellation);
        var seconds = (int)life.TotalSeconds;
        return new SessionTokens(access, "Bearer", seconds, next.Reveal(keys), session, state.ExpiresAt, state.EndsAt);
    }

    private static State Read(Row row) =>
        new(row.Text("kind"), row.Instant("clock"), row.Instant("expires_at"), row.Instant("ends_at"));

    private sealed record State(string Kind, DateTimeOffset Now, DateTimeOffset ExpiresAt, DateTimeOffset EndsAt);

    private sealed record Found(State State, byte[] TokenHash, byte[]? PreviousHash, DateTimeOffset? RotatedAt, string? Address);
}
