using System.Net;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.Tests.Storage;

public sealed class ErasedRowsOnSqlite(OnSqlite database) : ErasedRowsTests(database), IClassFixture<OnSqlite>;

public sealed class ErasedRowsOnPostgres(OnPostgres database) : ErasedRowsTests(database), IClassFixture<OnPostgres>;

/// <summary>
/// No table holds a row of an erased user except the tombstone and the pending audit entry. On PostgreSQL nothing more is
/// promised at once: heap pages and WAL keep the bytes until they are rewritten (docs/operations/database.md).
/// </summary>
public abstract class ErasedRowsTests(TestedDatabase database)
{
    [Fact]
    public async Task Only_a_tombstone_is_left_of_an_erased_person_and_a_neighbour_keeps_everything()
    {
        var tenant = await database.Node.NewTenantAsync();
        var erased = (await tenant.Http.ResolveAsync("4711")).Id;
        var neighbour = (await tenant.Http.ResolveAsync("4712")).Id;
        foreach (var user in new[] { erased, neighbour })
        {
            (await tenant.Http.PostJsonAsync($"/users/{user}/usage", """{"action":"a"}""")).EnsureSuccessStatusCode();
            (await tenant.Http.PostJsonAsync($"/users/{user}/link-codes", "")).EnsureSuccessStatusCode();
        }

        var before = await CountAsync(neighbour);
        before.Exists(count => count == "user_keys 1").ShouldBeTrue();
        (await CountAsync(erased)).ShouldBe(before, ignoreOrder: true);
        (await tenant.Http.DeleteAsync($"/users/{erased}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await CountAsync(erased)).ShouldBe(["users 1", "audit_pending 1"], ignoreOrder: true);
        (await CountAsync(neighbour)).ShouldBe(before, ignoreOrder: true);
    }

    private async Task<List<string>> CountAsync(Guid user)
    {
        await using var connection = await database.OpenAsync();
        var tables = await connection.RowsAsync(
            database.Name == "sqlite"
                ? "select m.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' "
                    + "and c.name = 'user_id'"
                : "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a "
                    + "on a.attrelid = c.oid and a.attname = 'user_id' where n.nspname in ('public', 'keys') "
                    + "and c.relkind in ('r', 'p')"
        );
        var counts = new List<string>();
        foreach (var table in tables)
        {
            var count = (long)
                (await connection.ScalarAsync($"select count(*) from {table} where user_id = {RawSql.Literal(user)}"))!;
            if (count > 0)
                counts.Add($"{table} {count}");
        }

        return counts;
    }
}
