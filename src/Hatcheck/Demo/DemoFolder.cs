using Hatcheck.Platform;

namespace Hatcheck.Demo;

/// <summary>The demo throws data away, so it does so only in a folder that a demo made.</summary>
internal static class DemoFolder
{
    private const string Marker = "demo";
    private static readonly string[] Thrown = ["hatcheck.db", "hatcheck.db-wal", "hatcheck.db-shm", "kek.key"];

    /// <summary>Takes the folder for the demo; whoever calls holds its lock.</summary>
    /// <param name="folder">Made if it is absent.</param>
    /// <param name="keep">Keep what an earlier demo stored, else delete it.</param>
    /// <exception cref="OperatorException">There is data that no demo made: it is neither thrown away nor shown.</exception>
    public static void Take(string folder, bool keep)
    {
        Directory.CreateDirectory(folder);
        string[] files = [.. Thrown.Select(name => Path.Combine(folder, name)).Where(File.Exists)];
        if (files.Length > 0 && !File.Exists(Path.Combine(folder, Marker)))
            throw new OperatorException(
                $"{Path.GetFullPath(folder)} holds data that no demo made. The demo would show it to everybody on this "
                    + "machine and throw it away with its key. Give the demo another folder with --data."
            );
        if (!keep)
            Array.ForEach(files, File.Delete);
        File.WriteAllText(Path.Combine(folder, Marker), "Made by hatcheck demo, which throws away what is in this folder.\n");
    }
}
