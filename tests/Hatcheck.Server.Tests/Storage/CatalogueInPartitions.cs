using Hatcheck.Server.Platform.Tables;
using Hatcheck.Server.Tests.Support;
using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.Server.Tests.Storage;

/// <summary>The catalogue of a schema in partitions by tenant, and what PostgreSQL refuses there.</summary>
public sealed class CatalogueInPartitions(OnPartitionedPostgres database) : CatalogueTests(database), IClassFixture<OnPartitionedPostgres>
{
    public static TheoryData<string> Spread() => [.. OnPostgres.Spread.Select(table => table.Name)];

    [Fact]
    public async Task Every_declared_table_with_a_tenant_is_in_eight_partitions_by_it_and_no_other_table_is()
    {
        await using var behind = await database.OpenAsync();
        var rows = await behind.RowsAsync(
            "select c.relname, pg_get_partkeydef(c.oid), (select count(*) from pg_inherits h where h.inhparent = c.oid) "
            + "from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('public', 'keys') and c.relkind = 'p'");
        rows.ShouldBe(
            Composition.Tables.Where(table => table.Policy == TablePolicy.Tenant && table.Name != "tenants")
                .Select(table => $"{table.Name}|HASH (tenant_id)|8"),
            ignoreOrder: true);
        // Nobody gets at a row past its table's policy.
        (await behind.ScalarAsync(
            $"select count(*) from pg_class c, aclexplode(c.relacl) where c.relnamespace = '{PostgresPartitions.Schema}'::regnamespace")).ShouldBe(0L);
    }

    [Theory]
    [MemberData(nameof(Spread))]
    public async Task PostgreSQL_refuses_what_is_unique_without_the_tenant(string table)
    {
        await using var owner = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.Database.Owner) { SearchPath = "public,keys" }.ConnectionString);
        await owner.OpenAsync();
        foreach (var column in Composition.Tables.Single(declared => declared.Name == table).Columns.Where(column => column.Name != Column.Tenant.Name))
        {
            foreach (var sql in new[] { $"alter table {table} add unique ({column.Name})", $"create unique index on {table} ({column.Name})" })
                (await Should.ThrowAsync<PostgresException>(() => owner.ExecuteAsync(sql), sql)).SqlState.ShouldBe("0A000", sql);
        }
    }
}
