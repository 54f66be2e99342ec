using System.Security.Cryptography;

namespace Hatcheck.Platform.Queues;

/// <summary>Random variation of waits, so that failures at the same time are not retried at the same time.</summary>
internal static class Backoff
{
    private const int Steps = 1 << 20;

    /// <summary>A wait, less a random part of up to a share of it.</summary>
    /// <param name="whole">The longest wait.</param>
    /// <param name="share">0 to 1.</param>
    public static TimeSpan Less(TimeSpan whole, double share) =>
        whole * (1 - (share * RandomNumberGenerator.GetInt32(Steps + 1) / Steps));
}
