using Hatcheck.TestKit;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// A file of the repository, its path relative to the root with forward slashes. The checks take these, so that a test
/// can plant one.
/// </summary>
internal sealed record SourceFile(string Path, string Text)
{
    public string Folder => Path.Contains('/') ? Path[..Path.LastIndexOf('/')] : "";

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string[] Lines => Text.Split('\n');
}

/// <summary>The files that git tracks or would track: everything that is not ignored.</summary>
internal static class Tracked
{
    private static readonly string[] pictures = [".png", ".cell", ".ico", ".woff2", ".db"];

    private static readonly Lazy<Task<IReadOnlyList<string>>> paths = new(ListAsync);

    public static Task<IReadOnlyList<string>> PathsAsync() => paths.Value;

    /// <summary>Text files with one of these endings; all text files without any.</summary>
    public static async Task<IReadOnlyList<SourceFile>> FilesAsync(params string[] endings)
    {
        var chosen = (await PathsAsync()).Where(path =>
            !pictures.Any(path.EndsWith) && (endings.Length == 0 || endings.Any($"/{path}".EndsWith))
        );
        return
        [
            .. chosen.Select(path => new SourceFile(path, File.ReadAllText(Repository.PathOf(path)).ReplaceLineEndings("\n"))),
        ];
    }

    private static async Task<IReadOnlyList<string>> ListAsync()
    {
        string[] arguments = ["-C", Repository.Root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        var listed = (await Command.RunAsync("git", arguments)).Succeeded().Split('\0', StringSplitOptions.RemoveEmptyEntries);
        return [.. listed.Where(path => File.Exists(Repository.PathOf(path)))];
    }
}
