using Hatcheck.Server.Cli.Admin;
using Hatcheck.Server.Platform;

namespace Hatcheck.Server.Demo;

/// <summary>The demo throws data away, so it does so only in a folder that a demo made.</summary>
internal static class DemoFolder
{
    private const string Marker = "demo";
    private static readonly string[] Thrown = ["hatcheck.db", "hatcheck.db-wal", "hatcheck.db-shm", "kek.key"];

    /// <summary>Deletes what an earlier demo stored.</summary>
    /// <exception cref="OperatorException">There is data that no demo made.</exception>
    public static void Clear(string folder)
    {
        string[] files = [.. Thrown.Select(name => Path.Combine(folder, name)).Where(File.Exists)];
        if (files.Length == 0) return;
        // A demo that runs there would lose its database under its feet.
        using var mine = DataLock.TryTake(folder)
            ?? throw new OperatorException($"Another hatcheck ({DataLock.HolderOf(folder)}) uses {Path.GetFullPath(folder)}. Stop it, or choose another folder with --data.");
        if (!File.Exists(Path.Combine(folder, Marker)))
            throw new OperatorException($"{Path.GetFullPath(folder)} holds data that no demo made, and the demo would throw it away. Give it another folder with --data.");
        foreach (var file in files) File.Delete(file);
    }

    public static void Mark(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, Marker), "Made by hatcheck demo, which throws away what is in this folder.\n");
    }
}
