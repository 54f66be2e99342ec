using System.Reflection;
using System.Reflection.Emit;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Jobs;
using Entry = Hatcheck.Platform.Audit.AuditEntry;
using Who = Hatcheck.Platform.Audit.Actor;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// The rule of <see cref="AuditDoorTests"/>, in compiled code: an alias, a method group, a run-time type or a concatenated
/// text has no line of source to search for.
/// </summary>
public sealed class AuditDoorCodeTests
{
    private const string Root = "Hatcheck.";

    /// <summary>Declares the table: names it, and its sealed column.</summary>
    private const string Declaration = Root + "Platform.Tables.PlatformTables";

    /// <summary>Holds doc comments as texts, with the names that are in them.</summary>
    private const string Comments = "Microsoft.AspNetCore.OpenApi.Generated";

    [Fact]
    public void Nobody_else_makes_entries_or_actors_in_whatever_writing() =>
        Rooms.Types.Where(type => !IsTheDoors(type)).SelectMany(Ways).ShouldBeEmpty();

    [Fact]
    public void Each_planted_way_around_is_caught_and_the_ways_through_are_not()
    {
        Type[] planted =
        [
            typeof(ByAnAlias),
            typeof(ByAMethodGroup),
            typeof(ByATypeAtRunTime),
            typeof(ByAnEntry),
            typeof(ByAnActivator),
            typeof(ByATextInTwoParts),
            typeof(ByAName),
        ];
        foreach (var type in planted)
            Whole(type).SelectMany(Ways).ShouldNotBeEmpty(type.Name);
        Whole(typeof(Through)).SelectMany(Ways).ShouldBeEmpty();
    }

    private static bool IsTheDoors(Type type) =>
        type.Namespace is $"{Root}Platform.Audit" or Comments || Outermost(type).FullName == Declaration;

    private static IEnumerable<string> Ways(Type type) =>
        [
            .. from method in CodeReferences.MethodsOf(type)
            from touched in CodeReferences.Touched(method)
            where IsWay(type, touched.Code, touched.Member)
            select $"{type}: {touched.Member}",
            .. CodeReferences.Texts(type).Where(IsNamed).Select(text => $"{type}: {text}"),
        ];

    private static bool IsWay(Type type, OpCode code, MemberInfo member) =>
        member switch
        {
            // A record that holds an actor names its type too, to print it.
            Type named => named == typeof(AuditEntry) || (named == typeof(Actor) && code == OpCodes.Ldtoken),
            { DeclaringType: var owner } when owner == typeof(AuditEntry) => true,
            MethodInfo { IsGenericMethod: true } method when method.GetGenericArguments().Contains(typeof(AuditEntry)) => true,
            { DeclaringType: { IsGenericType: true } generic } when generic.GetGenericArguments().Contains(typeof(AuditEntry)) =>
                true,
            { DeclaringType: var owner } when owner == typeof(Actor) => !MayName(Outermost(type), member.Name),
            _ => false,
        };

    private static bool MayName(Type type, string maker) =>
        maker switch
        {
            nameof(Actor.Job) => typeof(IJob).IsAssignableFrom(type),
            nameof(Actor.Webhook) => type.Namespace!.StartsWith($"{Root}Access.Webhooks", StringComparison.Ordinal),
            nameof(Actor.Address) => type.Namespace!.StartsWith($"{Root}Platform.Limits", StringComparison.Ordinal),
            ".ctor" => false,
            _ => true,
        };

    private static bool IsNamed(string text) =>
        text.Contains("audit_pending", StringComparison.OrdinalIgnoreCase)
        || text.Contains(nameof(AuditEntry), StringComparison.Ordinal)
        || text.Contains(typeof(Actor).FullName!, StringComparison.Ordinal);

    private static IEnumerable<Type> Whole(Type type) =>
        type.GetNestedTypes(BindingFlags.NonPublic).SelectMany(Whole).Prepend(type);

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static class ByAnAlias
    {
        public static string Of(string name) => Who.Job(name).Text;
    }

    private static class ByAMethodGroup
    {
        public static IEnumerable<Who> Of(IEnumerable<string> names) => names.Select(Who.Webhook);
    }

    private static class ByATypeAtRunTime
    {
        public static object? Of(string name) => typeof(Who).GetMethod("Job")!.Invoke(null, [name]);
    }

    private static class ByAnEntry
    {
        public static Entry Of() => new() { Act = "user.update", Actor = "operator:1000" };
    }

    private static class ByAnActivator
    {
        public static Entry Of() => Activator.CreateInstance<Entry>();
    }

    private static class ByATextInTwoParts
    {
        private const string Table = "audit_" + "pending";

        public static string Of() => $"insert into {Table} (tenant_id) values ($1)";
    }

    private static class ByAName
    {
        public static Type? Of() => Type.GetType("Hatcheck.Platform.Audit." + "AuditEntry, Hatcheck.Platform");
    }

    private static class Through
    {
        public static string Of(Guid key) => $"{Who.Key(key)} {Subject.Of("key", key)}";
    }
}
