using System.Reflection;
using System.Text.RegularExpressions;
using Hatcheck.TestKit;

namespace Hatcheck.Architecture.Tests.Docs;

/// <summary>`.env.example` lists every setting: each property of each options class, a type with a constant <c>Section</c>.</summary>
public sealed partial class SettingTests
{
    private static readonly Type[] scalars = [typeof(string), typeof(TimeSpan), typeof(Uri), typeof(decimal), typeof(Guid)];

    [Fact]
    public async Task Every_setting_is_in_the_example() => Missing(Listed(Example()), await KnownAsync()).ShouldBeEmpty();

    [Fact]
    public async Task The_example_lists_no_setting_that_does_not_exist() =>
        Missing([.. await KnownAsync(), "Urls"], Listed(Example())).ShouldBeEmpty();

    [Fact]
    public void A_planted_setting_is_missed_in_the_example_and_a_planted_line_has_no_setting()
    {
        var planted = Settings([typeof(PlantedOptions)]);
        planted.ShouldBe(["Planted__Pause", "Planted__Inner__Depth", "Planted__Names"], ignoreOrder: true);
        Missing(Listed("# Planted__Pause=00:00:01\nPlanted__Inner__Depth=3\n# Planted__Names__0=a\n"), planted).ShouldBeEmpty();
        Missing(Listed("# Planted__Pause=00:00:01\nPlanted__Inner__Depth=3\n"), planted).ShouldHaveSingleItem().ShouldBe("Planted__Names");
        Missing(planted, Listed("Planted__Paws=1\n")).ShouldHaveSingleItem().ShouldBe("Planted__Paws");
    }

    /// <summary>The server's options classes, and what the bots ask their configuration for by name.</summary>
    private static async Task<List<string>> KnownAsync() =>
    [
        .. Settings(Assembly.Load("hatcheck").GetTypes()),
        .. (await Tracked.FilesAsync(".cs")).Where(f => f.Path.StartsWith("bots/", StringComparison.Ordinal))
            .SelectMany(f => ByName().Matches(f.Text)).Select(m => m.Groups["name"].Value.Replace(":", "__")).Distinct(StringComparer.Ordinal),
    ];

    private static string Example() => File.ReadAllText(Repository.PathOf(".env.example"));

    /// <summary>The names in front of the equals signs, commented out or not; list positions dropped.</summary>
    private static List<string> Listed(string example) =>
        [.. Line().Matches(example).Select(m => Position().Replace(m.Groups["name"].Value, ""))];

    private static List<string> Missing(IEnumerable<string> among, IEnumerable<string> wanted)
    {
        var have = among.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. wanted.Where(name => !have.Contains(name))];
    }

    private static List<string> Settings(IEnumerable<Type> types) =>
    [
        .. from type in types
           let section = type.GetField("Section", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
           where section is { IsLiteral: true } && section.FieldType == typeof(string)
           from name in Below(((string)section.GetRawConstantValue()!).Replace(":", "__"), type)
           select name,
    ];

    private static IEnumerable<string> Below(string prefix, Type type)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite || !IsScalar(p.PropertyType)))
        {
            var name = prefix.Length == 0 ? property.Name : $"{prefix}__{property.Name}";
            if (IsScalar(property.PropertyType) || property.PropertyType.Namespace?.StartsWith("System", StringComparison.Ordinal) == true) yield return name;
            else foreach (var inner in Below(name, property.PropertyType)) yield return inner;
        }
    }

    private static bool IsScalar(Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare.IsPrimitive || bare.IsEnum || scalars.Contains(bare);
    }

    private sealed class PlantedOptions
    {
        public const string Section = "Planted";

        public TimeSpan? Pause { get; set; }

        public PlantedInner Inner { get; } = new();

        public List<string> Names { get; } = [];

        public bool IsComputed => Pause is null;
    }

    private sealed class PlantedInner
    {
        public int Depth { get; set; }
    }

    [GeneratedRegex(@"^(?:# ?)?(?<name>[A-Za-z][A-Za-z0-9_]*)=", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("\"(?<name>(?:Bot|Hatcheck):[A-Z][A-Za-z]+)\"")]
    private static partial Regex ByName();

    [GeneratedRegex(@"__\d+$")]
    private static partial Regex Position();
}
