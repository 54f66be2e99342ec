using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Verbs;

/// <summary>This program's name as its shell would call it, so that a printed command line works when pasted.</summary>
internal static class OwnName
{
    private const string Name = "hatcheck";

    /// <summary>Returns the command line of a verb for the installation in a data folder.</summary>
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

    /// <summary>A path relative to the working folder if the file is below it, else the full path.</summary>
    private static string Nearby(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return Quoted(relative.StartsWith("..", StringComparison.Ordinal) ? path : Path.Combine(".", relative));
    }

    private static string Quoted(string text) => text.Contains(' ', StringComparison.Ordinal) ? $"\"{text}\"" : text;
}
