using System.IO.Compression;
using System.Text;
using Hatcheck.TestKit;

namespace Hatcheck.Crypto.Tests;

/// <summary>
/// The published package: its README's example, and the file that <c>dotnet pack</c> creates.
/// </summary>
public sealed class PackageTests
{
    private static string ReadMe { get; } =
        File.ReadAllText(Repository.PathOf("src", "Hatcheck.Crypto", "README.md")).ReplaceLineEndings("\n");

    [Fact]
    public void The_READMEs_example_is_the_code_below()
    {
        var source = File.ReadAllText(Repository.PathOf("tests", "Hatcheck.Crypto.Tests", "PackageTests.cs"))
            .ReplaceLineEndings("\n");
        var compiled = source.Split("// example" + " begins\n")[1].Split("        // example" + " ends")[0];
        var unindented = string.Join(
            '\n',
            compiled.Split('\n').Select(line => line.StartsWith("        ", StringComparison.Ordinal) ? line[8..] : line)
        );
        ReadMe.Split("```csharp\n")[1].Split("```")[0].ShouldBe(unindented);
    }

    [Fact]
    public async Task The_READMEs_example_runs_and_prints_what_it_says()
    {
        using var folder = new TemporaryFolder();
        var printed = new StringWriter();
        await Example(folder.File("kek"), printed);
        var lines = printed.ToString().Split(Environment.NewLine);
        lines[0].ShouldBe("***");
        lines[1].ShouldBe("BQD-token");
        BlindIndexKey.IsIndex(lines[2]).ShouldBeTrue();
    }

    [Fact]
    public void The_package_packs_with_its_README_its_documentation_and_no_dependency()
    {
        using var folder = new TemporaryFolder();
        var configuration = AppContext.BaseDirectory.Contains("/Release/") ? "Release" : "Debug";
        OtherPrograms.Run(
            "dotnet",
            "pack",
            Repository.PathOf("src", "Hatcheck.Crypto"),
            "--no-build",
            "--configuration",
            configuration,
            "--output",
            folder.Path,
            "-v",
            "q"
        );
        using var package = ZipFile.OpenRead(Directory.GetFiles(folder.Path, "Hatcheck.Crypto.*.nupkg").ShouldHaveSingleItem());
        var names = package.Entries.Select(e => e.FullName).ToArray();
        names.ShouldContain("README.md", StringComparer.Ordinal);
        names.ShouldContain("lib/net10.0/Hatcheck.Crypto.dll", StringComparer.Ordinal);
        names.ShouldContain("lib/net10.0/Hatcheck.Crypto.xml", StringComparer.Ordinal);
        using var reader = new StreamReader(package.GetEntry("Hatcheck.Crypto.nuspec")!.Open(), Encoding.UTF8);
        var nuspec = reader.ReadToEnd();
        nuspec.ShouldContain("<license type=\"expression\">Apache-2.0</license>");
        nuspec.ShouldNotContain("<dependency ");
    }

    private static async Task Example(string keyFile, TextWriter Console)
    {
        // example begins
        // The key-encryption key: created on first start with mode 0600, and refused if others can read it.
        // Back it up apart from the data.
        using var kek = LocalKeys.FromFile(keyFile, create: true);

        // A user arrives: a random key, stored only in wrapped form.
        var (tenant, person, row) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var context = new WrapContext(tenant, person, KeyPurpose.Data, Version: 1);
        byte[] wrapped;
        using (var fresh = SecretBytes.Random(DataKey.Length))
            wrapped = await kek.WrapAsync(fresh, context);

        // Seal a token for its place.
        using var unwrapped = await kek.UnwrapAsync(wrapped, context);
        using var key = new DataKey(unwrapped, version: 1);
        var place = new CellAddress("connections", "access_token", tenant, row, person);
        byte[] cell = Cell.Seal(key, place, "BQD-token"u8);

        // It opens there, and nowhere else.
        using var opened = Cell.Open(key, place, cell);
        using var token = SecretText.FromUtf8(opened.Reveal());
        Console.WriteLine(token); // ***
        Console.WriteLine(token.Reveal()); // BQD-token

        // Find the user again by a Telegram id that is stored nowhere.
        using var secret = SecretBytes.Random(32);
        using var index = new BlindIndexKey(secret, version: 1, BlindIndexKey.LabelledScheme);
        if (CanonicalId.TryTelegram("7012345678", out var id))
            Console.WriteLine(index.Compute("telegram", "user", id)); // 64 hexadecimal digits

        // Erase the user: delete `wrapped` from wherever it is stored. No cell opens again.
        // example ends
    }
}
