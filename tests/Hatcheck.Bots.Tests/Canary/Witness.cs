using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Hatcheck.Bots.Tests.Canary;

/// <summary>All that the process tells: spans of every source with all their data, and what every meter measures.</summary>
internal sealed class Witness : IDisposable
{
    private readonly ActivityListener spans;
    private readonly MeterListener meters = new();

    public Witness()
    {
        spans = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Tell,
        };
        ActivitySource.AddActivityListener(spans);
        meters.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Tell(instrument, tags));
        meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Tell(instrument, tags));
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Tell(instrument, tags));
        meters.Start();
    }

    public ConcurrentQueue<string> Spans { get; } = new();

    public ConcurrentQueue<string> Measurements { get; } = new();

    public void Dispose()
    {
        spans.Dispose();
        meters.Dispose();
    }

    /// <summary>All that an exception can say, and those inside it.</summary>
    public static string WholeText(Exception fault)
    {
        var data = string.Join(' ', fault.Data.Keys.Cast<object>().Select(k => $"{k}={fault.Data[k]}"));
        var properties = string.Join(' ', fault.GetType().GetProperties().Select(p => $"{p.Name}={p.GetValue(fault)}"));
        return $"{fault} {data} {properties} {(fault.InnerException is { } inner ? WholeText(inner) : "")}";
    }

    private void Tell(Activity span)
    {
        var events = span.Events.Select(e => $"{e.Name} {string.Join(' ', e.Tags)}");
        Spans.Enqueue(
            $"{span.Source.Name} {span.OperationName} {span.DisplayName} {span.StatusDescription} "
                + $"{string.Join(' ', span.TagObjects)} {string.Join(' ', span.Baggage)} {string.Join(' ', events)}"
        );
    }

    private void Tell(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Measurements.Enqueue($"{instrument.Meter.Name} {instrument.Name} {string.Join(' ', tags.ToArray())}");
}
