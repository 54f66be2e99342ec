using System.Reflection;
using System.Text.RegularExpressions;
using Hatcheck.Platform.Audit;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Audit;

/// <summary>Acts are declared by their capabilities, and the page about the audit log lists them.</summary>
public sealed class ActTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string[] page = File.ReadAllLines(Repository.PathOf("docs", "concepts", "audit.md"));

    [Fact]
    public void Every_act_in_the_source_is_declared_and_every_declared_one_is_a_constant_of_the_source()
    {
        var fields = Composition
            .Assemblies.All.SelectMany(part => part.GetTypes())
            .SelectMany(type => type.GetFields(Everything))
            .Where(field => field.FieldType == typeof(Act));
        var names = fields.Select(field => ((Act)field.GetValue(null)!).Name);
        names.ShouldBe(Composition.Acts.Declared.Select(act => act.Name), ignoreOrder: true);
        fields.ShouldAllBe(field => field.IsInitOnly);
    }

    [Fact]
    public void The_page_lists_each_act_with_what_it_says_and_whether_it_is_about_a_user()
    {
        const string Head = "| act | what is said | about a user |";
        page.ShouldContain(Head, StringComparer.Ordinal);
        page.SkipWhile(line => line != Head)
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .ShouldBe(
                Composition.Acts.Declared.Select(act => $"| `{act.Name}` | {act.Description} | {(act.IsPersonal ? "✓" : " ")} |")
            );
    }

    [Fact]
    public void What_is_said_of_a_personal_act_speaks_to_the_user() =>
        Composition
            .Acts.Declared.Where(act => act.IsPersonal && !Regex.IsMatch(act.Description, @"\b[Yy]ou(?:rs?)?\b"))
            .ShouldBeEmpty();

    [Fact]
    public void An_act_that_is_no_code_says_nothing_or_takes_anothers_name_stops_the_start_and_is_named()
    {
        Refusal(new("Shoes", "Your shoes were changed.", true)).ShouldContain("Shoes: a name is thing.deed");
        Refusal(new("shoes.change Anna", "Your shoes were changed.", true)).ShouldContain("shoes.change Anna: a name is");
        Refusal(new("shoes.change", "", true)).ShouldContain("shoes.change: its description is not a sentence.");
        Refusal(new("shoes.change", "changed", true)).ShouldContain("shoes.change: its description is not a sentence.");
        Refusal(new("user.update", "Your shoes were changed.", true)).ShouldContain("user.update: two acts have this name.");

        static string Refusal(Act act) =>
            Should.Throw<InvalidOperationException>(() => new KnownActs([.. Composition.Acts.Declared, act])).Message;
    }
}
