using System.Reflection;
using System.Text.RegularExpressions;
using Hatcheck.Platform.Audit;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// One door to the audit log: code outside Platform/Audit neither creates an entry, nor writes its table, nor invents an act
/// inline. A text becomes an actor only where it is a code by its nature.
/// </summary>
public sealed partial class AuditDoorTests
{
    private const string Door = "src/Hatcheck.Platform/Audit/";

    /// <summary>Places that may create an actor from a code: files, or folders, which end with a slash.</summary>
    private static readonly (string Of, string Where)[] codes =
    [
        ("Job", "Job.cs"),
        ("Webhook", "src/Hatcheck.Access/Webhooks/"),
        ("Address", "src/Hatcheck.Platform/Limits/"),
    ];

    [Fact]
    public async Task Nobody_else_makes_entries_writes_their_table_or_makes_an_actor_of_a_text() =>
        Found(await Tracked.FilesAsync(".cs")).ShouldBeEmpty();

    [Theory]
    [InlineData("db.Add(new AuditEntry { TenantId = tenant, Act = \"user.update\" });")]
    [InlineData("db.Set<AuditEntry>().Add(entry);")]
    [InlineData("AuditEntry entry = new() { Act = act };")]
    [InlineData("private const string Insert = \"insert into audit_pending (tenant_id) values ($1)\";")]
    [InlineData("+ \"INTO  Audit_Pending (tenant_id) \"")]
    [InlineData("string[] names = [\"audit_pending\"];")]
    [InlineData("var actor = Actor.Job(Environment.UserName);")]
    [InlineData("var actor = Actor.Webhook(user.Name);")]
    [InlineData("var actor = Actor.Address (name);")]
    [InlineData("var actor = Audit.Actor.Job(name);")]
    [InlineData("Actor actor = new();")]
    [InlineData("var actor = new Actor();")]
    [InlineData("var actor = default(Actor);")]
    [InlineData("using static Hatcheck.Platform.Audit.Actor;")]
    public void Each_planted_way_around_the_door_is_caught(string line)
    {
        Found([new SourceFile("src/Hatcheck.People/Users/UserDirectory.cs", line)]).ShouldHaveSingleItem();
        Found([new SourceFile(Door + "AuditTrail.cs", line)]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("src/Hatcheck.People/Profiles/PurgeJob.cs", "purging.RunAsync(Actor.Job(Name), cancellation)")]
    [InlineData("src/Hatcheck.Access/Webhooks/ClerkEndpoint.cs", "public Actor Actor => Actor.Webhook(Name);")]
    [InlineData("src/Hatcheck.Platform/Limits/SecurityEvents.cs", "Actor.Address(name)")]
    [InlineData("src/Hatcheck.People/Users/UserDirectory.cs", "AuditTrail.Add(db, UserActs.Link, caller.Actor, user);")]
    [InlineData(
        "src/Hatcheck.People/Users/UserDirectory.cs",
        "/// <summary>As in <c>audit_pending</c>, an AuditEntry.</summary>"
    )]
    [InlineData("src/Hatcheck.Platform/Tables/PlatformTables.cs", "Name = \"audit_pending\",")]
    [InlineData("tests/Hatcheck.People.Tests/PeopleTests.cs", "await database.ScalarAsync(\"select 1 from audit_pending\");")]
    public void What_goes_through_it_passes(string path, string line) => Found([new SourceFile(path, line)]).ShouldBeEmpty();

    [Fact]
    public void Acts_are_made_as_constants_only() => Makers(Rooms.Types).ShouldBeEmpty();

    [Fact]
    public void An_act_that_is_made_up_on_the_way_is_caught() =>
        Makers(typeof(AuditDoorTests).GetNestedTypes(BindingFlags.NonPublic).Where(type => type.Name != nameof(InAConstant)))
            .ShouldBe([$"{nameof(InABody)}.Record", $"{nameof(OfAnother)}.Record"], ignoreOrder: true);

    [Fact]
    public void An_act_that_is_a_constant_passes() => Makers([typeof(InAConstant)]).ShouldBeEmpty();

    private static List<string> Found(IEnumerable<SourceFile> files) =>
        [
            .. from file in files
            where Rooms.OfPath(file.Path) is not null && !file.Path.StartsWith(Door, StringComparison.Ordinal)
            from line in file.Lines
            where !Comment().IsMatch(line)
            where
                NoActor().IsMatch(line)
                || ((Entry().IsMatch(line) || Table().IsMatch(line)) && file.Name != "PlatformTables.cs")
                || ActorOf().Matches(line).Any(match => !MayMake(match.Groups["of"].Value, file.Path))
            select $"{file.Path}: {line.Trim()}",
        ];

    private static bool MayMake(string kind, string path) =>
        codes.Any(code =>
            code.Of == kind
            && (
                code.Where.EndsWith('/')
                    ? path.StartsWith(code.Where, StringComparison.Ordinal)
                    : path.EndsWith(code.Where, StringComparison.Ordinal)
            )
        );

    private static List<string> Makers(IEnumerable<Type> types) =>
        [
            .. from type in types
            where type != typeof(Act)
            from method in CodeReferences.MethodsOf(type)
            where method is not ConstructorInfo { IsStatic: true }
            where CodeReferences.InBody(method).Any(member => member.DeclaringType == typeof(Act) && IsMaking(member))
            select $"{type.Name}.{method.Name}",
        ];

    private static bool IsMaking(MemberInfo member) => member.Name is ".ctor" or "<Clone>$";

    private static class InAConstant
    {
        public static readonly Act Change = new("shoes.change", "Your shoes were changed.", IsPersonal: true);
    }

    private static class InABody
    {
        public static Act Record() => new("shoes.change", "Your shoes were changed.", IsPersonal: true);
    }

    private static class OfAnother
    {
        public static Act Record(Act act) => act with { Name = "shoes.change" };
    }

    [GeneratedRegex(@"\bAuditEntry\b")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\baudit_pending\b", RegexOptions.IgnoreCase)]
    private static partial Regex Table();

    [GeneratedRegex(@"\bActor\.(?<of>Job|Webhook|Address)\s*\(")]
    private static partial Regex ActorOf();

    [GeneratedRegex(@"\bnew Actor\b|\bdefault\(Actor\)|\bActor \w+ = (?:new\(|default)|\busing static [\w.]*\bActor;")]
    private static partial Regex NoActor();

    [GeneratedRegex(@"^\s*//")]
    private static partial Regex Comment();
}
