using System.Text.RegularExpressions;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// A capability (see <see cref="Rooms"/>) uses itself, Platform, the seams, and what <see cref="Edges"/> allows. The test
/// reads compiled code, since a `using` is not the only way to name a type, and also `using`s, since constants are compiled
/// away.
/// </summary>
public sealed partial class EdgeTests
{
    private const string Server = "Hatcheck";

    private static readonly HashSet<string> allowed = [.. Edges.Allowed.Keys];

    /// <summary>Our assemblies that the server may name anywhere.</summary>
    private static readonly string[] libraries = ["Hatcheck.Contracts", "Hatcheck.Crypto"];

    [Fact]
    public void Capabilities_use_only_themselves_Platform_seams_and_allowed_edges() =>
        Forbidden(Rooms.Types, Server, allowed).ShouldBeEmpty();

    [Fact]
    public async Task Usings_name_only_allowed_edges() =>
        ForbiddenUsings(await Tracked.FilesAsync(".cs"), allowed).ShouldBeEmpty();

    [Fact]
    public void Each_planted_edge_between_capabilities_is_caught_and_an_allowed_one_passes()
    {
        const string Root = "Hatcheck.Architecture.Tests.Planted";
        var planted = typeof(EdgeTests)
            .Assembly.GetTypes()
            .Where(t => t.Namespace?.StartsWith(Root, StringComparison.Ordinal) == true)
            .ToList();

        var found = Forbidden(planted, Root, []);
        foreach (
            var culprit in new[] { "InAField", "InABody", "InALambda", "InAnAsyncMethod", "AsATypeArgument", "AsAnAttribute" }
        )
        {
            found.ShouldContain(f => f.Contains($"{culprit} names Planted.Users."), culprit);
        }

        found
            .Where(f => !f.StartsWith("Orders -> Users", StringComparison.Ordinal))
            .ShouldHaveSingleItem()
            .ShouldBe("Platform -> Users: Platform.PlatformThatKnowsUsers names Planted.Users.UserRow");
        Forbidden(planted, Root, ["Orders -> Users", "Platform -> Users"]).ShouldBeEmpty();
    }

    [Fact]
    public void A_planted_using_of_another_capability_or_of_the_simulator_is_caught()
    {
        static SourceFile File(string text) => new("src/Hatcheck.People/Users/UserStore.cs", text);
        ForbiddenUsings([File("using Hatcheck.Platform.Keys;\nusing Hatcheck.Contracts;")], []).ShouldBeEmpty();
        ForbiddenUsings([File("using Hatcheck.People.Usage;")], []).ShouldHaveSingleItem();
        ForbiddenUsings([File("using static Hatcheck.People.Usage.Things;")], []).ShouldHaveSingleItem();
        ForbiddenUsings([File("using Log = Hatcheck.People.Usage.Log;")], []).ShouldHaveSingleItem();
        ForbiddenUsings([File("using Hatcheck.Simulator;")], allowed).ShouldHaveSingleItem();
    }

    private static List<string> Forbidden(IEnumerable<Type> types, string root, HashSet<string> edges) =>
        [
            .. from type in types
            let @from = Room(type.Namespace, root)
            where @from is not null && @from.Length > 0
            from named in CodeReferences.Of(type)
            let to = Room(named.Namespace, root)
            where to is not null && !MayUse(@from, to, edges)
            select $"{@from} -> {to}: {@from}.{Outermost(type).Name} names "
                + $"{named.FullName?.Replace("Hatcheck.Architecture.Tests.", "")}",
        ];

    private static List<string> ForbiddenUsings(IEnumerable<SourceFile> files, HashSet<string> edges) =>
        [
            .. from file in files
            let @from = Rooms.OfPath(file.Path)
            where @from is not null and not Rooms.Root
            from Match match in Using().Matches(file.Text)
            let to = Room(match.Groups["name"].Value, Server)
            where to is not null && !MayUse(@from, to, edges)
            select $"{@from} -> {to}: {file.Path}",
        ];

    /// <summary>
    /// The capability of a namespace; "" for the composition root, an assembly's name for our other projects, null for foreign
    /// code.
    /// </summary>
    private static string? Room(string? name, string root)
    {
        if (name is null)
            return null;
        if (root == Server)
            return Rooms.OfNamespace(name) is var room && room == Rooms.Root ? "" : room;
        if (name == root)
            return "";
        if (name.StartsWith(root + ".", StringComparison.Ordinal))
            return name[(root.Length + 1)..].Split('.')[0];
        if (name.StartsWith("Hatcheck.Architecture", StringComparison.Ordinal))
            return null;
        if (name.StartsWith("Hatcheck.", StringComparison.Ordinal))
            return string.Join('.', name.Split('.').Take(2));
        return name.Split('.')[0] is "MusicBot" or "StoreBot" ? name.Split('.')[0] : null;
    }

    private static bool MayUse(string from, string to, HashSet<string> edges) =>
        from == to
        || libraries.Contains(to, StringComparer.Ordinal)
        || (
            Edges.Compositions.Contains(from, StringComparer.Ordinal)
            && !Edges.Compositions.Contains(to, StringComparer.Ordinal)
            && !Foreign(to)
        )
        || edges.Contains($"{from} -> {to}")
        || (Edges.Foundations.Contains(to, StringComparer.Ordinal) && (to == "Platform" || from != "Platform"));

    private static bool Foreign(string room) =>
        room.StartsWith("Hatcheck.", StringComparison.Ordinal) || room is "MusicBot" or "StoreBot";

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?(?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();
}
