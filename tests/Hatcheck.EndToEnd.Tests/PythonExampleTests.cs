using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Hatcheck.Crypto;
using Hatcheck.TestKit;

namespace Hatcheck.EndToEnd.Tests;

/// <summary>The Python example by itself: its tests, its style, and the same hashes as Hatcheck's.</summary>
public sealed class PythonExampleTests
{
    private static string Folder { get; } = Repository.PathOf("examples", "python-telegram-bot");

    [Fact]
    public async Task Its_own_tests_pass_with_warnings_as_errors()
    {
        // From the example's folder, like in its README; leaves no compiled files there.
        string[] arguments = ["-C", Folder, Interpreters.Python(), "-B", "-W", "error", "-m", "unittest"];
        var run = await Command.RunAsync("env", arguments);
        run.Succeeded();
        run.Error.ShouldContain("OK");
        run.Error.ShouldNotContain("skipped");
        run.Error.ShouldNotContain("Ran 0 tests");
    }

    [Fact]
    public async Task Every_file_is_valid_for_the_oldest_Python_that_it_promises()
    {
        const string Parse =
            "import ast, sys\nfor name in sys.argv[1:]: ast.parse(open(name, encoding='utf-8').read(), name, "
            + "feature_version=(3, 9))";
        var files = Directory.GetFiles(Folder, "*.py", SearchOption.AllDirectories);
        files.Length.ShouldBeGreaterThan(10);
        (await Command.RunAsync(Interpreters.Python(), ["-W", "error", "-c", Parse, .. files])).Succeeded();
    }

    [Fact]
    public void It_hashes_ids_as_Hatcheck_does_under_both_schemes()
    {
        var half = Gen.Choose(0, (1 << 26) - 1);
        var ids = Gen.OneOf(
            Gen.Choose(1, 1000).Select(small => (long)small),
            from high in half
            from low in half
            select 1 + (((long)high << 26) | (long)low),
            Gen.Constant(1L << 52)
        );
        var cases =
            from scheme in Gen.Elements(BlindIndexKey.PlainScheme, BlindIndexKey.LabelledScheme)
            from length in Gen.Choose(16, 100)
            from key in Gen.Choose(0, 255).ArrayOf(length)
            from id in ids
            select (Scheme: scheme, Key: key.Select(number => (byte)number).ToArray(), Id: id);
        // One Python for many ids: a start costs more than a thousand hashes.
        Prop.ForAll(cases.ArrayOf(200).ToArbitrary(), ShouldHashAlike)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3).WithReplay(20_261_122, 7));
    }

    private static void ShouldHashAlike((int Scheme, byte[] Key, long Id)[] cases)
    {
        var input = new StringBuilder();
        var expected = new List<string>();
        foreach (var (scheme, bytes, id) in cases)
        {
            input.Append($"{scheme} {Convert.ToHexStringLower(bytes)} {id}\n");
            using var secret = new SecretBytes(bytes);
            using var key = new BlindIndexKey(secret, 1, scheme);
            expected.Add(key.Compute("telegram", "user", $"{id}"));
        }

        var script = Repository.PathOf("tests", "Hatcheck.EndToEnd.Tests", "Python", "hash_ids.py");
        var run = Command.RunAsync(Interpreters.Python(), [script, Folder], input.ToString()).GetAwaiter().GetResult();
        run.Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(expected);
    }
}
