namespace Hatcheck.Drill.Installation;

/// <summary>
/// The private folders of one drill, deleted on disposal: every place where the server under test can leave data.
/// </summary>
internal sealed class Workspace : IDisposable
{
    public Workspace()
    {
        // Created with mode 0700.
        Root = Directory.CreateTempSubdirectory("hatcheck-drill-").FullName;
        foreach (var folder in (string[])[Data, Temporary, Home, Working, Captured])
            Directory.CreateDirectory(folder);
    }

    public string Root { get; }

    public string Data => Path.Combine(Root, "data");

    public string Temporary => Path.Combine(Root, "tmp");

    public string Home => Path.Combine(Root, "home");

    /// <summary>The server's working folder, where the system puts its core dumps.</summary>
    public string Working => Path.Combine(Root, "run");

    /// <summary>The drill's own recordings: streams, telemetry.</summary>
    public string Captured => Path.Combine(Root, "captured");

    public string CapturedFile(string name) => Path.Combine(Captured, name);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
