using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hatcheck.Platform.Telemetry;

/// <summary>A log line, as JSON for collectors or as text for people.</summary>
internal sealed record LogLine(
    DateTimeOffset At,
    LogLevel Level,
    string Category,
    string Event,
    string Message,
    Activity? Activity,
    Exception? Exception
)
{
    // People and collectors read the lines, never a browser, so no HTML escaping.
    private static readonly JsonWriterOptions Layout = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Layout))
        {
            json.WriteStartObject();
            json.WriteString("at", At.ToString("O"));
            json.WriteString("level", Level.ToString());
            json.WriteString("category", Category);
            json.WriteString("event", Event);
            json.WriteString("message", Message);
            if (Activity is not null)
            {
                json.WriteString("trace_id", Activity.TraceId.ToHexString());
                json.WriteString("span_id", Activity.SpanId.ToHexString());
            }

            if (Exception is not null)
                json.WriteString("exception", Describe(Exception));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public string ToText()
    {
        var text = new StringBuilder($"{At:HH:mm:ss} {Short(Level)} {Message}");
        if (Message.StartsWith('('))
            text.Append(' ').Append(Category).Append(' ').Append(Event);
        if (Level >= LogLevel.Warning && Activity is not null)
            text.Append(" [trace ").Append(Activity.TraceId.ToHexString()).Append(']');
        if (Exception is not null)
            text.Append('\n').Append(Describe(Exception).TrimEnd());
        return text.ToString();
    }

    private static string Short(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info ",
            LogLevel.Warning => "WARN ",
            LogLevel.Error => "ERROR",
            _ => "FATAL",
        };

    private static string Describe(Exception exception)
    {
        var text = new StringBuilder();
        Describe(exception, text);
        return text.ToString();
    }

    private static void Describe(Exception exception, StringBuilder text)
    {
        text.Append(exception.GetType().FullName);
        if (exception is OperatorException)
            text.Append(": ").Append(exception.Message);
        text.Append('\n').Append(exception.StackTrace).Append('\n');
        if (exception is AggregateException all)
        {
            foreach (var inner in all.InnerExceptions)
                Describe(inner, text);
        }
        else if (exception.InnerException is { } inner)
        {
            Describe(inner, text);
        }
    }
}
