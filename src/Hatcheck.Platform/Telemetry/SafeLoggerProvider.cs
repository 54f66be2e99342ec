using System.Diagnostics;

namespace Hatcheck.Platform.Telemetry;

/// <summary>
/// Writes one line on standard error for each message. Hatcheck's own messages: the template, with only those values that
/// can't be personal data (<see cref="SafeValues"/>), since framework base classes log under our categories too. Framework
/// messages may hold paths, queries and values: only category, event and level, from Warning up, at any configured level.
/// Exceptions: types and stack; the message only of an <see cref="OperatorException"/>.
/// </summary>
internal sealed class SafeLoggerProvider(TimeProvider time) : ILoggerProvider
{
    private static readonly string[] OwnRoots = ["Hatcheck", "MusicBot"];
    private readonly Lock gate = new();

    /// <summary>Receives the lines; tests set their own writer.</summary>
    public TextWriter Output { get; init; } = Console.Error;

    /// <summary>Writes text for people instead of JSON.</summary>
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

        // Ignored: frameworks put paths and connection ids into scopes.
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
