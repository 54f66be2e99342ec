using Hatcheck.Platform.Tables;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.Tests.Storage;

/// <summary>The catalogue of a schema in partitions by tenant, and PostgreSQL's refusals there.</summary>
public sealed class CatalogueInPartitions(OnPartitionedPostgres database)
    : CatalogueTests(database),
        IClassFixture<OnPartitionedPostgres>
{
    public static TheoryData<string> Spread() => [.. MigratedDatabases.Spread.Select(table => table.Name)];

    [Fact]
    public async Task Every_declared_table_with_a_tenant_is_in_eight_partitions_by_it_and_no_other_table_is()
    {
        await using var behind = await database.OpenAsync();
        var rows = await behind.RowsAsync(
            "select c.relname, pg_get_partkeydef(c.oid), (select count(*) from pg_inherits h where h.inhparent = c.oid) "
                + "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                + "where n.nspname in ('public', 'keys') and c.relkind = 'p'"
        );
        rows.ShouldBe(
            Composition
                .Tables.Where(table => table.Policy == TablePolicy.Tenant && table.Name != "tenants")
                .Select(table => $"{table.Name}|HASH (tenant_id)|8"),
            ignoreOrder: true
        );
        // No role reaches a row past its table's policy.
        (
            await behind.ScalarAsync(
                "select count(*) from pg_class c, aclexplode(c.relacl) "
                    + $"where c.relnamespace = '{PostgresPartitions.Schema}'::regnamespace"
            )
        ).ShouldBe(0L);
    }

    [Theory]
    [MemberData(nameof(Spread))]
    public async Task PostgreSQL_refuses_what_is_unique_without_the_tenant(string table)
    {
        var settings = new NpgsqlConnectionStringBuilder(database.Database.Owner) { SearchPath = "public,keys" };
        await using var owner = new NpgsqlConnection(settings.ConnectionString);
        await owner.OpenAsync();
        var columns = Composition.Tables.Single(declared => declared.Name == table).Columns.Select(column => column.Name);
        foreach (var column in columns.Where(column => column != Column.Tenant.Name))
        {
            string[] unique = [$"alter table {table} add unique ({column})", $"create unique index on {table} ({column})"];
            foreach (var sql in unique)
                (await Should.ThrowAsync<PostgresException>(() => owner.ExecuteAsync(sql), sql)).SqlState.ShouldBe("0A000", sql);
        }
    }
}
