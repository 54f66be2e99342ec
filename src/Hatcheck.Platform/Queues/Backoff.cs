using System.Security.Cryptography;

namespace Hatcheck.Platform.Queues;

/// <summary>Chance in waits, so that what failed together is not tried together.</summary>
internal static class Backoff
{
    private const int Steps = 1 << 20;

    /// <summary>A wait, less up to a share of it by chance.</summary>
    /// <param name="whole">The longest wait.</param>
    /// <param name="share">0 to 1.</param>
    public static TimeSpan Less(TimeSpan whole, double share) =>
        whole * (1 - (share * RandomNumberGenerator.GetInt32(Steps + 1) / Steps));
}
