using Hatcheck.Access.Staff;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hatcheck.Tests.Storage;

public sealed class IsolationOnPostgres(OnPostgres database) : IsolationTests(database), IClassFixture<OnPostgres>;

/// <summary>Row-level security protects where the code forgets its filter.</summary>
public abstract class IsolationTests(OnPostgres database)
{
    private const string TablesWithTenant =
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        + "join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' where c.relkind in ('r', 'p') "
        + "and n.nspname in ('public', 'keys') order by 1";

    [Fact]
    public async Task A_query_that_forgets_its_tenant_finds_no_row_in_any_table()
    {
        var (mine, other) = await TwoTenantsAsync();
        await using var behind = await database.OpenAsync();
        await using var app = new NpgsqlConnection(database.Database.App);
        await app.OpenAsync();
        foreach (var table in await behind.RowsAsync(TablesWithTenant))
        {
            foreach (var tenant in new[] { mine.Id, other.Id })
                (await behind.ScalarAsync($"select count(*) from {table} where tenant_id = $1", tenant)).ShouldNotBe(0L, table);
            if (table == "public.audit_pending")
            {
                (
                    await Should.ThrowAsync<PostgresException>(() => app.ScalarAsync($"select count(*) from {table}"))
                ).SqlState.ShouldBe("42501");
                continue;
            }

            (await app.ScalarAsync($"select count(*) from {table}")).ShouldBe(0L, table);
            await app.ExecuteAsync("set app.tenant = ''");
            (await app.ScalarAsync($"select count(*) from {table}")).ShouldBe(0L, table);
            await app.ExecuteAsync($"set app.tenant = '{mine.Id}'");
            (await app.ScalarAsync($"select count(*) from {table}")).ShouldNotBe(0L, table);
            (await app.ScalarAsync($"select count(*) from {table} where tenant_id <> $1", mine.Id)).ShouldBe(0L, table);
            // Nodes add versions of a schema and delete none.
            if (table != "public.preference_schemas")
                (await app.ExecuteAsync($"delete from {table} where tenant_id = $1", other.Id)).ShouldBe(0, table);
            await app.ExecuteAsync("reset app.tenant");
        }
    }

    [Fact]
    public async Task No_row_can_be_inserted_for_another_tenant()
    {
        var (mine, other) = await TwoTenantsAsync();
        await using var behind = await database.OpenAsync();
        await using var app = new NpgsqlConnection(database.Database.App);
        await app.OpenAsync();
        await app.ExecuteAsync($"set app.tenant = '{mine.Id}'");
        foreach (var table in await behind.RowsAsync(TablesWithTenant))
        {
            var row = (string)
                (await behind.ScalarAsync($"select to_jsonb(t)::text from {table} t where tenant_id = $1 limit 1", other.Id))!;
            var refused = await Should.ThrowAsync<PostgresException>(() =>
                app.ExecuteAsync($"insert into {table} select * from jsonb_populate_record(null::{table}, $1::jsonb)", row)
            );
            refused.MessageText.ShouldContain("row-level security", Case.Sensitive, table);
            if (table is "public.audit_pending" or "public.preference_schemas")
                continue;
            refused = await Should.ThrowAsync<PostgresException>(() =>
                app.ExecuteAsync($"update {table} set tenant_id = '{other.Id}'")
            );
            refused.MessageText.ShouldContain("row-level security", Case.Sensitive, table);
        }
    }

