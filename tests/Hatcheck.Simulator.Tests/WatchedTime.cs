using System.Collections.Concurrent;
using Hatcheck.TestKit;

namespace Hatcheck.Simulator.Tests;

/// <summary>
/// A stopped clock that reports requested timers, so that a test can wait for one before it moves the clock.
/// </summary>
internal sealed class WatchedTime : TimeProvider
{
    private readonly ManualTime clock = new();
    private readonly BlockingCollection<TimeSpan> timers = [];

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = clock.CreateTimer(callback, state, dueTime, period);
        timers.Add(dueTime);
        return timer;
    }

    public void Advance(TimeSpan step) => clock.Advance(step);

    /// <summary>Waits for the next timer; returns its seconds.</summary>
    public Task<double> NextTimer() =>
        Task.Run(() =>
        {
            timers.TryTake(out var due, TimeSpan.FromSeconds(30)).ShouldBeTrue("nobody made a timer");
            return due.TotalSeconds;
        });
}
