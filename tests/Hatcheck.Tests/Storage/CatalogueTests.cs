using Hatcheck.Platform.Tables;
using Hatcheck.ServerKit.Storage;
using Npgsql;

namespace Hatcheck.Tests.Storage;

public sealed class CatalogueOnPostgres(OnPostgres database) : CatalogueTests(database), IClassFixture<OnPostgres>;

/// <summary>Rules about every table in PostgreSQL's catalogue, also for future capabilities.</summary>
public abstract class CatalogueTests(OnPostgres database)
{
    /// <summary>Tables spread over machines by <c>tenant_id</c>, all rows of a tenant on one.</summary>
    private static readonly string[] WithTenant =
    [
        .. Composition.Tables.Where(table => table.Policy == TablePolicy.Tenant).Select(table => table.Name),
    ];

    /// <summary>Tables of the whole installation, and therefore without a tenant.</summary>
    private static readonly string[] WithoutTenant =
    [
        .. Composition.Tables.Where(table => table.Policy != TablePolicy.Tenant).Select(table => table.Name),
    ];

    private const string Tables =
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') "
        + "and n.nspname in ('public', 'keys') order by 1";

    [Fact]
    public async Task Every_table_is_known_to_this_test()
    {
        await using var behind = await database.OpenAsync();
        (await behind.RowsAsync(Tables)).ShouldBe(WithTenant.Concat(WithoutTenant), ignoreOrder: true);
    }

    [Fact]
    public async Task Every_table_with_a_tenant_has_forced_row_level_security_and_a_policy_for_each_role()
    {
        await using var behind = await database.OpenAsync();
        var rows = await behind.RowsAsync(
            "select c.relname, c.relrowsecurity, c.relforcerowsecurity, (select string_agg(p.policyname || ' for ' || p.cmd "
                + "|| ' to ' || array_to_string(p.roles, ' '), ', ' order by p.policyname) "
                + "from pg_policies p where p.schemaname = n.nspname and p.tablename = c.relname) from pg_class c "
                + "join pg_namespace n on n.oid = c.relnamespace "
                + "where c.relkind in ('r', 'p') and n.nspname in ('public', 'keys') and exists (select 1 "
                + "from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')"
        );
        rows.ShouldBe(
            WithTenant.Select(table =>
                $"{table}|True|True|all_rows for ALL to hatcheck_maintenance, tenant_rows for ALL to hatcheck_app "
                + "hatcheck_readonly"
            ),
            ignoreOrder: true
        );
        (
            await behind.ScalarAsync(
                "select count(*) from pg_policies where policyname = 'tenant_rows' and (qual not like '%app.tenant%' "
                    + "or with_check is distinct from qual)"
            )
        ).ShouldBe(0L);
    }

    [Fact]
    public async Task Every_tables_policy_is_the_declared_one_and_all_have_the_one_form_that_hatcheck_protect_makes()
    {
        await using var behind = await database.OpenAsync();
        (
            await behind.RowsAsync("select tablename from pg_policies where schemaname in ('public', 'keys') group by tablename")
        ).ShouldBe(
            Composition.Tables.Where(table => table.Policy == TablePolicy.Tenant).Select(table => table.Name),
            ignoreOrder: true
        );
        (
            await behind.RowsAsync(
                "select policyname, permissive, roles::text, cmd, qual, with_check from pg_policies "
                    + "where schemaname in ('public', 'keys') group by 1, 2, 3, 4, 5, 6"
            )
        ).Count.ShouldBe(2);

        // An operator loosens one table: one call restores it.
        const string Forms =
            "select count(*) from (select distinct qual, with_check from pg_policies where policyname = 'tenant_rows') forms";
        await behind.ExecuteAsync(
            "alter table usage_log no force row level security; alter policy tenant_rows on usage_log using (true)"
        );
        (await behind.ScalarAsync(Forms)).ShouldBe(2L);
        await behind.ScalarAsync("select hatcheck_protect('usage_log', 'tenant')::text");
        (await behind.ScalarAsync(Forms)).ShouldBe(1L);
        (await behind.ScalarAsync("select relforcerowsecurity from pg_class where relname = 'usage_log'")).ShouldBe(true);
    }

    [Theory]
    [InlineData("users", "installation")]
    [InlineData("schema_versions", "tenant")]
    [InlineData("users", "open")]
    public async Task A_policy_that_does_not_fit_its_table_is_refused(string table, string kind)
    {
        await using var behind = await database.OpenAsync();
        var sql = $"select hatcheck_protect('{table}', '{kind}')::text";
        (await Should.ThrowAsync<PostgresException>(() => behind.ScalarAsync(sql))).Message.ShouldContain("hatcheck_protect:");
    }

