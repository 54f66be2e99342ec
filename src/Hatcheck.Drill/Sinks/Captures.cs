using Hatcheck.Drill.Installation;
using Hatcheck.Drill.Search;

namespace Hatcheck.Drill.Sinks;

/// <summary>Searches what a stopped server left outside its database: folders, streams and telemetry.</summary>
internal static class Captures
{
    /// <summary>Puts a marker into every folder, which proves that an empty one was searched.</summary>
    public static async Task MarkAsync(Workspace space, CanaryBook book, CancellationToken cancellation)
    {
        foreach (var (sink, folder) in Folders(space))
        {
            var marker = $"drill-marker-{CanaryBook.Word(16)}";
            await File.WriteAllTextAsync(Path.Combine(folder, "drill-marker"), marker, cancellation);
            book.AddControl(marker, sink);
        }
    }

    public static async Task SearchAsync(Workspace space, Searcher searcher, CancellationToken cancellation)
    {
        foreach (var (sink, folder) in Folders(space))
            await Files.SearchAsync(
                sink,
                folder,
                name => sink != SinkNames.Data || !SqliteUnderDrill.Owns(name),
                searcher,
                cancellation
            );
        foreach (
            var (sink, prefix) in (IEnumerable<(string, string)>)
                [
                    (SinkNames.Output, "stdout"),
                    (SinkNames.Log, "stderr"),
                    (SinkNames.Traces, "otlp-traces-"),
                    (SinkNames.Metrics, "otlp-metrics-"),
                    // The server sends no logs yet; if it does, they are searched.
                    (SinkNames.Logs, "otlp-logs-"),
                    (SinkNames.Logs, "otlp-other-"),
                ]
        )
            await Files.SearchAsync(
                sink,
                space.Captured,
                name => name.StartsWith(prefix, StringComparison.Ordinal),
                searcher,
                cancellation
            );
    }

    private static IEnumerable<(string Sink, string Folder)> Folders(Workspace space) =>
        [
            (SinkNames.Data, space.Data),
            (SinkNames.Temporary, space.Temporary),
            (SinkNames.Home, space.Home),
            (SinkNames.Working, space.Working),
        ];
}
