using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Verbs;

/// <summary>How the shell that started this program calls it, so that a command line which it prints works when pasted.</summary>
internal static class OwnName
{
    private const string Name = "hatcheck";

    /// <summary>A verb for the installation in a data folder.</summary>
    public static string Typed(string verb, DataOptions data) =>
        data.Folder == new DataOptions().Folder ? $"{Text()} {verb}" : $"{Text()} {verb} --data {Quoted(data.Folder)}";

    private static string Text()
    {
        var program = Environment.ProcessPath ?? Name;
        // Started as `dotnet hatcheck.dll`, or by `dotnet run`.
        if (Path.GetFileNameWithoutExtension(program) != Name)
            return $"dotnet {Nearby(Path.Combine(AppContext.BaseDirectory, $"{Name}.dll"))}";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Contains(Path.GetDirectoryName(program), StringComparer.Ordinal) ? Name : Nearby(program);
    }

    /// <summary>The path from the working folder if the file is below it, else the whole path.</summary>
    private static string Nearby(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return Quoted(relative.StartsWith("..", StringComparison.Ordinal) ? path : Path.Combine(".", relative));
    }

    private static string Quoted(string text) => text.Contains(' ', StringComparison.Ordinal) ? $"\"{text}\"" : text;
}
