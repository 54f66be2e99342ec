using Hatcheck.Drill.Search;

namespace Hatcheck.Drill.Sinks;

/// <summary>Searches files, even while another process writes them.</summary>
internal static class Files
{
    /// <summary>Searches every file of a folder and its subfolders.</summary>
    /// <param name="sink">The sink's name.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="wanted">True if a file, by its path within the folder, belongs to this sink.</param>
    /// <param name="searcher">Searches.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task SearchAsync(
        string sink,
        string folder,
        Func<string, bool> wanted,
        Searcher searcher,
        CancellationToken cancellation
    )
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(folder, path);
            // Sockets and pipes have no length, and opening one may block for ever.
            if (!wanted(name) || new FileInfo(path).Length == 0)
                continue;
            await SearchOneAsync(new Spot(sink, name), path, 0, searcher, cancellation);
        }
    }

    /// <summary>Searches one file, from a position on.</summary>
    public static async Task SearchOneAsync(Spot spot, string path, long from, Searcher searcher, CancellationToken cancellation)
    {
        try
        {
            await using var file = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                bufferSize: 0,
                FileOptions.SequentialScan
            );
            file.Seek(from, SeekOrigin.Begin);
            await searcher.SearchAsync(spot, file, cancellation);
        }
        catch (FileNotFoundException)
        {
            // Deleted after the listing: a temporary file of the database.
        }
    }
}
