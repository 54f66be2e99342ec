using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Storage;

public sealed class DeclarationOnSqlite(OnSqlite database) : DeclarationTests(database), IClassFixture<OnSqlite>
{
    protected override string Columns =>
        "select m.name, c.name, lower(c.type) from sqlite_master m join pragma_table_info(m.name) c "
        + "where m.type = 'table' and m.name not like 'sqlite_%'";

    protected override string Keys =>
        "select m.name, coalesce((select group_concat(name, ' ') from "
        + "(select name from pragma_table_info(m.name) where pk > 0 order by pk)), '') "
        + "from sqlite_master m where m.type = 'table' and m.name not like 'sqlite_%'";
}

public sealed class DeclarationOnPostgres(OnPostgres database) : DeclarationTests(database), IClassFixture<OnPostgres>
{
    protected override string Columns =>
        "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a "
        + "join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace "
        + "where n.nspname in ('public', 'keys') and c.relkind in ('r', 'p') "
        + "and not c.relispartition and a.attnum > 0 and not a.attisdropped";

    protected override string Keys =>
        "select c.relname, coalesce((select string_agg(a.attname, ' ' order by array_position(x.indkey::int[], a.attnum::int)) "
        + "from pg_index x join pg_attribute a on a.attrelid = c.oid and a.attnum = any (x.indkey) "
        + "where x.indrelid = c.oid and x.indisprimary), '') "
        + "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        + "where n.nspname in ('public', 'keys') and c.relkind in ('r', 'p') and not c.relispartition";
}

/// <summary>Compares the capabilities' declared tables with the catalogue of the scripts: an undeclared one fails.</summary>
public abstract class DeclarationTests(TestedDatabase database)
{
    protected abstract string Columns { get; }

    protected abstract string Keys { get; }

    [Fact]
    public async Task Every_table_and_column_is_declared_as_it_is() =>
        Faults(await ColumnsAsync(), Composition.Tables).ShouldBeEmpty();

    [Fact]
    public async Task Every_primary_key_is_the_declared_one()
    {
        await using var behind = await database.OpenAsync();
        var declared = Composition.Tables.Select(table => $"{table.Name}|{string.Join(' ', table.Key)}");
        (await behind.RowsAsync(Keys)).ShouldBe(declared, ignoreOrder: true);
    }

    [Fact]
    public async Task A_table_or_column_of_which_nothing_is_said_is_named()
    {
        var catalogue = await ColumnsAsync();
        var profile = catalogue.Single(column => column is { Table: "profiles", Name: "profile" });
        var version = catalogue.Single(column => column is { Table: "users", Name: "version" });
        List<CatalogueColumn> Without(CatalogueColumn column) => catalogue.FindAll(other => other != column);

        Faults([.. catalogue, new("shoe_sizes", "tenant_id", "uuid")], Composition.Tables).ShouldBe(["shoe_sizes: not declared"]);
        Faults([.. catalogue, new("usage_log", "shoe_size", "text")], Composition.Tables)
            .ShouldBe(["usage_log.shoe_size: not declared"]);
        Faults(Without(profile), Composition.Tables).ShouldBe(["profiles.profile: declared, and not there"]);
        Faults([.. Without(profile), profile with { Type = "text" }], Composition.Tables)
            .ShouldBe(["profiles.profile: sealed or wrapped, and no bytes"]);
        Faults([.. Without(version), version with { Type = "bytea" }], Composition.Tables)
            .ShouldBe(["users.version: bytes in the clear"]);
    }

    [Fact]
    public void Every_section_has_one_who_exports_it()
    {
        var kinds = database.Node.Services.GetServices<IPersonalData>().Select(kind => kind.Name);
        Composition.Tables.Sections.Select(section => section.Name).ShouldBe(kinds, ignoreOrder: true);
    }

    private static List<string> Faults(List<CatalogueColumn> catalogue, TableInventory inventory)
    {
        var declared = inventory.ToDictionary(
            table => table.Name,
            table => table.Columns.ToDictionary(column => column.Name, StringComparer.Ordinal),
            StringComparer.Ordinal
        );
        var found = catalogue.Select(column => (column.Table, column.Name)).ToHashSet();
        return
        [
            .. catalogue
                .Select(column => column.Table)
                .Distinct(StringComparer.Ordinal)
                .Where(table => !declared.ContainsKey(table))
                .Select(table => $"{table}: not declared"),
            .. from column in catalogue
            where declared.ContainsKey(column.Table)
            let fault = Fault(column, declared[column.Table].GetValueOrDefault(column.Name))
            where fault is not null
            select $"{column.Table}.{column.Name}: {fault}",
            .. from table in inventory
            from column in table.Columns
            where !found.Contains((table.Name, column.Name))
            select $"{table.Name}.{column.Name}: declared, and not there",
        ];
    }

    private static string? Fault(CatalogueColumn column, Column? declared)
    {
        if (declared is null)
            return "not declared";
        var isBytes = column.Type is "bytea" or "blob";
        if (declared.Kind is ColumnKind.Sealed or ColumnKind.Wrapped && !isBytes)
            return "sealed or wrapped, and no bytes";
        var isLabelled = declared.Cell is { Table.Length: > 0, Column.Length: > 0 };
        if ((declared.Kind == ColumnKind.Sealed) != isLabelled)
            return "a cell has its label, and nothing else has";
        // Public halves of keys are the only bytes that are stored unsealed and public.
        return declared.Kind == ColumnKind.Plain && isBytes && column.Name != "public_key" ? "bytes in the clear" : null;
    }

    private async Task<List<CatalogueColumn>> ColumnsAsync()
    {
        await using var behind = await database.OpenAsync();
        return (await behind.RowsAsync(Columns))
            .ConvertAll(row => row.Split('|'))
            .ConvertAll(parts => new CatalogueColumn(parts[0], parts[1], parts[2]));
    }

    private sealed record CatalogueColumn(string Table, string Name, string Type);
}
