using Hatcheck.Crypto;

namespace Hatcheck.Client;

/// <summary>The server's address, the caller's keys, and the client's time limits.</summary>
public sealed class HatcheckClientOptions
{
    /// <summary>
    /// The server's address. Plain <c>http</c> is refused off loopback, since every request carries the API key.
    /// </summary>
    public required Uri Url { get; init; }

    /// <summary>
    /// The API key, <c>hck_live_…</c> or <c>hck_demo_…</c>. Never logged, and never part of an exception.
    /// </summary>
    public required SecretText ApiKey { get; init; }

    /// <summary>
    /// The blind-index key of a blind-only tenant: the client then hashes every messenger id itself, and no id leaves the
    /// process. Absent for other tenants, where the server hashes. The caller keeps and disposes it.
    /// </summary>
    public BlindIndexKey? IndexKey { get; init; }

    /// <summary>Time limit of one attempt. Default 10 seconds.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Time limit of a call with all its retries and pauses. Default 30 seconds. An export has four times as long.
    /// </summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Maximum retries of a call that is safe to repeat. Default 3; 0 switches retries off.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>
    /// The first pause between attempts; each later one doubles, with jitter, up to 5 seconds. Default 200 milliseconds.
    /// </summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The largest accepted answer, in bytes. Default 64 MiB (an export may be large).</summary>
    public int MaxAnswerBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Returns the jitter of a pause, from 0 up to 1. Default: random.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    /// <summary>The clock of time-outs and pauses. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// The first fault of these options, starting with the option's name; null if there is none. Holds no value.
    /// </summary>
    public string? Fault() => OptionsCheck.FindFault(this);
}
