using Hatcheck.Platform.Telemetry;
using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.SignIn;

/// <summary>
/// Holds an issuer's published keys for a day. Fetches them again every hour in the background, and when a token names an
/// unknown key, or names none and matches none. At most one fetch a minute, so that made-up key ids can't flood the issuer.
/// While the issuer is unavailable, the old keys stay in use.
/// </summary>
internal sealed partial class DiscoveredKeys(
    string name,
    Func<CancellationToken, Task<(IReadOnlyList<SecurityKey>? Keys, SafeText Reason)>> fetch,
    TimeProvider time,
    ILogger logger
) : ISigningKeys
{
    /// <summary>After this the keys are fetched again; the old ones stay in use meanwhile.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromHours(1);

    /// <summary>After this the keys are no longer trusted: the issuer may have revoked one.</summary>
    public static readonly TimeSpan UsableFor = TimeSpan.FromDays(1);

    /// <summary>Least time between two fetches because of an unknown key or a failed fetch.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>Least time between two fetches while this node has never had keys of the issuer.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private IReadOnlyList<SecurityKey>? keys;
    private DateTimeOffset fetchedAt;
    private DateTimeOffset? triedAt;
    private Task? underWay;

    public async ValueTask<IReadOnlyList<SecurityKey>?> FindAsync(string? keyId, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (Usable(now) is not { } known)
        {
            await Fetch(now, keys is null ? FirstPause : Pause).WaitAsync(cancellation);
            known = Usable(now);
            return known is null ? null : Matching(known, keyId);
        }

        // Not awaited: the caller already has usable keys.
        if (now - fetchedAt >= FreshFor)
            _ = Fetch(now, Pause);
        if (Matching(known, keyId) is { Count: > 0 } found)
            return found;
        await Fetch(now, Pause).WaitAsync(cancellation);
        return Matching(Usable(now) ?? known, keyId);
    }

    public async ValueTask<IReadOnlyList<SecurityKey>> FindNewerAsync(
        string? keyId,
        IReadOnlyList<SecurityKey> tried,
        CancellationToken cancellation
    )
    {
        // A key found by its id was the right one, so the token is forged.
        if (keyId is not null && tried.Any(key => key.KeyId is not null))
            return [];
        var now = time.GetUtcNow();
        await Fetch(now, Pause).WaitAsync(cancellation);
        return Usable(now) is { } known ? [.. Matching(known, keyId).Except(tried)] : [];
    }

    private IReadOnlyList<SecurityKey>? Usable(DateTimeOffset now)
    {
        lock (gate)
            return keys is not null && now - fetchedAt < UsableFor ? keys : null;
    }

    private static IReadOnlyList<SecurityKey> Matching(IReadOnlyList<SecurityKey> keys, string? keyId) =>
        keyId is null ? keys : [.. keys.Where(key => key.KeyId is null || key.KeyId == keyId)];

    /// <summary>Starts a fetch or joins the running one; does nothing within <paramref name="pause"/> of the last.</summary>
    private Task Fetch(DateTimeOffset now, TimeSpan pause)
    {
        lock (gate)
        {
            if (underWay is { IsCompleted: false })
                return underWay;
            if (triedAt is { } last && now - last < pause && now >= last)
                return Task.CompletedTask;
            triedAt = now;
            // A request must not cancel it: others wait for it too.
            return underWay = Task.Run(() => FetchAsync(now));
        }
    }

    private async Task FetchAsync(DateTimeOffset now)
    {
        var (fetched, reason) = await fetch(CancellationToken.None);
        if (fetched is null)
        {
            NotFetched(new(name), reason, keys is null ? "none are known" : "the old ones serve on");
            return;
        }

        lock (gate)
            (keys, fetchedAt) = (fetched, now);
        Fetched(new(name), fetched.Count);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The keys of the sign-in issuer {Name} can't be fetched ({Reason}); {What}."
    )]
    private partial void NotFetched(SafeText name, SafeText reason, string what);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The sign-in issuer {Name} publishes {Count} keys.")]
    private partial void Fetched(SafeText name, int count);
}
