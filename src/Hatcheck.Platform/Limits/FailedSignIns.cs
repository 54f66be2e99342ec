using System.Collections.Concurrent;
using System.Net;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Limits;

/// <summary>
/// Slows down guessing of keys, tokens and codes. After some failures an address has to wait, twice as long with each
/// failure; until then its requests are refused unchecked (429). Credentials that were valid recently are still checked, so
/// that a guesser does not lock out bots behind the same address. Each node keeps this in memory.
/// </summary>
internal sealed class FailedSignIns(IOptions<LimitOptions> options, SecurityEvents events, TimeProvider time)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromDays(1);
    private readonly LimitOptions options = options.Value;
    private readonly ConcurrentDictionary<LimitSubject, Record> failures = new();

    // A 32-bit hash, seeded for this process: a false match only lets one more guess be checked.
    private readonly ConcurrentDictionary<int, DateTimeOffset> good = new();

    /// <summary>The number of addresses remembered now.</summary>
    public int Remembered => failures.Count;

    /// <summary>Records that this request's key, token or code was wrong.</summary>
    public void Failed(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address)
            return;
        var now = time.GetUtcNow();
        var subject = LimitSubject.Of(address);
        var record = failures.AddOrUpdate(subject, _ => Next(null, now), (_, before) => Next(before, now));
        events.SignInFailed();
        // At the threshold and at each doubling of it, so that a guesser can't fill the audit log.
        if (record.Count >= options.FreeFailures && IsPowerOfTwo(record.Count, options.FreeFailures))
            events.SignInFailedOften(subject, record.Count);
        if (failures.Count > options.Remembered)
            Forget(failures, static entry => entry.Value.Last);
    }

    /// <summary>Records that this request's credentials were valid.</summary>
    public void Succeeded(HttpContext context)
    {
        if (CredentialHash(context) is not { } hash)
            return;
        var now = time.GetUtcNow();
        if (good.TryGetValue(hash, out var noted) && now - noted < GoodFor / 24)
            return;
        good[hash] = now;
        if (good.Count > options.Remembered)
            Forget(good, static entry => entry.Value);
    }

    /// <summary>Runs before authentication.</summary>
    public Task GateAsync(HttpContext context, RequestDelegate next)
    {
        if (failures.IsEmpty || !HasCredentials(context) || context.Connection.RemoteIpAddress is not { } address)
            return next(context);
        if (WaitOf(address) is not { } wait || IsKnownGood(context))
            return next(context);
        events.Refused("sign-in");
        return new Problem(
            StatusCodes.Status429TooManyRequests,
            ProblemCodes.TooManyFailures,
            "Too many failed sign-ins from this address. Nothing was looked at; try again after the time in Retry-After.",
            retryAfter: wait
        ).ExecuteAsync(context);
    }

    /// <summary>Returns how long the address must wait; null if not at all.</summary>
    public TimeSpan? WaitOf(IPAddress address)
    {
        if (!failures.TryGetValue(LimitSubject.Of(address), out var record))
            return null;
        var left = record.Until - time.GetUtcNow();
        return left > TimeSpan.Zero ? left : null;
    }

    // True for requests with a key or token, even to unknown paths, and for anonymous POSTs, since codes are tried there.
    // Not for webhooks: a signature can't be guessed, and a valid one must pass whatever else came from its address.
    private static bool HasCredentials(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<SignedByWebhook>() is not null)
            return false;
        return metadata?.GetMetadata<IAllowAnonymous>() is null
            ? context.Request.Headers.Authorization.Count > 0
            : HttpMethods.IsPost(context.Request.Method);
    }

    private static int? CredentialHash(HttpContext context) =>
        context.Request.Headers.Authorization is [{ } text] ? text.GetHashCode(StringComparison.Ordinal) : null;

    private static bool IsPowerOfTwo(int count, int threshold) => count % threshold == 0 && int.IsPow2(count / threshold);

    private bool IsKnownGood(HttpContext context) =>
        CredentialHash(context) is { } hash && good.TryGetValue(hash, out var noted) && time.GetUtcNow() - noted < GoodFor;

    private Record Next(Record? before, DateTimeOffset now)
    {
        var count = before is null || now - before.Last > options.FailureMemory ? 1 : before.Count + 1;
        var seconds =
            count < options.FreeFailures
                ? 0
                : Math.Min(options.LongestDelay.TotalSeconds, Math.Pow(2, Math.Min(30, count - options.FreeFailures)));
        return new Record(count, now, now + TimeSpan.FromSeconds(seconds));
    }

    // An eighth at a time: see PermitTable.
    private void Forget<TKey, TValue>(
        ConcurrentDictionary<TKey, TValue> table,
        Func<KeyValuePair<TKey, TValue>, DateTimeOffset> last
    )
        where TKey : notnull
    {
        foreach (var entry in table.ToArray().OrderBy(last).Take(1 + (options.Remembered / 8)))
            table.TryRemove(entry);
    }

    private sealed record Record(int Count, DateTimeOffset Last, DateTimeOffset Until);
}
