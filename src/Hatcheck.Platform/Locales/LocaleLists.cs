namespace Hatcheck.Platform.Locales;

/// <summary>
/// Lists built into the program, so that every node has the same names (docs/adr/0015-locale-lists-are-built-in.md).
/// </summary>
internal static class LocaleLists
{
    /// <summary>The lines of an embedded list, without comments.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using var stream =
            typeof(LocaleLists).Assembly.GetManifestResourceStream($"Locales/{name}")
            ?? throw new InvalidOperationException($"The list {name} is not embedded.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
                yield return line;
        }
    }
}
