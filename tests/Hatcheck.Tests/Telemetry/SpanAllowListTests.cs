using System.Diagnostics;
using Hatcheck.Telemetry;

namespace Hatcheck.Tests.Telemetry;

public sealed class SpanAllowListTests
{
    [Fact]
    public void A_callers_tracestate_does_not_leave_with_a_span_that_ends_before_its_parent()
    {
        using var source = new ActivitySource("span-allow-list-test");
        using var listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == source.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var list = new SpanAllowList();
        using var parent = source.StartActivity("request")!;
        parent.TraceStateString = "vendor=4242424242";
        var child = source.StartActivity("statement")!;
        child.TraceStateString.ShouldBe("vendor=4242424242", "a span shows its parent's, or this test sees nothing");
        child.Stop();
        list.OnEnd(child);
        // An exporter that is at work now, while the request goes on, sees this.
        child.TraceStateString.ShouldBeNullOrEmpty();
    }
}
