using System.Collections;

namespace Hatcheck.Platform.Tables;

/// <summary>
/// Every table of the installation, gathered from the capabilities and sorted: users' tables first, in the order of their
/// sections. The order of registration doesn't matter.
/// </summary>
internal sealed class TableInventory : IReadOnlyList<Table>
{
    private readonly List<Table> tables;

    /// <summary>Gathers and sorts them.</summary>
    /// <param name="declared">In any order.</param>
    /// <exception cref="InvalidOperationException">
    /// A declaration is incomplete, or two tables conflict; the message lists every fault.
    /// </exception>
    public TableInventory(IEnumerable<Table> declared)
    {
        tables =
        [
            .. declared
                .OrderBy(table => table.Owner)
                .ThenBy(table => table.Section?.Place ?? int.MaxValue)
                .ThenBy(table => table.Name, StringComparer.Ordinal),
        ];
        Sections = [.. tables.Select(table => table.Section).OfType<Section>().OrderBy(section => section.Place)];
        var faults = tables
            .SelectMany(FaultsOf)
            .Concat([
                .. Repeated(tables.Select(table => table.Name)).Select(name => $"{name}: two tables have this name."),
                .. Repeated(Sections.Select(section => section.Name)).Select(name => $"{name}: two sections have this name."),
                .. Repeated(Sections.Select(section => $"{section.Place}"))
                    .Select(place => $"Two sections take the place {place}."),
            ])
            .ToList();
        if (faults.Count == 0)
            return;
        throw new InvalidOperationException($"The tables are not declared in full:\n{string.Join('\n', faults)}");
    }

    /// <summary>In the order in which users read them.</summary>
    public IReadOnlyList<Section> Sections { get; }

    public int Count => tables.Count;

    public Table this[int index] => tables[index];

    public static TableInventory Of(IEnumerable<Capability> capabilities) =>
        new(capabilities.SelectMany(capability => capability.Tables));

    public IEnumerator<Table> GetEnumerator() => tables.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static IEnumerable<string> FaultsOf(Table table)
    {
        var columns = table.Columns.Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        var stays = table.Erase is EraseStage.Outlives or EraseStage.Tombstone;
        if (!IsSentence(table.Description))
            yield return $"{table.Name}: has no description.";
        if (table.Section is { } section && !IsSentence(section.Description))
            yield return $"{table.Name}: its section has no description.";
        if (table.Grants.Because is { } grants && !IsSentence(grants))
            yield return $"{table.Name}: it grants access without a description.";
        foreach (var column in table.Columns.Where(column => !IsSentence(column.Description)))
            yield return $"{table.Name}.{column.Name}: has no description.";
        foreach (var name in Repeated(table.Columns.Select(column => column.Name)))
            yield return $"{table.Name}.{name}: declared twice.";
        var person = table.Owner == TableOwner.Person ? Table.PersonColumn : null;
        string?[] named = [.. table.Key, table.NewestBy, table.Section?.Counted, person];
        foreach (var name in named.OfType<string>().Where(name => !columns.Contains(name)))
            yield return $"{table.Name}.{name}: named but not declared.";
        if (columns.Contains(Column.Tenant.Name) != (table.Policy == TablePolicy.Tenant))
            yield return $"{table.Name}: the policy of a tenant goes with the column tenant_id.";
        if ((table.Owner == TableOwner.Person) == (table.Erase == EraseStage.None))
            yield return $"{table.Name}: a table of users' rows has a stage of erasure, and no other does.";
        if (stays != IsSentence(table.OutlivesBecause))
            yield return $"{table.Name}: states why its rows outlive their user exactly if they do.";
    }

    private static bool IsSentence(string? text) =>
        text?.Trim().EndsWith('.') == true && text.Contains(' ', StringComparison.Ordinal);

    private static IEnumerable<string> Repeated(IEnumerable<string> names) =>
        names.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Skip(1).Any()).Select(group => group.Key);
}
