using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Storage;

public sealed class ModelOnSqlite(OnSqlite database) : ModelTests(database), IClassFixture<OnSqlite>
{
    protected override string Columns =>
        "select m.name || '.' || c.name || ' ' || upper(c.type) || case when c.\"notnull\" = 1 or (c.pk > 0 "
        + "and m.sql like '%without rowid%') then ' not null' else '' end "
        + "from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%'";

    protected override string Keys =>
        "select m.name || ' ' || (select group_concat(name, ',') from (select name from pragma_table_info(m.name) "
        + "where pk > 0 order by pk)) from sqlite_master m where m.type = 'table' and m.name not like 'sqlite_%'";
}

public sealed class ModelOnPostgres(OnPostgres database) : ModelTests(database), IClassFixture<OnPostgres>
{
    protected override string Columns =>
        "select c.relname || '.' || a.attname || ' ' || upper(format_type(a.atttypid, a.atttypmod)) || case "
        + "when a.attnotnull then ' not null' else '' end from pg_attribute a "
        + "join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace "
        + "where n.nspname in ('public', 'keys') and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped";

    protected override string Keys =>
        "select c.relname || ' ' || (select string_agg(a.attname, ',' "
        + "order by array_position(x.indkey::int[], a.attnum::int)) from pg_attribute a where a.attrelid = c.oid "
        + "and a.attnum = any (x.indkey)) "
        + "from pg_index x join pg_class c on c.oid = x.indrelid join pg_namespace n on n.oid = c.relnamespace "
        + "where x.indisprimary and n.nspname in ('public', 'keys')";
}

/// <summary>EF Core's model equals the schema of the scripts, in both directions.</summary>
public abstract class ModelTests(TestedDatabase database)
{
    // The migrations' own table. Other tables without an entity are declared, and CatalogueTests compares their columns with
    // the database.
    private const string Book = "schema_versions";

    protected abstract string Columns { get; }

    protected abstract string Keys { get; }

    [Fact]
    public async Task Every_column_is_in_the_model_and_in_the_database_with_the_same_type()
    {
        await using var db = await database
            .Node.Services.GetRequiredService<IDbContextFactory<HatcheckDb>>()
            .CreateDbContextAsync();
        var model = db
            .Model.GetEntityTypes()
            .SelectMany(
                entity => entity.GetProperties(),
                (entity, property) =>
                    $"{entity.GetTableName()}.{property.GetColumnName()} "
                    + $"{property.GetColumnType().ToUpperInvariant()}{(property.IsNullable ? "" : " not null")}"
            );
        (await InDatabaseAsync(Columns, '.')).ShouldBe(model, ignoreOrder: true);
    }

    [Fact]
    public async Task Every_primary_key_is_the_models()
    {
        await using var db = await database
            .Node.Services.GetRequiredService<IDbContextFactory<HatcheckDb>>()
            .CreateDbContextAsync();
        var model = db
            .Model.GetEntityTypes()
            // The table is append-only and has no key; EF needs one for every entity that it adds.
            .Where(entity => entity.GetTableName() != "audit_pending")
            .Select(entity =>
                $"{entity.GetTableName()} "
                + $"{string.Join(',', entity.FindPrimaryKey()!.Properties.Select(property => property.GetColumnName()))}"
            );
        (await InDatabaseAsync(Keys, ' ')).ShouldBe(model, ignoreOrder: true);
    }

    private async Task<List<string>> InDatabaseAsync(string query, char afterTable)
    {
        await using var db = await database
            .Node.Services.GetRequiredService<IDbContextFactory<HatcheckDb>>()
            .CreateDbContextAsync();
        var modelled = db.Model.GetEntityTypes().Select(entity => entity.GetTableName());
        var byStatements = Composition
            .Tables.Select(table => table.Name)
            .Except(modelled, StringComparer.Ordinal)
            .Append(Book)
            .ToList();
        await using var connection = await database.OpenAsync();
        return (await connection.RowsAsync(query)).FindAll(row =>
            row.Length > 0 && !byStatements.Contains(row.Split(afterTable)[0])
        );
    }
}
