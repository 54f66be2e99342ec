using System.Text.Json;
using Hatcheck.Simulator.Requests;
using Hatcheck.Simulator.Updates;
using Hatcheck.TestKit;

namespace Hatcheck.Simulator.Tests;

/// <summary>Compares the project's tables with the published description of the Bot API, if present.</summary>
public sealed class PublishedDescriptionTests
{
    [Fact]
    public void Every_method_of_the_table_has_the_published_fields_and_types()
    {
        using var published = Published();
        foreach (var method in MethodTable.Methods.Values)
            Same(method, published.RootElement.GetProperty("methods").GetProperty(method.Name));
    }

    [Fact]
    public void Every_object_of_the_table_has_the_published_fields_and_types()
    {
        using var published = Published();
        var types = published.RootElement.GetProperty("types");
        foreach (var type in ObjectTable.Objects.Values)
            Same(type, types.GetProperty(type.Name));
        foreach (var (name, members) in ObjectTable.Unions)
            members.ShouldBe(types.GetProperty(name).GetProperty("subtypes").EnumerateArray().Select(s => s.GetString()!), name);
    }

    [Fact]
    public void The_25_kinds_of_update_are_the_published_ones()
    {
        using var published = Published();
        published
            .RootElement.GetProperty("types")
            .GetProperty("Update")
            .GetProperty("fields")
            .EnumerateArray()
            .Select(f => f.GetProperty("name").GetString()!)
            .Where(n => n != "update_id")
            .ShouldBe(UpdateKinds.All);
    }

    [Fact]
    public void The_tables_fit_each_other_and_what_is_known_of_them_without_the_description()
    {
        UpdateKinds.All.Count.ShouldBe(25);
        MethodTable.Methods.Count.ShouldBe(19);
        MethodTable
            .Methods["sendMessage"]
            .Fields["chat_id"]
            .ShouldSatisfyAllConditions(f => f.Types.ShouldBe(["Integer", "String"]), f => f.Required.ShouldBeTrue());
        MethodTable
            .Methods["getUpdates"]
            .Fields.Keys.Order(StringComparer.Ordinal)
            .ShouldBe(["allowed_updates", "limit", "offset", "timeout"]);
        ObjectTable
            .Objects["InlineKeyboardMarkup"]
            .Fields["inline_keyboard"]
            .Types.ShouldBe(["Array of Array of InlineKeyboardButton"]);
        string[] simple = ["String", "Integer", "Float", "Boolean", "True", "InputFile"];
        var named = MethodTable
            .Methods.Values.Concat(ObjectTable.Objects.Values)
            .SelectMany(s => s.Fields.Values)
            .SelectMany(f => f.Types)
            .Select(t => t.Replace("Array of ", "", StringComparison.Ordinal))
            .Except(simple, StringComparer.Ordinal);
        foreach (var type in named)
            (ObjectTable.Objects.ContainsKey(type) || ObjectTable.Unions.ContainsKey(type)).ShouldBeTrue(type);
    }

    private static JsonDocument Published()
    {
        if (Repository.Fixtures("telegram") is not { } folder)
        {
            Assert.Skip(
                "The published description of the Bot API is not here: put its api.min.json into a folder \"telegram\" and "
                    + "point HATCHECK_FIXTURES at the folder above."
            );
            throw new InvalidOperationException();
        }

        return JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "api.min.json")));
    }

    private static void Same(Shape ours, JsonElement theirs)
    {
        var fields = theirs.TryGetProperty("fields", out var given) ? given.EnumerateArray().ToArray() : [];
        ours.Fields.Keys.Order(StringComparer.Ordinal)
            .ShouldBe(fields.Select(f => f.GetProperty("name").GetString()!).Order(StringComparer.Ordinal), ours.Name);
        foreach (var field in fields)
        {
            var our = ours.Fields[field.GetProperty("name").GetString()!];
            our.Types.ShouldBe(
                field.GetProperty("types").EnumerateArray().Select(t => t.GetString()!),
                $"{ours.Name}.{our.Name}"
            );
            our.Required.ShouldBe(field.GetProperty("required").GetBoolean(), $"{ours.Name}.{our.Name}");
        }
    }
}
