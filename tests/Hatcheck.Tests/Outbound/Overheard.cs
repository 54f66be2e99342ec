using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Tests.Outbound;

/// <summary>
/// Hears what anyone in this process could: log messages with their values and scopes at every level, spans, measurements and
/// thrown exceptions. It takes them before any allow-list does.
/// </summary>
internal sealed class Overheard : ILoggerProvider
{
    [ThreadStatic]
    private static bool isWriting;

    private readonly ConcurrentQueue<string> heard = new();
    private readonly ActivityListener spans;
    private readonly MeterListener meters = new();

    public Overheard()
    {
        spans = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = Hear,
            ActivityStopped = Hear,
        };
        ActivitySource.AddActivityListener(spans);
        meters.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        meters.SetMeasurementEventCallback<int>(Hear);
        meters.SetMeasurementEventCallback<long>(Hear);
        meters.SetMeasurementEventCallback<float>(Hear);
        meters.SetMeasurementEventCallback<double>(Hear);
        meters.Start();
        AppDomain.CurrentDomain.FirstChanceException += Hear;
    }

    /// <summary>What holds this text, each cut short.</summary>
    public IReadOnlyList<string> With(string text)
    {
        meters.RecordObservableInstruments();
        var holding = heard.Where(one => one.Contains(text, StringComparison.OrdinalIgnoreCase));
        return [.. holding.Select(one => one[..Math.Min(one.Length, 600)]).Take(20)];
    }

    public bool HasHeard(string kind) => heard.Any(one => one.StartsWith(kind, StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Hear;
        spans.Dispose();
        meters.Dispose();
    }

    private static string Text(IEnumerable<KeyValuePair<string, object?>> values) =>
        string.Join("; ", values.Select(pair => $"{pair.Key}={pair.Value}"));

    private void Hear(Activity span) =>
        heard.Enqueue(
            $"span {span.Source.Name} {span.OperationName} {span.DisplayName} {Text(span.TagObjects)} "
                + $"{span.StatusDescription} {span.TraceStateString} "
                + string.Join("; ", span.Events.Select(one => $"{one.Name} {Text(one.Tags)}"))
                + string.Join("; ", span.Links.Select(one => Text(one.Tags ?? [])))
                + string.Join("; ", span.Baggage)
        );

    private void Hear<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        heard.Enqueue($"metric {instrument.Meter.Name} {instrument.Name} {value} {Text(tags.ToArray())}");

    private void Hear(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        // Writing one may throw another.
        if (isWriting)
            return;
        isWriting = true;
        try
        {
            heard.Enqueue($"exception {thrown.Exception}");
        }
        finally
        {
            isWriting = false;
        }
    }

    private sealed class Logger(Overheard overheard, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Hear("scope", state, null, $"{state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Hear($"log {logLevel}", state, exception, formatter(state, exception));

        private void Hear<TState>(string kind, TState state, Exception? exception, string message)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? Text(pairs) : "";
            overheard.heard.Enqueue($"{kind} {category} {message} {values} {exception}");
        }
    }
}
