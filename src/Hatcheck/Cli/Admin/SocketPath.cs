using System.Text;
using Hatcheck.Platform;

namespace Hatcheck.Cli.Admin;

/// <summary>
/// Where the admin socket is: <c>admin.sock</c> in the data folder. The system takes about 104 bytes of path, so that in a
/// deep folder the socket lies in a private folder under the temporary one, and <c>admin.path</c> in the data folder says
/// where: who may write there is trusted.
/// </summary>
internal static class SocketPath
{
    private const int Longest = 100;
    private const string SocketName = "admin.sock";
    private const string PointerName = "admin.path";

    /// <summary>Where a client looks; null where there is no socket.</summary>
    public static string? Find(string folder)
    {
        var usual = Path.Combine(folder, SocketName);
        if (Fits(usual))
            return File.Exists(usual) ? usual : null;
        var pointer = Path.Combine(folder, PointerName);
        return File.Exists(pointer) && File.ReadAllText(pointer) is { Length: > 0 } path && File.Exists(path) ? path : null;
    }

    /// <summary>A free path for a server that holds the lock; whatever a killed one left is removed.</summary>
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
