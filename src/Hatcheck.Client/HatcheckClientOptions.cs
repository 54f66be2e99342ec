using Hatcheck.Crypto;

namespace Hatcheck.Client;

/// <summary>Where Hatcheck is, who calls it, and how patient the client is.</summary>
public sealed class HatcheckClientOptions
{
    /// <summary>
    /// The server's address. Plain <c>http</c> is refused off loopback, since the API key travels in every request.
    /// </summary>
    public required Uri Url { get; init; }

    /// <summary>
    /// The API key, <c>hck_live_…</c> or <c>hck_demo_…</c>. It is sent, and neither logged nor put into an exception.
    /// </summary>
    public required SecretText ApiKey { get; init; }

    /// <summary>
    /// The tenant's blind-index key, for a tenant that is blind-only: the client then hashes every messenger id itself, and
    /// no id leaves the process. Absent for other tenants, whose server hashes. The caller keeps and disposes it.
    /// </summary>
    public BlindIndexKey? IndexKey { get; init; }

    /// <summary>What one try may take. Default 10 seconds.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What a call may take with all its retries and pauses. Default 30 seconds. An export is given four times as long.
    /// </summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a call that is safe to repeat is repeated. Default 3; 0 switches retries off.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>
    /// The first pause between two tries; later ones double it, with jitter, up to 5 seconds. Default 200 milliseconds.
    /// </summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The largest answer that is read, in bytes. Default 64 MiB (an export may be large).</summary>
    public int MaxAnswerBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Gives the jitter of the pauses, from 0 up to 1. Default: random.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    /// <summary>The clock of time-outs and pauses. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// The first thing that is wrong with these options, starting with the option's name; null if they can be used. Holds no
    /// value.
    /// </summary>
    public string? Fault() => OptionsCheck.FindFault(this);
}
