using Hatcheck.Demo;
using Hatcheck.Platform;

namespace Hatcheck.Tests.Demo;

public sealed class DemoFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-demo-folder-").FullName;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Data_that_no_demo_made_is_neither_adopted_nor_thrown_away(bool keep)
    {
        File.WriteAllText(Path.Combine(folder, "hatcheck.db"), "somebody's");
        File.WriteAllText(Path.Combine(folder, "kek.key"), "somebody's");
        Should.Throw<OperatorException>(() => DemoFolder.Take(folder, keep)).Message.ShouldContain("--data");
        Directory.GetFiles(folder).Select(Path.GetFileName).ShouldBe(["hatcheck.db", "kek.key"], ignoreOrder: true);
        File.ReadAllText(Path.Combine(folder, "kek.key")).ShouldBe("somebody's");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_an_earlier_demo_made_is_kept_or_thrown_away_as_told(bool keep)
    {
        DemoFolder.Take(folder, keep: false);
        File.WriteAllText(Path.Combine(folder, "hatcheck.db"), "the demo's");
        DemoFolder.Take(folder, keep);
        File.Exists(Path.Combine(folder, "hatcheck.db")).ShouldBe(keep);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
