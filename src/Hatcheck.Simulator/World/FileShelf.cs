using System.Security.Cryptography;

namespace Hatcheck.Simulator.World;

/// <summary>All files sent; drops the oldest when full.</summary>
internal sealed class FileShelf(long mostBytes)
{
    private readonly Lock gate = new();
    private readonly LinkedList<StoredFile> files = new();
    private long bytes;

    public StoredFile Add(string name, string mimeType, byte[] content)
    {
        if (name.Trim('.', ' ').Length == 0)
            name = "file";
        var unique = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var file = new StoredFile(
            $"BQACAgIAAxk{unique}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}",
            $"AgAD{unique}",
            name,
            mimeType,
            content
        );
        lock (gate)
        {
            files.AddLast(file);
            bytes += content.LongLength;
            while (bytes > mostBytes && files.Count > 1)
            {
                bytes -= files.First!.Value.Content.LongLength;
                files.RemoveFirst();
            }
        }

        return file;
    }

    public StoredFile? ById(string fileId)
    {
        lock (gate)
            return files.FirstOrDefault(f => f.FileId == fileId);
    }

    public StoredFile? ByUniqueId(string uniqueId)
    {
        lock (gate)
            return files.FirstOrDefault(f => f.UniqueId == uniqueId);
    }
}
