using System.Reflection;
using System.Xml.Linq;
using Hatcheck.TestKit;

namespace Hatcheck.Architecture.Tests;

public sealed class ProjectTests
{
    /// <summary>The references that each shipped project may have; an unlisted project may have none.</summary>
    private static readonly Dictionary<string, string[]> allowed = new(StringComparer.Ordinal)
    {
        ["Hatcheck.Crypto"] = [],
        ["Hatcheck.Contracts"] = [],
        ["Hatcheck.Simulator"] = [],
        ["Hatcheck.Client"] = ["Hatcheck.Contracts", "Hatcheck.Crypto"],
        ["Hatcheck.Bots"] = ["Hatcheck.Client"],
        ["Hatcheck.Bots.BotApi"] = ["Hatcheck.Bots"],
        ["MusicBot"] = ["Hatcheck.Bots"],

        ["Hatcheck.Platform"] = ["Hatcheck.Contracts", "Hatcheck.Crypto"],
        ["Hatcheck.People"] = ["Hatcheck.Platform"],
        ["Hatcheck.Access"] = ["Hatcheck.People"],
        ["Hatcheck.Ids"] = ["Hatcheck.Client", "Hatcheck.Platform"],
        ["Hatcheck.Drill"] = ["Hatcheck.Platform"],

        // Simulator and MusicBot for the demo verb alone: EdgeTests keeps them in its folder.
        ["Hatcheck"] =
        [
            "Hatcheck.Access",
            "Hatcheck.Drill",
            "Hatcheck.Ids",
            "Hatcheck.People",
            "Hatcheck.Platform",
            "Hatcheck.Simulator",
            "MusicBot",
        ],
    };

    [Fact]
    public async Task Projects_refer_only_to_what_the_design_lets_them() =>
        ForbiddenReferences(await Tracked.FilesAsync(".csproj")).ShouldBeEmpty();

    [Theory]
    [InlineData("src/Hatcheck.Crypto/Hatcheck.Crypto.csproj", "../Hatcheck.Contracts/Hatcheck.Contracts.csproj")]
    [InlineData("src/Hatcheck.Client/Hatcheck.Client.csproj", "../Hatcheck.Platform/Hatcheck.Platform.csproj")]
    [InlineData("src/Hatcheck.People/Hatcheck.People.csproj", "../Hatcheck.Access/Hatcheck.Access.csproj")]
    [InlineData("src/Hatcheck.Platform/Hatcheck.Platform.csproj", "../Hatcheck.People/Hatcheck.People.csproj")]
    [InlineData("src/Hatcheck.New/Hatcheck.New.csproj", "../Hatcheck.Crypto/Hatcheck.Crypto.csproj")]
    public void A_planted_reference_is_caught(string path, string reference) =>
        ForbiddenReferences([
                new SourceFile(path, $"<Project><ItemGroup><ProjectReference Include=\"{reference}\" /></ItemGroup></Project>"),
            ])
            .ShouldHaveSingleItem();

    /// <summary>Directory.Build.targets gives packages the analyser, which compares the two files with the code.</summary>
    [Fact]
    public async Task Each_package_that_others_use_declares_its_public_surface()
    {
        var projects = await Tracked.FilesAsync(".csproj");
        var packages = projects
            .Where(project => project.Path.StartsWith("src/", StringComparison.Ordinal) && IsPackage(project))
            .ToList();
        packages.Count.ShouldBeGreaterThanOrEqualTo(4);
        foreach (var folder in packages.Select(package => Path.GetDirectoryName(Repository.PathOf(package.Path.Split('/')))!))
        {
            File.ReadLines(Path.Combine(folder, "PublicAPI.Shipped.txt")).Count().ShouldBeGreaterThan(1, folder);
            File.ReadLines(Path.Combine(folder, "PublicAPI.Unshipped.txt")).First().ShouldBe("#nullable enable", folder);
        }

        var targets = XDocument.Load(Repository.PathOf("Directory.Build.targets")).Descendants("PackageReference");
        targets.ShouldContain(package => package.Attribute("Include")!.Value == "Microsoft.CodeAnalysis.PublicApiAnalyzers");
    }

    private static bool IsPackage(SourceFile project) =>
        XDocument.Parse(project.Text).Descendants("IsPackable").Any(flag => flag.Value == "true");

    [Fact]
    public void Everything_in_the_server_is_internal() => Rooms.Assemblies.SelectMany(Exported).ShouldBeEmpty();

    [Fact]
    public void A_planted_public_type_is_caught() =>
        Exported(typeof(ProjectTests).Assembly).Contains(nameof(ProjectTests), StringComparer.Ordinal).ShouldBeTrue();

    /// <summary>The Web SDK generates a public Program for test hosts; it has no members.</summary>
    private static List<string> Exported(Assembly assembly) =>
        [.. assembly.GetExportedTypes().Where(t => t.FullName != "Program").Select(t => t.Name)];

    private static List<string> ForbiddenReferences(IEnumerable<SourceFile> projects) =>
        [
            .. from project in projects
            where
                project.Path.StartsWith("src/", StringComparison.Ordinal)
                || project.Path.StartsWith("bots/", StringComparison.Ordinal)
            let name = Path.GetFileNameWithoutExtension(project.Name)
            from reference in XDocument.Parse(project.Text).Descendants("ProjectReference")
            let to = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Split('/')[^1])
            where !allowed.GetValueOrDefault(name, []).Contains(to, StringComparer.Ordinal)
            select $"{name} -> {to}",
        ];
}
