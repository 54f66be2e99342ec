using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hatcheck.Server.Platform.Telemetry;

/// <summary>
/// One JSON object a line on standard error. Hatcheck's own messages are written as they are: none takes a person's data. Frameworks put
/// paths, queries and values into theirs, so of those only category, event and level are written, from Warning up, at any configured
/// level. Of an exception its types and stack are written, never its message.
/// </summary>
internal sealed class SafeLoggerProvider(TimeProvider time) : ILoggerProvider
{
    // Lines are read by people and collectors, never by a browser.
    private static readonly JsonWriterOptions Layout = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lock gate = new();

    /// <summary>Where lines go; tests put their own writer here.</summary>
    public TextWriter Output { get; init; } = Console.Error;

    public ILogger CreateLogger(string categoryName) => new SafeLogger(this, categoryName);

    public void Dispose()
    {
    }

    private void Write(string line)
    {
        lock (gate) Output.WriteLine(line);
    }

    private sealed class SafeLogger(SafeLoggerProvider provider, string category) : ILogger
    {
        private readonly bool own = category.StartsWith("Hatcheck.", StringComparison.Ordinal) || category.StartsWith("MusicBot", StringComparison.Ordinal);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && (own || logLevel >= LogLevel.Warning);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var buffer = new ArrayBufferWriter<byte>(512);
            using (var json = new Utf8JsonWriter(buffer, Layout))
            {
                json.WriteStartObject();
                json.WriteString("at", provider.Now());
                json.WriteString("level", logLevel.ToString());
                json.WriteString("category", category);
                json.WriteString("event", eventId.Name ?? "");
                json.WriteString("message", own ? formatter(state, null) : "(withheld: a framework's message may hold data)");
                if (Activity.Current is { } activity)
                {
                    json.WriteString("trace_id", activity.TraceId.ToHexString());
                    json.WriteString("span_id", activity.SpanId.ToHexString());
                }

                if (exception is not null) json.WriteString("exception", Describe(exception));
                json.WriteEndObject();
            }

            provider.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        }

        private static string Describe(Exception exception)
        {
            var text = new StringBuilder();
            for (var current = exception; current is not null; current = current.InnerException)
                text.Append(current.GetType().FullName).Append('\n').Append(current.StackTrace).Append('\n');
            return text.ToString();
        }
    }

    private string Now() => time.GetUtcNow().ToString("O");
}
