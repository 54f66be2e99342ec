namespace Hatcheck.Drill.Installation;

/// <summary>
/// The folders of one drill, for its owner alone, deleted with it: everywhere that the server under test can leave something.
/// </summary>
internal sealed class Workspace : IDisposable
{
    public Workspace()
    {
        // Made with mode 0700.
        Root = Directory.CreateTempSubdirectory("hatcheck-drill-").FullName;
        foreach (var folder in (string[])[Data, Temporary, Home, Working, Captured])
            Directory.CreateDirectory(folder);
    }

    public string Root { get; }

    public string Data => Path.Combine(Root, "data");

    public string Temporary => Path.Combine(Root, "tmp");

    public string Home => Path.Combine(Root, "home");

    /// <summary>Where the server runs, and so where the system puts its core dumps.</summary>
    public string Working => Path.Combine(Root, "run");

    /// <summary>What the drill itself wrote down: streams, telemetry.</summary>
    public string Captured => Path.Combine(Root, "captured");

    public string CapturedFile(string name) => Path.Combine(Captured, name);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
