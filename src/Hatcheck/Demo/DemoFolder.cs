using Hatcheck.Platform;

namespace Hatcheck.Demo;

/// <summary>Deletes an earlier demo's data, and only in a folder that a demo created.</summary>
internal static class DemoFolder
{
    private const string Marker = "demo";
    private static readonly string[] Thrown = ["hatcheck.db", "hatcheck.db-wal", "hatcheck.db-shm", "kek.key"];

    /// <summary>Prepares the folder for the demo; the caller holds its lock.</summary>
    /// <param name="folder">Created if it is absent.</param>
    /// <param name="keep">Keeps an earlier demo's data; else deletes it.</param>
    /// <exception cref="OperatorException">The folder holds data that no demo created.</exception>
    public static void Take(string folder, bool keep)
    {
        Directory.CreateDirectory(folder);
        string[] files = [.. Thrown.Select(name => Path.Combine(folder, name)).Where(File.Exists)];
        if (files.Length > 0 && !File.Exists(Path.Combine(folder, Marker)))
            throw new OperatorException(
                $"{Path.GetFullPath(folder)} holds data that no demo created. The demo would show it to every user of this "
                    + "machine and delete it with its key. Give the demo another folder with --data."
            );
        if (!keep)
            Array.ForEach(files, File.Delete);
        File.WriteAllText(Path.Combine(folder, Marker), "Created by hatcheck demo, which deletes what is in this folder.\n");
    }
}
