using Hatcheck.Platform.Telemetry;
using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.SignIn;

/// <summary>
/// An issuer's published keys, kept for a day. They are fetched anew once an hour, behind the requests, and when a token
/// names a key that is not among them, or names none and fits none: at most once a minute, so that made-up key ids can't be
/// used to hammer the issuer. While the issuer is away the old ones serve on.
/// </summary>
internal sealed partial class DiscoveredKeys(
    string name,
    Func<CancellationToken, Task<(IReadOnlyList<SecurityKey>? Keys, SafeText Reason)>> fetch,
    TimeProvider time,
    ILogger logger
) : ISigningKeys
{
    /// <summary>After this the keys are fetched anew while the old ones serve.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromHours(1);

    /// <summary>After this they are no longer believed: the issuer may long have withdrawn one.</summary>
    public static readonly TimeSpan UsableFor = TimeSpan.FromDays(1);

    /// <summary>The least time between two fetches for the sake of unknown keys, or of an issuer that does not answer.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>Between two tries of an issuer whose keys this node has never had.</summary>
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

        // Not awaited: whoever calls has a key that is good enough.
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
        // A key that was found by its name was the right one, and the token is forged.
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

    /// <summary>A fetch, the one that is under way, or nothing if the last try was too short a while ago.</summary>
    private Task Fetch(DateTimeOffset now, TimeSpan pause)
    {
        lock (gate)
        {
            if (underWay is { IsCompleted: false })
                return underWay;
            if (triedAt is { } last && now - last < pause && now >= last)
                return Task.CompletedTask;
            triedAt = now;
            // Not the request's to cancel: others wait for it too.
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
