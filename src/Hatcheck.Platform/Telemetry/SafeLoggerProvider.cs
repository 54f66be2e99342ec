using System.Diagnostics;

namespace Hatcheck.Platform.Telemetry;

/// <summary>
/// One line on standard error for each message. Of Hatcheck's own messages the template is written with those values that
/// can't be a person's (<see cref="SafeValues"/>): base classes of frameworks log under our categories too, so a category
/// alone is no ground for trust. Frameworks put paths, queries and values into their messages, so of those only category,
/// event and level are written, from Warning up, at any configured level. Of an exception its types and stack are written;
/// its message only if it is our own word to the operator.
/// </summary>
internal sealed class SafeLoggerProvider(TimeProvider time) : ILoggerProvider
{
    private static readonly string[] OwnRoots = ["Hatcheck", "MusicBot"];
    private readonly Lock gate = new();

    /// <summary>Where lines go; tests put their own writer here.</summary>
    public TextWriter Output { get; init; } = Console.Error;

    /// <summary>Lines for people instead of JSON.</summary>
    public bool ForPeople { get; init; }

    public ILogger CreateLogger(string categoryName) => new SafeLogger(this, categoryName);

    public void Dispose() { }

    private static bool IsOwn(string category) =>
        Array.Exists(
            OwnRoots,
            root =>
                category.StartsWith(root, StringComparison.Ordinal)
                && (category.Length == root.Length || category[root.Length] == '.')
        );

    private void Write(LogLine line)
    {
        var text = ForPeople ? line.ToText() : line.ToJson();
        lock (gate)
            Output.WriteLine(text);
    }

    private sealed class SafeLogger(SafeLoggerProvider provider, string category) : ILogger
    {
        private readonly bool own = IsOwn(category);

        // Scopes hold what the frameworks put there: paths, connection ids.
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && (own || logLevel >= LogLevel.Warning);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (!IsEnabled(logLevel))
                return;
            var message = own && state is IReadOnlyList<KeyValuePair<string, object?>> values ? LogMessage.Render(values) : null;
            provider.Write(
                new LogLine(
                    provider.Now(),
                    logLevel,
                    category,
                    eventId.Name ?? "",
                    message ?? "(withheld: a framework's message may hold data)",
                    Activity.Current,
                    exception
                )
            );
        }
    }

    private DateTimeOffset Now() => time.GetUtcNow();
}
