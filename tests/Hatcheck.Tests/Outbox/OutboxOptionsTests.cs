using Hatcheck.Platform.Outbox;

namespace Hatcheck.Tests.Outbox;

/// <summary>Settings of the outbox that contradict each other stop the start.</summary>
public sealed class OutboxOptionsTests
{
    [Theory]
    [InlineData(7, 90, 60, true)]
    [InlineData(90, 90, 60, true)]
    [InlineData(31, 30, 60, false)]
    [InlineData(7, 90, 39, false)]
    public void Delivered_events_are_kept_no_longer_than_any_and_a_lease_outlasts_two_tries(
        int keepDelivered,
        int keepFor,
        int lease,
        bool isValid
    )
    {
        var options = new OutboxOptions
        {
            KeepDelivered = TimeSpan.FromDays(keepDelivered),
            KeepFor = TimeSpan.FromDays(keepFor),
            Lease = TimeSpan.FromSeconds(lease),
        };
        new OutboxOptionsCheck().Validate(null, options).Succeeded.ShouldBe(isValid);
    }
}
