using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Upgrade;

/// <summary>An installation of release 0.1 (<c>tests/fixtures/0.1</c>), and the data that it was given.</summary>
internal sealed class Archive
{
    private readonly Dictionary<string, byte[]> files = new(StringComparer.Ordinal);

    /// <summary>Reads the archive.</summary>
    /// <param name="database"><c>sqlite</c> or <c>postgres</c>.</param>
    public Archive(string database)
    {
        using var packed = File.OpenRead(Repository.PathOf("tests", "fixtures", "0.1", $"{database}.tar.gz"));
        using var reader = new TarReader(new GZipStream(packed, CompressionMode.Decompress));
        while (reader.GetNextEntry() is { } entry)
        {
            var content = new MemoryStream();
            entry.DataStream!.CopyTo(content);
            files.Add(entry.Name, content.ToArray());
        }

        Known = JsonNode.Parse(Text("known.json"))!.AsObject();
    }

    /// <summary>Ids, keys, and the answers of 0.1.</summary>
    public JsonObject Known { get; }

    public string Text(string name) => Encoding.UTF8.GetString(files[name]);

    /// <summary>Copies the data folder's files to a node's folder.</summary>
    public void Unpack(string folder)
    {
        foreach (var (name, content) in files.Where(file => file.Key.StartsWith("data/", StringComparison.Ordinal)))
        {
            var path = Path.Combine(folder, Path.GetFileName(name));
            File.WriteAllBytes(path, content);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
