using System.Reflection;
using System.Text.RegularExpressions;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// Where in the server a file or a type is. Between assemblies the compiler keeps the edges; a room is what
/// <see cref="Edges"/> speaks of: a capability, which may share its assembly with others, or a part of the executable.
/// </summary>
internal static partial class Rooms
{
    /// <summary>The executable's own files beside its folders: composition and start.</summary>
    public const string Root = "root";

    /// <summary>Every assembly that the server is made of.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } =
    [.. ((string[])["hatcheck", .. Parts.Select(part => $"Hatcheck.{part}")]).Select(name => Assembly.Load(name))];

    public static IEnumerable<Type> Types => Assemblies.SelectMany(assembly => assembly.GetTypes());

    private static string[] Parts => ["Platform", "People", "Access", "Ids", "Drill"];

    /// <summary>Null for what is not the server's.</summary>
    public static string? OfPath(string path) =>
        Source().Match(path) is { Success: true } match ? Of(match.Groups["part"].Value, match.Groups["folder"].Value) : null;

    /// <summary>Null for what is not ours; the assembly's name for what is ours and not the server's.</summary>
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
