using System.Globalization;
using System.Text;
using Hatcheck.Access.Callers;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Storage;

public sealed class PlanOnPostgres(OnPostgres database) : PlanTests(database), IClassFixture<OnPostgres>;

/// <summary>
/// The number of rows that PostgreSQL reads for a request, under the server's row-level security; PostgreSQL counts.
/// </summary>
public abstract class PlanTests(OnPostgres database)
{
    private const int Others = 5000;

    // Bytes that nothing opens: these users only make the tables large.
    private const string Crowd = """
        create temporary table crowd as select gen_random_uuid() as id, n from generate_series(1, {n}) n;
        insert into users (tenant_id, user_id, created_at) select {t}, id, now() from crowd;
        insert into user_keys (tenant_id, user_id, purpose, version, kek_id, wrapped, created_at)
            select {t}, id, 'data', 1, 'none', '\x00', now() from crowd;
        insert into identities (tenant_id, channel, index_value, key_version, kind, identity_id, user_id, sealed_under, linked_at)
            select {t}, 'telegram', md5(n::text) || md5(n::text), 1, 'user', gen_random_uuid(), id, id, now() from crowd;
        insert into profiles (tenant_id, user_id, profile) select {t}, id, '\x00' from crowd;
        insert into profile_values (tenant_id, kind, index_value, key_version, user_id)
            select {t}, 'email', md5(n::text), 1, id from crowd;
        insert into preferences (tenant_id, user_id, version, schema_version, change_id, updated_at, own_values)
            select {t}, id, 1, 0, gen_random_uuid(), now(), '\x00' from crowd;
        insert into preference_history (tenant_id, user_id, version, at, change_id, change)
            select {t}, id, 1, now(), gen_random_uuid(), '\x00' from crowd;
        insert into usage_log (tenant_id, user_id, at, entry_id, entry)
            select {t}, id, now(), gen_random_uuid(), '\x00' from crowd;
        analyze;
        """;

    // A connection reports its counts at its end at the latest.
    private const string EndConnections =
        "select count(pg_terminate_backend(pid, 30000)) from pg_stat_activity where datname = current_database() "
        + "and pid <> pg_backend_pid()";

    private const string ReadThrough = "select relname, seq_tup_read from pg_stat_user_tables order by relname";

    [Fact]
    public async Task No_request_about_one_user_reads_through_a_table()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var hash = (await database.ScalarAsync("select index_value from identities where user_id = $1", user))!;
        await database.ExecuteAsync(
            Crowd
                .Replace("{t}", $"'{tenant.Id}'", StringComparison.Ordinal)
                .Replace("{n}", Others.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        );
        var before = await ReadThroughAsync();

        // Often enough that PostgreSQL switches to its generic plans.
        for (var time = 0; time < 10; time++)
        {
            await OkAsync(tenant.Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4711"}"""));
            await OkAsync(tenant.Http.PostJsonAsync("/users/find", """{"channel":"telegram","id":"4711"}"""));
            await OkAsync(tenant.Http.GetAsync($"/users/by-telegram/{hash}"));
            await OkAsync(tenant.Http.GetAsync($"/users/{user}"));
            await OkAsync(tenant.Http.PatchAsync($"/users/{user}", Json($$"""{"first_name":"Ada {{time}}"}""")));
            await OkAsync(tenant.Http.PostJsonAsync("/users/search", """{"email":"ada@example.org"}"""));
            await OkAsync(tenant.Http.GetAsync($"/users/{user}/preferences"));
            await OkAsync(
                tenant.Http.PatchAsync($"/users/{user}/preferences", Json($$$"""{"interface":{"text_scale":{{{60 + time}}}}}"""))
            );
            await OkAsync(tenant.Http.GetAsync($"/users/{user}/preferences/history"));
            await OkAsync(tenant.Http.PostJsonAsync($"/users/{user}/usage", """{"action":"a"}"""));
            await OkAsync(tenant.Http.GetAsync($"/users/{user}/usage"));
            (
                await database
                    .Node.Services.GetRequiredService<PersonCallers>()
                    .FindAsync(tenant.Id, user, CancellationToken.None)
            ).ShouldNotBeNull();
        }

        var after = await ReadThroughAsync();
        after.Keys.Where(table => after[table] - before[table] >= Others).ShouldBeEmpty();
    }

    private async Task<Dictionary<string, long>> ReadThroughAsync()
    {
        await using var connection = await database.OpenAsync();
        await connection.ScalarAsync(EndConnections);
        return (await connection.RowsAsync(ReadThrough))
            .Select(row => row.Split('|'))
            .ToDictionary(row => row[0], row => long.Parse(row[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static async Task OkAsync(Task<HttpResponseMessage> sent)
    {
        using var response = await sent;
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
    }
}
