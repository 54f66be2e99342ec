using System.Text.RegularExpressions;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// No file outside a capability's folder names its namespace, its types or, in a string, its tables; the list of capabilities
/// is the exception.
/// <see cref="EdgeTests"/> reads compiled code; this test reads the source, which has SQL and constants. It allows the edges of
/// <see cref="Edges"/>, and each of those must be in use.
/// </summary>
public sealed partial class RoomTests
{
    [Fact]
    public async Task No_file_outside_its_room_names_a_capability()
    {
        var found = Named(await SourceAsync());
        found.Where(one => !Edges.Allowed.ContainsKey(one.Edge)).Select(one => one.ToString()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_permitted_edge_between_rooms_is_in_use()
    {
        var files = await SourceAsync();
        var rooms = RoomsOf(files);
        var used = Named(files).Select(one => one.Edge).ToHashSet(StringComparer.Ordinal);
        Edges.Allowed.Keys.Where(edge => rooms.Contains(edge.Split(" -> ")[1]) && !used.Contains(edge)).ShouldBeEmpty();
    }

    // Scripts of 0.1 and before: they created or changed tables of several rooms, and a released script never changes.
    private static readonly string[] OldScripts =
    [
        "0001_foundation.sql",
        "0002_access.sql",
        "0003_profiles.sql",
        "0009_protection.sql",
    ];

    [Fact]
    public async Task A_script_makes_and_changes_the_tables_of_its_own_room_alone()
    {
        var tables = (await SourceAsync())
            .SelectMany(TablesOf)
            .DistinctBy(one => one.Table, StringComparer.Ordinal)
            .ToDictionary(one => one.Table, one => one.Room, StringComparer.Ordinal);
        var scripts = (await Tracked.FilesAsync(".sql")).Where(file => Rooms.OfPath(file.Path) is not null).ToList();
        scripts.Count.ShouldBeGreaterThan(10);
        Strange(scripts.Where(file => !OldScripts.Contains(file.Name)), tables).ShouldBeEmpty();
        Strange(
                [
                    new(
                        "src/Hatcheck.Platform/Storage/Migrations/sqlite/0042_more.sql",
                        "alter table preferences add column x text;"
                    ),
                ],
                tables
            )
            .ShouldHaveSingleItem();
    }

    private static List<string> Strange(IEnumerable<SourceFile> scripts, Dictionary<string, string> tables) =>
        [
            .. from script in scripts
            from table in MadeTable().Matches(script.Text).Select(match => match.Groups["name"].Value)
            where tables.TryGetValue(table, out var room) && room != RoomOf(script)
            select $"{script.Path} makes or changes {table} of {tables[table]}",
        ];

    [Fact]
    public void Each_planted_way_of_naming_a_capability_is_caught()
    {
        SourceFile[] room =
        [
            new("src/Hatcheck.People/Shoes/ShoesCapability.cs", "internal sealed class ShoesCapability : Capability;"),
            new("src/Hatcheck.People/Shoes/ShoeFitting.cs", "internal sealed class ShoeFitting;"),
            new(
                "src/Hatcheck.People/Shoes/ShoeTables.cs",
                "new()\n{\n    Name = \"shoes\",\n    Description = \"All.\",\n},\n"
                    + "new()\n{\n    Name = \"shoe_sizes\",\n    Description = \"All.\",\n},"
            ),
        ];
        foreach (
            var text in new[]
            {
                "using Hatcheck.People.Shoes;",
                "using static Hatcheck.People.Shoes.ShoeText;",
                "var all = \"Hatcheck.People.Shoes\";",
                "var it = new Shoes.ShoeFitting();",
                "var it = services.Get<ShoeFitting>();",
                "/// <see cref=\"ShoeFitting\"/>",
                "var sql = \"select 1 from shoes where true\";",
                "var sql = $\"delete  from SHOES\";",
                "var sql = \"... join shoes s\"\n+ \"on true\";",
                "var sql =\n\"\"\"\nupdate shoes\n\"\"\";",
                "string[] names = [\"shoe_sizes\"];",
            }
        )
        {
            Named([.. room, new("src/Hatcheck.Platform/Culprit.cs", text)])
                .ShouldContain(one => one.Edge == "Platform -> Shoes", text);
        }

        Named([.. room, new("src/Hatcheck/Startup.cs", "new ShoeFitting()")]).ShouldContain(one => one.Edge == "root -> Shoes");
        foreach (
            var text in new[]
            {
                "var words = \"the shoes of a person\";",
                "// from shoes",
                "shoe.ShoeFitting = 1;",
                "string[] verb = [\"shoes\", \"list\"];",
                "var shoes = 1;",
                "\"/shoes/{id}\"",
            }
        )
            Named([.. room, new("src/Hatcheck.Platform/Innocent.cs", text)]).ShouldBeEmpty(text);
        Named([.. room, new(Edges.List, "new ShoesCapability()")]).ShouldBeEmpty();
        Named([.. room, new("src/Hatcheck.People/Shoes/Other.cs", "new ShoeFitting()")]).ShouldBeEmpty();
    }

    private static async Task<IReadOnlyList<SourceFile>> SourceAsync() =>
        [.. (await Tracked.FilesAsync(".cs")).Where(file => Rooms.OfPath(file.Path) is not null)];

    private static List<Finding> Named(IReadOnlyList<SourceFile> files)
    {
        var rooms = RoomsOf(files);
        var types = files.SelectMany(TypesOf).ToLookup(one => one.Type, one => one.Room, StringComparer.Ordinal);
        var tables = files
            .Where(file => rooms.Contains(RoomOf(file), StringComparer.Ordinal))
            .SelectMany(TablesOf)
            .DistinctBy(one => one.Table, StringComparer.Ordinal)
            .ToDictionary(one => one.Table, one => one.Room, StringComparer.Ordinal);
        return
        [
            .. from file in files
            where file.Path != Edges.List
            from one in NamedIn(file, rooms, types, tables).Distinct()
            where one.Room != RoomOf(file)
            select new Finding($"{RoomOf(file)} -> {one.Room}", file.Path, one.Name),
        ];
    }

    private static IEnumerable<(string Room, string Name)> NamedIn(
        SourceFile file,
        HashSet<string> rooms,
        ILookup<string, string> types,
        Dictionary<string, string> tables
    )
    {
        foreach (
            var name in Namespace()
                .Matches(file.Text)
                .Select(match => Rooms.OfNamespace(match.Value))
                .OfType<string>()
                .Where(rooms.Contains)
        )
            yield return (name, $"the namespace {name}");
        foreach (var word in Word().Matches(file.Text).Select(match => match.Value).Where(types.Contains))
        {
            // Two rooms may have a type of the same name: then the name identifies neither.
            if (
                types[word].Distinct(StringComparer.Ordinal).ToList() is [var room]
                && rooms.Contains(room, StringComparer.Ordinal)
            )
                yield return (room, $"the type {word}");
        }

        foreach (var text in Text().Matches(Comment().Replace(file.Text, "")).Select(match => match.Value))
        {
            foreach (var (table, room) in tables.Where(one => NamesTable(text, one.Key)))
                yield return (room, $"the table {table}");
        }
    }

    // A table's name may also be an English word or a verb: then it counts only where SQL has a table.
    private static bool NamesTable(string text, string table) =>
        Regex.IsMatch(
            text,
            table.Contains('_')
                ? $@"(?<!\w){table}(?!\w)"
                : $@"\b(?:from|join|into|update|lock\s+table|exists)\s+{table}\b(?!\.)",
            RegexOptions.IgnoreCase
        );

    private static string RoomOf(SourceFile file) => Rooms.OfPath(file.Path) ?? "";

    private static HashSet<string> RoomsOf(IEnumerable<SourceFile> files) =>
        [
            .. files
                .Where(file => file.Name.EndsWith("Capability.cs", StringComparison.Ordinal))
                .Select(RoomOf)
                .Except(["Platform", "root"], StringComparer.Ordinal),
        ];

    // Types with their own file and a name of two words or more: one word may also be a property's.
    private static IEnumerable<(string Type, string Room)> TypesOf(SourceFile file) =>
        file.Name[..^3] is var type && type.Skip(1).Any(char.IsUpper) && file.Text.Contains($" {type}", StringComparison.Ordinal)
            ? [(type, RoomOf(file))]
            : [];

    private static IEnumerable<(string Table, string Room)> TablesOf(SourceFile file) =>
        DeclaredTable().Matches(file.Text).Select(match => (match.Groups["name"].Value, RoomOf(file)));

    private sealed record Finding(string Edge, string Path, string Name)
    {
        public override string ToString() => $"{Edge}: {Path} names {Name}";
    }

    [GeneratedRegex(@"\bHatcheck(?:\.\w+)+")]
    private static partial Regex Namespace();

    [GeneratedRegex(@"(?<![.\w/])[A-Z]\w+|(?<=\b[A-Z]\w+\.)[A-Z]\w+(?=\()")]
    private static partial Regex Word();

    [GeneratedRegex("\"\"\".*?\"\"\"|\"(?:[^\"\\\\\\n]|\\\\.)*\"", RegexOptions.Singleline)]
    private static partial Regex Text();

    [GeneratedRegex(@"^\s*//.*$|(?<=[;,)\]}] )//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(?:create|alter)\s+table\s+(?:if\s+not\s+exists\s+)?(?:keys\.)?(?<name>\w+)", RegexOptions.IgnoreCase)]
    private static partial Regex MadeTable();

    [GeneratedRegex(@"^\s+Name = ""(?<name>\w+)"",\s*\n\s+Description = ", RegexOptions.Multiline)]
    private static partial Regex DeclaredTable();
}
