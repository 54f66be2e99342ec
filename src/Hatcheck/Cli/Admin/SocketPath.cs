using System.Text;
using Hatcheck.Platform;

namespace Hatcheck.Cli.Admin;

/// <summary>
/// Path of the admin socket: <c>admin.sock</c> in the data folder. The system limits a socket's path to about 104 bytes;
/// if the folder's is longer, the socket lies in a private folder under the temporary one, and <c>admin.path</c> in the
/// data folder holds its path. Accounts that may write to the data folder are trusted.
/// </summary>
internal static class SocketPath
{
    private const int Longest = 100;
    private const string SocketName = "admin.sock";
    private const string PointerName = "admin.path";

    /// <summary>The path for a client; null if there is no socket.</summary>
    public static string? Find(string folder)
    {
        var usual = Path.Combine(folder, SocketName);
        if (Fits(usual))
            return File.Exists(usual) ? usual : null;
        var pointer = Path.Combine(folder, PointerName);
        return File.Exists(pointer) && File.ReadAllText(pointer) is { Length: > 0 } path && File.Exists(path) ? path : null;
    }

    /// <summary>A free path for the server that holds the lock; removes what a killed server left.</summary>
    public static string Prepare(string folder)
    {
        Remove(folder);
        var usual = Path.Combine(folder, SocketName);
        if (Fits(usual))
            return usual;
        var elsewhere = Path.Combine(Directory.CreateTempSubdirectory("hatcheck-").FullName, SocketName);
        if (!Fits(elsewhere))
            throw new OperatorException(
                $"The path of the admin socket is too long, both in {folder} and in {Path.GetTempPath()}. Set Data:Folder or "
                    + "TMPDIR to a shorter path."
            );
        File.WriteAllText(Path.Combine(folder, PointerName), elsewhere);
        return elsewhere;
    }

    public static void Remove(string folder)
    {
        if (Find(folder) is { } path)
        {
            File.Delete(path);
            if (Path.GetDirectoryName(path) is { } own && own != folder)
                Directory.Delete(own);
        }

        File.Delete(Path.Combine(folder, PointerName));
    }

    private static bool Fits(string path) => Encoding.UTF8.GetByteCount(path) <= Longest;
}
