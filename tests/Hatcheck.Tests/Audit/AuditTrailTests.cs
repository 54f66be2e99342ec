using System.Data.Common;
using Hatcheck.Access;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Preferences;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Audit;

public sealed class AuditTrailOnSqlite(OnSqlite database) : AuditTrailTests(database), IClassFixture<OnSqlite>;

public sealed class AuditTrailOnPostgres(OnPostgres database) : AuditTrailTests(database), IClassFixture<OnPostgres>
{
    private readonly OnPostgres database = database;

    [Fact]
    public async Task A_node_with_a_wrong_date_records_by_the_databases_clock()
    {
        var tenant = await database.Node.NewTenantAsync();
        var wrong = new ManualTime(DateTimeOffset.UtcNow.AddDays(31));
        var skewed = await database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(wrong));
        using var there = skewed.Client(tenant.Key);
        var user = (await there.CreateAsync("""{"email":"ada@example.org"}""")).Id;
        (await Requests.PatchAsync(there, user, """{"first_name":"Ada"}""")).EnsureSuccessStatusCode();
        (await there.PostJsonAsync("/roles", """{"name":"desk","permissions":["users:read"]}""")).EnsureSuccessStatusCode();
        await there.PatchedAsync(user, """{"interface":{"theme":"dark"}}""");
        (await there.PutSchemaAsync("""{"defaults":{"interface":{"theme":"dark"}}}""")).EnsureSuccessStatusCode();
        await skewed
            .Services.GetRequiredService<IndexKeyExport>()
            .ExportAsync(tenant.Id, Actor.Operator(1000), again: false, default);
        await using var behind = await database.OpenAsync();
        var mine = $"from audit_pending where tenant_id = {RawSql.Literal(tenant.Id)}";
        var acts = await behind.RowsAsync($"select distinct act {mine} order by act");
        acts.Count.ShouldBeGreaterThanOrEqualTo(6, string.Join(' ', acts));
        (await behind.RowsAsync($"select act {mine} and at > now() + interval '1 day'")).ShouldBeEmpty();
    }
}

/// <summary>The one door to the audit log.</summary>
public abstract class AuditTrailTests(TestedDatabase database)
{
    private static readonly Actor actor = Actor.Operator(1000);

    [Fact]
    public async Task An_entry_is_stored_with_its_act_or_not_at_all()
    {
        var tenant = await database.Node.NewTenantAsync();
        var data = database.Node.Services.GetRequiredService<Database>();
        var user = Guid.NewGuid();
        await data.WriteAsync(tenant.Id, (db, _) => Add(db), default);
        await Should.ThrowAsync<InvalidOperationException>(() =>
            data.WriteAsync<bool>(
                tenant.Id,
                async (db, _) =>
                {
                    await Add(db);
                    throw new InvalidOperationException("The act failed.");
                },
                default
            )
        );
        (await EntriesAsync(tenant)).ShouldBe([$"user.restore|operator:1000|identity:{user:N} why"]);

        Task<bool> Add(HatcheckDb db)
        {
            AuditTrail.Add(db, ProfileActs.Restore, actor, user, Subject.Of("identity", user).And("why"));
            return Task.FromResult(true);
        }
    }

    [Fact]
    public async Task A_statement_of_a_batch_records_only_where_its_condition_holds()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        const string IfTenant = "from tenants where tenant_id = $1";
        const string IfUser = "from users where tenant_id = $1 and user_id = $2 and $3 is not null";
        using var vault = database.Node.Services.GetRequiredService<PersonVaults>().Open(tenant.Id);
        async Task<(string Sql, object?[] Parameters)> ToldAsync(Act act, Guid about)
        {
            await vault.EnsureAsync(KeyOwner.AuditOf(about), default);
            var entry = new PersonEntry(about, Guid.NewGuid(), DateTimeOffset.UtcNow, "theme");
            return await AuditTrail.StatementAsync(vault, act, actor, entry, IfUser, default);
        }

        await database
            .Node.Services.GetRequiredService<Database>()
            .ExecuteAsync(
                tenant.Id,
                [
                    AuditTrail.Statement(tenant.Id, AccessActs.RoleAdd, actor, null, Subject.Of("role", "desk"), IfTenant),
                    AuditTrail.Statement(tenant.Id, AccessActs.RoleChange, actor),
                    AuditTrail.Statement(tenant.Id, ProfileActs.Restore, actor, user, condition: IfUser),
                    AuditTrail.Statement(tenant.Id, ProfileActs.Delete, actor, Guid.NewGuid(), condition: IfUser),
                    await ToldAsync(ProfileActs.Update, user),
                    await ToldAsync(ProfileActs.Create, Guid.NewGuid()),
                ],
                default
            );
        (await EntriesAsync(tenant)).ShouldBe([
            "role.add|operator:1000|role:desk",
            "role.change|operator:1000|",
            "user.restore|operator:1000|",
            "user.update|operator:1000|",
        ]);
        (await database.CountOfAsync("audit_pending", user)).ShouldBe(2);
    }

    [Fact]
    public async Task An_act_that_is_about_no_user_names_none()
    {
        var tenant = await database.Node.NewTenantAsync();
        Should.Throw<InvalidOperationException>(() => AuditTrail.Statement(tenant.Id, AccessActs.RoleAdd, actor, Guid.NewGuid()));
        await Should.ThrowAsync<InvalidOperationException>(() =>
            database
                .Node.Services.GetRequiredService<Database>()
                .WriteAsync(
                    tenant.Id,
                    (db, _) =>
                    {
                        AuditTrail.Add(db, AccessActs.RoleAdd, actor, Guid.NewGuid());
                        return Task.FromResult(true);
                    },
                    default
                )
        );
        (await EntriesAsync(tenant)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_database_itself_takes_no_operator_but_a_number()
    {
        var tenant = await database.Node.NewTenantAsync();
        foreach (var name in (string[])["operator:root", "operator:", "operator:1000 root", "operator:-1"])
        {
            await Should.ThrowAsync<DbException>(() => AddAsync(name), name);
        }

        foreach (var name in (string[])["operator", "operator:1000", "job:purge"])
            await AddAsync(name);
        (await EntriesAsync(tenant)).Count.ShouldBe(3);

        Task<int> AddAsync(string name) =>
            database.ExecuteAsync(
                "insert into audit_pending (tenant_id, entry_id, at, act, actor) "
                    + $"select tenant_id, {RawSql.Literal(Guid.NewGuid())}, created_at, 'role.add', '{name}' from tenants "
                    + $"where tenant_id = {RawSql.Literal(tenant.Id)}"
            );
    }

    /// <summary>The entries since the tenant got its key.</summary>
    private async Task<List<string>> EntriesAsync(TestTenant tenant)
    {
        await using var behind = await database.OpenAsync();
        return await behind.RowsAsync(
            "select act, actor, subject from audit_pending where act not like 'apikey.%' "
                + $"and tenant_id = {RawSql.Literal(tenant.Id)} order by act"
        );
    }
}
