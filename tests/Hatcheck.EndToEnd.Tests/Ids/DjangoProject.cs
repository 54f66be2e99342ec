using Hatcheck.TestKit;

namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>A copy of `alice_bp`, a small Django project, with its own database.</summary>
internal sealed class DjangoProject : IAsyncDisposable
{
    private DjangoProject(OwnersDatabase database) => Database = database;

    public OwnersDatabase Database { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("hatcheck-django-").FullName;

    /// <summary>Copies the project, and creates its tables by its migrations.</summary>
    public static async Task<DjangoProject> CreateAsync()
    {
        var project = new DjangoProject(await OwnersDatabase.CreateAsync());
        var source = Repository.PathOf("tests", "Hatcheck.EndToEnd.Tests", "Ids", "alice_bp");
        foreach (var file in Directory.GetFiles(source, "*.py", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(project.Folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        (await project.ManageAsync("migrate")).Succeeded();
        return project;
    }

    public Task<CommandResult> ManageAsync(params string[] arguments) => RunAsync(["manage.py", .. arguments]);

    /// <summary>Runs Python with the models imported; returns its last line of output.</summary>
    public async Task<string> PythonAsync(string code)
    {
        var said = (await RunAsync(["manage.py", "shell", "-c", code])).Succeeded();
        return said.TrimEnd().Split('\n')[^1];
    }

    /// <summary>Writes a file of the project.</summary>
    public void Write(string path, string text) => File.WriteAllText(Path.Combine(Folder, path), text);

    public void Replace(string path, string old, string with)
    {
        var text = File.ReadAllText(Path.Combine(Folder, path));
        text.ShouldContain(old);
        Write(path, text.Replace(old, with, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<CommandResult> RunAsync(IEnumerable<string> arguments)
    {
        var variables = Database.Environment.Select(pair => $"{pair.Key}={pair.Value}");
        return await Command.RunAsync(
            "env",
            [
                "-C",
                Folder,
                .. variables,
                $"TELEGRAM_ID_HMAC_KEY={IdsProcess.Key}",
                "PYTHONDONTWRITEBYTECODE=1",
                await Interpreters.PythonWithDjangoAsync(),
                .. arguments,
            ]
        );
    }
}
