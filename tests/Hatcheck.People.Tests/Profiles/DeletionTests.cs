using System.Net;
using Hatcheck.Contracts;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Jobs;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.People.Tests.Profiles;

public sealed class DeletionOnSqlite(OnSqlite database) : DeletionTests(database), IClassFixture<OnSqlite>;

public sealed class DeletionOnPostgres(OnPostgres database) : DeletionTests(database), IClassFixture<OnPostgres>;

public abstract class DeletionTests(TestedDatabase database)
{
    private static readonly TimeSpan Grace = TimeSpan.FromDays(30);

    [Fact]
    public async Task A_deleted_user_answers_nothing_but_disclosure_and_comes_back_whole()
    {
        var tenant = await database.Node.NewTenantAsync();
        var id = (await tenant.Http.ResolveAsync("4711")).Id;
        await tenant.Http.PatchAsync(id, """{"email":"ada@example.org","first_name":"Ada"}""").ReadAsync<UserResponse>();
        (await tenant.Http.PostJsonAsync($"/users/{id}/usage", """{"action":"a"}""")).EnsureSuccessStatusCode();
        (await tenant.Http.DeleteAsync(id)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        foreach (
            var sent in new[]
            {
                tenant.Http.GetAsync($"/users/{id}"),
                tenant.Http.PutAsync(id, "{}", "*"),
                tenant.Http.PatchAsync(id, "{}"),
                tenant.Http.DeleteAsync(id),
                tenant.Http.GetAsync($"/users/{id}/usage"),
                tenant.Http.PostJsonAsync($"/users/{id}/usage", """{"action":"a"}"""),
                tenant.Http.PostJsonAsync($"/users/{id}/link-codes", ""),
                tenant.Http.PostJsonAsync($"/users/{id}/merge", """{"code":"0123456789"}"""),
                tenant.Http.PostJsonAsync($"/users/{id}/identities", """{"channel":"telegram","id":"1"}"""),
                tenant.Http.DeleteAsync($"/users/{id}/identities/{Guid.NewGuid()}"),
            }
        )
        {
            (await sent.ShouldFailAsync(410, ProblemCodes.UserDeleted)).UserId.ShouldBeNull();
        }

        (await tenant.Http.GetAsync($"/users/{id}/export").ReadAsync<UserExport>())
            .Sections["profiles"][0]
            .GetProperty("first_name")
            .GetString()
            .ShouldBe("Ada");
        (await tenant.Http.GetAsync($"/users/{id}/summary").ReadAsync<UserSummary>())
            .Sections.Single(section => section.Name == "usage")
            .Count.ShouldBe(1);
        (await tenant.Http.SearchAsync("""{"email":"ada@example.org"}""")).ShouldBeEmpty();
        (await tenant.Http.SearchAsync("""{"email":"ada@example.org","include_deleted":true}""")).ShouldBe([id]);
        await tenant
            .Http.PostJsonAsync("/users", """{"email":"ada@example.org"}""")
            .ShouldFailAsync(409, ProblemCodes.EmailTaken);

        var restored = await tenant.Http.RestoreAsync(id).ReadAsync<UserResponse>();
        (restored.Email, restored.FirstName, restored.Identities.Count, restored.DeletedAt, restored.Version).ShouldBe(
            ("ada@example.org", "Ada", 1, null, 4)
        );
        (await tenant.Http.RestoreAsync(id).ReadAsync<UserResponse>()).Version.ShouldBe(4);
        (await tenant.Http.ResolveAsync("4711")).ShouldBe(new ResolvedUser(id, Created: false));
        (await tenant.Http.GetAsync($"/users/{id}/usage").ReadAsync<UsagePage>()).Items.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_writes_from_the_messenger_of_a_deleted_person_is_told_and_nobody_is_brought_back_or_made()
    {
        var tenant = await database.Node.NewTenantAsync();
        var id = (await tenant.Http.ResolveAsync("4711")).Id;
        (await tenant.Http.DeleteAsync(id)).EnsureSuccessStatusCode();
        var users = await database.CountAsync();
        (
            await tenant
                .Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4711"}""")
                .ShouldFailAsync(410, ProblemCodes.UserDeleted)
        ).UserId.ShouldBe(id);
        (await database.CountAsync()).ShouldBe(users);
        (
            await tenant
                .Http.PostJsonAsync("/users/find", """{"channel":"telegram","id":"4711"}""")
                .ShouldFailAsync(410, ProblemCodes.UserDeleted)
        ).UserId.ShouldBe(id);
        var set = await database.Node.Services.GetRequiredService<Platform.Keys.TenantKeys>().GetAsync(tenant.Id, 1, default);
        (
            await tenant
                .Http.GetAsync($"/users/by-telegram/{set.Index[0].Compute("telegram", "user", "4711")}")
                .ShouldFailAsync(410, ProblemCodes.UserDeleted)
        ).UserId.ShouldBe(id);
        // No one else can take over the identity meanwhile, and another tenant's user with that id is a different user.
        var other = (await tenant.Http.ResolveAsync("4712")).Id;
        await tenant
            .Http.PostJsonAsync($"/users/{other}/identities", """{"channel":"telegram","id":"4711"}""")
            .ShouldFailAsync(409, ProblemCodes.IdentityTaken);
        (await (await database.Node.NewTenantAsync()).Http.ResolveAsync("4711")).Created.ShouldBeTrue();
        // Erased at once, so the id resolves to a new user.
        (await tenant.Http.DeleteAsync($"/users/{id}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await tenant.Http.ResolveAsync("4711")).Created.ShouldBeTrue();
        await tenant.Http.RestoreAsync(id).ShouldFailAsync(410, ProblemCodes.UserErased);
    }

    [Fact]
    public async Task After_the_grace_period_the_purge_erases_everything_and_before_it_nobody()
    {
        var time = new PassingTime(database);
        var node = await time.StartNodeAsync();
        Task PassAsync(TimeSpan span) => time.PassAsync(span, "users.deleted_at");
        var tenant = await node.NewTenantAsync();
        var (gone, kept, living) = (
            await tenant.Http.CreateAsync("""{"email":"a@example.org"}"""),
            await tenant.Http.CreateAsync("""{"email":"b@example.org"}"""),
            await tenant.Http.CreateAsync("{}")
        );
        // The job runs every hour from the node's start: half an hour after the grace period it has not run yet.
        await PassAsync(TimeSpan.FromMinutes(30));
        (await tenant.Http.DeleteAsync(gone.Id)).EnsureSuccessStatusCode();
        var purging = node.Services.GetRequiredService<RetentionPurge>();
        await PassAsync(TimeSpan.FromDays(1));
        (await tenant.Http.DeleteAsync(kept.Id)).EnsureSuccessStatusCode();
        await PassAsync(Grace - TimeSpan.FromDays(1) - time.Moment);
        (await purging.DueAsync(default)).ShouldNotContain(user => user.Tenant == tenant.Id);
        await PassAsync(time.Moment);
        // Over, although the purge has not run.
        await tenant.Http.RestoreAsync(gone.Id).ShouldFailAsync(409, ProblemCodes.RestoreTooLate);
        for (var wait = 0; (await database.CountOfAsync("profiles", gone.Id)) > 0; wait++)
        {
            await purging.RunAsync(JobRun.PerNode, Actor.Job("purge"), default);
            wait.ShouldBeLessThan(1000);
        }

        await tenant.Http.GetAsync($"/users/{gone.Id}").ShouldFailAsync(410, ProblemCodes.UserErased);
        await tenant.Http.RestoreAsync(gone.Id).ShouldFailAsync(410, ProblemCodes.UserErased);
        foreach (var table in new[] { "user_keys", "profiles", "profile_values" })
            (await database.CountOfAsync(table, gone.Id)).ShouldBe(0, table);
        (await tenant.Http.CreateAsync("""{"email":"a@example.org"}""")).Version.ShouldBe(1);
        (await tenant.Http.RestoreAsync(kept.Id).ReadAsync<UserResponse>()).Email.ShouldBe("b@example.org");
        (await tenant.Http.GetAsync(living.Id)).Version.ShouldBe(1);
        await using var connection = await database.OpenAsync();
        (
            await connection.RowsAsync(
                $"select act, actor from audit_pending where user_id = {RawSql.Literal(gone.Id)} and act = 'user.purge'"
            )
        ).ShouldBe(["user.purge|job:purge"]);
    }

    [Fact]
    public async Task Of_a_restore_and_a_purge_at_the_same_moment_one_is_done_whole()
    {
        // The purging node has a shorter grace period: for it the period is over, for the restoring node it is not.
        var purger = await database.StartNodeAsync();
        var tenant = await database.Node.NewTenantAsync();
        var users = new List<Guid>();
        for (var i = 0; i < 12; i++)
        {
            users.Add((await tenant.Http.CreateAsync($$"""{"email":"a{{i}}@example.org"}""")).Id);
            (await tenant.Http.DeleteAsync(users[i])).EnsureSuccessStatusCode();
        }

        var erasure = purger.Services.GetRequiredService<Hatcheck.People.Privacy.Erasure>();
        var work = users
            .Select(user =>
                (
                    Restore: tenant.Http.RestoreAsync(user),
                    Purges: Task.WhenAll(
                        Enumerable
                            .Range(0, 2)
                            .Select(_ =>
                                erasure.PurgeAsync(JobRun.PerNode, tenant.Id, user, TimeSpan.Zero, Actor.Job("purge"), default)
                            )
                    )
                )
            )
            .ToList();
        for (var i = 0; i < users.Count; i++)
        {
            using var restored = await work[i].Restore;
            var erased = (await work[i].Purges).Count(done => done);
            erased.ShouldBe(restored.StatusCode == HttpStatusCode.OK ? 0 : 1);
            ((int)(await tenant.Http.GetAsync($"/users/{users[i]}")).StatusCode).ShouldBe(erased == 0 ? 200 : 410);
            (await database.CountOfAsync("profiles", users[i])).ShouldBe(1 - erased);
        }
    }

    [Fact]
    public async Task A_merged_person_is_deleted_and_restored_under_any_id()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = ((await tenant.Http.ResolveAsync("1")).Id, (await tenant.Http.ResolveAsync("2")).Id);
        await tenant.Http.MergeAsync(merged, survivor);
        (await tenant.Http.DeleteAsync(merged)).EnsureSuccessStatusCode();
        await tenant.Http.GetAsync($"/users/{survivor}").ShouldFailAsync(410, ProblemCodes.UserDeleted);
        (
            await tenant
                .Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"2"}""")
                .ShouldFailAsync(410, ProblemCodes.UserDeleted)
        ).UserId.ShouldBe(survivor);
        (await tenant.Http.RestoreAsync(merged).ReadAsync<UserResponse>()).MergedInto.ShouldBe(survivor);
        (await tenant.Http.GetAsync(survivor)).Identities.Count.ShouldBe(2);
    }
}