    [Fact]
    public async Task A_pooled_connection_never_carries_a_tenant_into_its_next_use()
    {
        await using var single = new OnPostgres();
        single.Settings["Database:PoolSize"] = "1";
        single.Settings["Database:TenantBinding"] = database.Settings.GetValueOrDefault("Database:TenantBinding", "batch");
        await single.InitializeAsync();
        var tenant = await single.Node.NewTenantAsync();
        var engine = single.Node.Services.GetRequiredService<IEngine>();
        var data = single.Node.Services.GetRequiredService<Database>();
        var contexts = single.Node.Services.GetRequiredService<IDbContextFactory<HatcheckDb>>();
        var connections = new HashSet<string>(StringComparer.Ordinal);

        async Task CheckAsync(string after)
        {
            await using var db = await contexts.CreateDbContextAsync();
            var left = await db
                .Database.SqlQueryRaw<string>(
                    "select coalesce(current_setting('app.tenant', true), '') || ' on ' || pg_backend_pid() as \"Value\""
                )
                .SingleAsync();
            left.ShouldStartWith(" on ", Case.Sensitive, after);
            connections.Add(left);
        }

        await CheckAsync("nothing");
        (
            await engine.QueryAsync(tenant.Id, "select current_setting('app.tenant')", [], row => row.Text(Field.At(0)), default)
        ).ShouldBe([tenant.Id.ToString()]);
        await CheckAsync("a hot read");
        await engine.ExecuteAsync(
            tenant.Id,
            [("update tenants set key_epoch = key_epoch where tenant_id = $1", [tenant.Id])],
            default
        );
        await CheckAsync("a hot write");
        (
            await data.ReadAsync(
                tenant.Id,
                (db, stop) =>
                    db.Database.SqlQueryRaw<string>("select current_setting('app.tenant') as \"Value\"").SingleAsync(stop),
                default
            )
        ).ShouldBe(tenant.Id.ToString());
        await CheckAsync("a read through EF");
        await data.WriteAsync(
            tenant.Id,
            (db, stop) => db.Database.ExecuteSqlAsync($"update tenants set key_epoch = key_epoch", stop),
            default
        );
        await CheckAsync("a write through EF");
        await Should.ThrowAsync<PostgresException>(() =>
            engine.QueryAsync(tenant.Id, "select 1 / 0", [], row => row.Number(Field.At(0)), default)
        );
        await CheckAsync("a hot read that failed");
        await Should.ThrowAsync<PostgresException>(() =>
            engine.ExecuteAsync(tenant.Id, [("insert into tenants select * from tenants", [])], default)
        );
        await CheckAsync("a hot write that failed");
        await Should.ThrowAsync<InvalidOperationException>(() =>
            data.WriteAsync<int>(tenant.Id, (_, _) => throw new InvalidOperationException("ours"), default)
        );
        await CheckAsync("a transaction that threw");
        await Should.ThrowAsync<PostgresException>(() =>
            data.WriteAsync(tenant.Id, (db, stop) => db.Database.ExecuteSqlAsync($"select 1 / 0", stop), default)
        );
        await CheckAsync("a transaction that failed");
        connections.Count.ShouldBe(1, "all of this ran on one connection");
        await CancelledAsync(stop =>
            engine.QueryAsync(tenant.Id, "select pg_sleep(30)::text", [], row => row.Text(Field.At(0)), stop)
        );
        await CheckAsync("a hot read that was cancelled");
        await CancelledAsync(stop =>
            data.WriteAsync(tenant.Id, (db, inner) => db.Database.ExecuteSqlAsync($"select pg_sleep(30)", inner), stop)
        );
        await CheckAsync("a transaction that was cancelled");

        async Task CancelledAsync(Func<CancellationToken, Task> work)
        {
            using var stop = new CancellationTokenSource();
            var running = work(stop.Token);
            while (
                await single.ScalarAsync(
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
                )
                    is 0L
            )
                await Task.Delay(10);
            await stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => running);
        }
    }

    private async Task<(TestTenant Mine, TestTenant Other)> TwoTenantsAsync()
    {
        var tenants = new[] { await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync() };
        foreach (var tenant in tenants)
        {
            var user = await tenant.Http.ResolveAsync("4711");
            tenant.Http.DefaultRequestHeaders.Add("Idempotency-Key", "one");
            (
                await tenant.Http.PostJsonAsync($"/users/{user.Id}/usage", """{"action":"command.start"}""")
            ).EnsureSuccessStatusCode();
            (await tenant.Http.PostJsonAsync($"/users/{user.Id}/link-codes", "")).EnsureSuccessStatusCode();
            (await tenant.Http.PostJsonAsync($"/users/{user.Id}/sessions", "{}")).EnsureSuccessStatusCode();
            await database
                .Node.Services.GetRequiredService<Database>()
                .WriteAsync(
                    tenant.Id,
                    (db, _) =>
                    {
                        var member = new MemberRow
                        {
                            TenantId = tenant.Id,
                            MemberId = Guid.NewGuid(),
                            Issuer = "a",
                            SubjectIndex = "b",
                            Profile = [1],
                        };
                        db.AddRange(
                            member,
                            new MemberRoleRow
                            {
                                TenantId = tenant.Id,
                                MemberId = member.MemberId,
                                Role = "owner",
                            },
                            new RoleRow
                            {
                                TenantId = tenant.Id,
                                Name = "desk",
                                Permissions = "users:read",
                            }
                        );
                        return Task.FromResult(true);
                    },
                    default
                );
            (
                await tenant.Http.PutAsync(
                    "/preferences/schema",
                    new StringContent("{}", System.Text.Encoding.UTF8, "application/json")
                )
            ).EnsureSuccessStatusCode();
            (
                await tenant.Http.PatchAsync(
                    $"/users/{user.Id}/preferences",
                    new StringContent("""{"interface":{"theme":"dark"}}""", System.Text.Encoding.UTF8, "application/json")
                )
            ).EnsureSuccessStatusCode();
            (await tenant.Http.PostJsonAsync("/users", """{"email":"ada@example.org"}""")).EnsureSuccessStatusCode();
            var erased = await tenant.Http.ResolveAsync("4712");
            (await tenant.Http.DeleteAsync($"/users/{erased.Id}?confirm=true")).EnsureSuccessStatusCode();
            foreach (
                var row in new[]
                {
                    "day_keys values ($1, 1, 'kek', '\\x00', now())",
                    "inbox (tenant_id, event_hash, entry_id, endpoint, event_type, subject_hash, event_at, received_at, "
                        + "state, attempts, due_at, day, body) values ($1, 'e', gen_random_uuid(), 'clerk', "
                        + "'user.created', 's', now(), now(), 'dead', 1, now(), 1, '\\x00')",
                    "inbox_seen values ($1, 'e', gen_random_uuid(), now())",
                    "inbox_subjects values ($1, 's', 'live', now(), 1, now())",
                    "outbox (tenant_id, entry_id, endpoint_id, event_type, payload, created_at, state, attempts, due_at) "
                        + "values ($1, gen_random_uuid(), gen_random_uuid(), 'user.erased', '{}', now(), 'dead', 1, now())",
                    "outbox_endpoints values ($1, gen_random_uuid(), 'webhook', 'example.org', '*', 'paused', '\\x00', now())",
                    "outbox_secrets values ($1, gen_random_uuid(), gen_random_uuid(), now(), null, '\\x00')",
                }
            )
                await database.ExecuteAsync($"insert into {row}", tenant.Id);
        }

        return (tenants[0], tenants[1]);
    }
}
