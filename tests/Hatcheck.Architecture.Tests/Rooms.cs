using System.Reflection;
using System.Text.RegularExpressions;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// Finds the room of a file or a type. The compiler keeps the edges between assemblies; a room of <see cref="Edges"/> is a
/// capability, which may share its assembly with others, or a part of the executable.
/// </summary>
internal static partial class Rooms
{
    /// <summary>The executable's own files beside its folders: composition and start.</summary>
    public const string Root = "root";

    /// <summary>Every assembly of the server.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } =
    [.. ((string[])["hatcheck", .. Parts.Select(part => $"Hatcheck.{part}")]).Select(name => Assembly.Load(name))];

    public static IEnumerable<Type> Types => Assemblies.SelectMany(assembly => assembly.GetTypes());

    private static string[] Parts => ["Platform", "People", "Access", "Ids", "Drill"];

    /// <summary>Null outside the server.</summary>
    public static string? OfPath(string path) =>
        Source().Match(path) is { Success: true } match ? Of(match.Groups["part"].Value, match.Groups["folder"].Value) : null;

    /// <summary>Null for foreign code; the assembly's name for our code outside the server.</summary>
    public static string? OfNamespace(string name)
    {
        if (name.Split('.') is not ["Hatcheck", .. var below])
            return name is "MusicBot" or "StoreBot" ? name : null;
        if (below is [])
            return Root;
        if (Parts.Contains(below[0], StringComparer.Ordinal))
            return Of(below[0], below is [_, var folder, ..] ? folder : "");
        return below[0] is "Cli" or "Demo" ? below[0] : $"Hatcheck.{below[0]}";
    }

    // People's folders are rooms, and so is Access's folder of webhooks.
    private static string Of(string part, string folder) =>
        (part, folder) switch
        {
            ("", "") => Root,
            ("", _) => folder,
            ("People", not "") => folder,
            ("Access", "Webhooks") => folder,
            _ => part,
        };

    [GeneratedRegex(@"^src/Hatcheck(?:\.(?<part>Platform|People|Access|Ids|Drill))?/(?:(?<folder>[^/]+)/)?[^/]*")]
    private static partial Regex Source();
}