    [Fact]
    public async Task Nodes_cannot_change_a_policy()
    {
        await using var node = new NpgsqlConnection(database.Database.App);
        await node.OpenAsync();
        const string Sql = "select public.hatcheck_protect('users', 'tenant')::text";
        (await Should.ThrowAsync<PostgresException>(() => node.ScalarAsync(Sql))).SqlState.ShouldBe("42501");
    }

    [Fact]
    public async Task The_roles_of_nodes_and_readers_own_nothing_and_bypass_nothing()
    {
        await using var behind = await database.OpenAsync();
        (
            await behind.ScalarAsync(
                "select count(*) from pg_roles where rolname in ('hatcheck_app', 'hatcheck_readonly', "
                    + "'hatcheck_maintenance', 'hatcheck_owner') and (rolsuper or rolbypassrls or rolcreaterole "
                    + "or rolcreatedb)"
            )
        ).ShouldBe(0L);
        (
            await behind.ScalarAsync(
                "select count(*) from pg_class c join pg_roles r on r.oid = c.relowner "
                    + "where r.rolname in ('hatcheck_app', 'hatcheck_readonly', 'hatcheck_maintenance')"
            )
        ).ShouldBe(0L);
        (
            await behind.ScalarAsync(
                "select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member "
                    + "where r.rolname in ('hatcheck_app', 'hatcheck_readonly', 'hatcheck_maintenance')"
            )
        ).ShouldBe(0L);
    }

    [Fact]
    public async Task Rights_on_tables_are_exactly_these()
    {
        await using var behind = await database.OpenAsync();
        var rows = await behind.RowsAsync(
            "select grantee || ' ' || table_name || ' ' || string_agg(lower(privilege_type), ' ' order by privilege_type) "
                + "from information_schema.role_table_grants "
                + "where table_schema in ('public', 'keys') and grantee in ('hatcheck_app', 'hatcheck_readonly', 'PUBLIC') "
                + "group by grantee, table_name"
        );
        string[] nodes =
        [
            "tenants",
            "tenant_keys",
            "api_keys",
            "users",
            "user_keys",
            "usage_log",
            "idempotency_keys",
            "identities",
            "link_codes",
            "roles",
            "members",
            "member_roles",
            "rate_permits",
            "preferences",
            "preference_history",
            "profiles",
            "profile_values",
            "day_keys",
            "inbox",
            "inbox_seen",
            "inbox_subjects",
            "outbox",
            "outbox_endpoints",
            "outbox_secrets",
            "sessions",
        ];
        rows.ShouldBe(
            nodes
                .Select(table => $"hatcheck_app {table} delete insert select update")
                .Concat([
                    "hatcheck_app audit_pending insert",
                    "hatcheck_app kek_check insert select",
                    "hatcheck_app subject_key insert select",
                    "hatcheck_app outbox_tenants insert select",
                    "hatcheck_app signing_keys insert select",
                    "hatcheck_app schema_versions select",
                    "hatcheck_app preference_schemas insert select",
                    "hatcheck_app jobs insert select update",
                    "hatcheck_readonly tenants select",
                    "hatcheck_readonly users select",
                    "hatcheck_readonly identities select",
                    "hatcheck_readonly usage_log select",
                    "hatcheck_readonly preference_schemas select",
                    "hatcheck_readonly preferences select",
                    "hatcheck_readonly preference_history select",
                    "hatcheck_readonly schema_versions select",
                ]),
            ignoreOrder: true
        );
    }

    [Theory]
    [InlineData("select wrapped from keys.user_keys")]
    [InlineData("select wrapped from keys.tenant_keys")]
    [InlineData("select hash from api_keys")]
    [InlineData("select token_hash from sessions")]
    [InlineData("select wrapped from keys.signing_keys")]
    [InlineData("select count(*) from audit_pending")]
    [InlineData("insert into users select * from users")]
    [InlineData("create table mine (id int)")]
    [InlineData("create temporary table mine (id int)")]
    public async Task The_read_only_role_may_not(string sql)
    {
        await using var reader = new NpgsqlConnection(database.Database.ReadOnly);
        await reader.OpenAsync();
        (await Should.ThrowAsync<PostgresException>(() => reader.ScalarAsync(sql))).SqlState.ShouldBe("42501");
    }

    [Fact]
    public async Task Every_unique_constraint_of_a_tenants_table_holds_the_tenant()
    {
        await using var behind = await database.OpenAsync();
        var rows = await behind.RowsAsync(
            "select c.relname, i.relname, ',' || string_agg(a.attname, ',' order by a.attname) || ',' from pg_index x "
                + "join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid "
                + "join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum = "
                + "any (x.indkey) "
                + "where x.indisunique and n.nspname in ('public', 'keys') group by 1, 2"
        );
        rows.Count.ShouldBeGreaterThan(WithTenant.Length);
        foreach (var row in rows.Select(row => row.Split('|')).Where(row => !WithoutTenant.Contains(row[0])))
            row[2].ShouldContain(",tenant_id,", Case.Sensitive, $"{row[1]} on {row[0]}");
    }
}
