using System.Text;
using Hatcheck.Access.Webhooks;

namespace Hatcheck.Access.Tests.Webhooks;

public sealed class ClerkEventTests
{
    private static readonly DateTimeOffset Second = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    [Fact]
    public void Of_two_events_of_one_second_the_newer_stays_the_newer()
    {
        (At(200) < At(600)).ShouldBeTrue();
        At(600).ShouldBe(Second.AddMilliseconds(600));
    }

    [Fact]
    public void An_event_from_the_future_counts_as_of_the_end_of_its_deliverys_second() =>
        At(90_000).ShouldBe(Second.AddMilliseconds(999));

    private static DateTimeOffset At(long milliseconds)
    {
        var updated = Second.AddMilliseconds(milliseconds).ToUnixTimeMilliseconds();
        var body = $$"""{"type":"user.updated","data":{"id":"user_1","updated_at":{{updated}} } }""";
        return ClerkEvent.Read(Encoding.UTF8.GetBytes(body), Second).ShouldBeOfType<ClerkBody.User>().Event.At;
    }
}
