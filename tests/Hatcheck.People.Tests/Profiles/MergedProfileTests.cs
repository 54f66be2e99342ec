using System.Net;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.People.Tests.Profiles;

public sealed class MergedProfilesOnSqlite(OnSqlite database) : MergedProfileTests(database), IClassFixture<OnSqlite>;

public sealed class MergedProfilesOnPostgres(OnPostgres database) : MergedProfileTests(database), IClassFixture<OnPostgres>;

/// <summary>
/// Two profiles of one person: the survivor's values win, nothing is lost, and a profile is found by the values it shows.
/// </summary>
public abstract class MergedProfileTests(TestedDatabase database)
{
    [Fact]
    public async Task The_survivor_keeps_its_values_takes_over_what_it_lacks_and_both_stay_in_the_export()
    {
        var tenant = await database.Node.NewTenantAsync();
        var survivor = await tenant.Http.CreateAsync("""{"first_name":"Ada","phone":"+491701111111"}""");
        var merged = await tenant.Http.CreateAsync(
            """
            {
              "first_name": "Augusta",
              "last_name": "King",
              "email": "ada@example.org",
              "email_verified": true,
              "phone": "+491702222222"
            }
            """
        );
        (await tenant.Http.MergeAsync(merged.Id, survivor.Id)).ShouldBe(survivor.Id);
        foreach (var id in new[] { survivor.Id, merged.Id })
        {
            var seen = await tenant.Http.GetAsync(id);
            (seen.FirstName, seen.LastName, seen.Email, seen.EmailVerified, seen.Phone).ShouldBe(
                ("Ada", "King", "ada@example.org", true, "+491701111111")
            );
            seen.MergedInto.ShouldBe(id == survivor.Id ? null : survivor.Id);
        }

        (await tenant.Http.SearchAsync("""{"email":"ada@example.org"}""")).ShouldBe([survivor.Id]);
        (await tenant.Http.SearchAsync("""{"phone":"+491701111111"}""")).ShouldBe([survivor.Id]);
        (await tenant.Http.SearchAsync("""{"phone":"+491702222222"}""")).ShouldBeEmpty();
        var export = await tenant.Http.GetAsync($"/users/{merged.Id}/export").ReadAsync<UserExport>();
        export
            .Sections["profiles"]
            .Select(entry => entry.GetProperty("first_name").GetString())
            .ShouldBe(["Ada", "Augusta"], ignoreOrder: true);
        export
            .Sections["profiles"]
            .Select(entry => entry.GetProperty("user_id").GetGuid())
            .ShouldBe([survivor.Id, merged.Id], ignoreOrder: true);
    }

    [Fact]
    public async Task An_address_that_the_survivor_does_not_take_over_is_free_again()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = (
            await tenant.Http.CreateAsync("""{"email":"a@example.org"}"""),
            await tenant.Http.CreateAsync("""{"email":"b@example.org"}""")
        );
        await tenant.Http.PostJsonAsync("/users", """{"email":"b@example.org"}""").ShouldFailAsync(409, ProblemCodes.EmailTaken);
        await tenant.Http.MergeAsync(merged.Id, survivor.Id);
        (await tenant.Http.GetAsync(survivor.Id)).Email.ShouldBe("a@example.org");
        var newcomer = await tenant.Http.CreateAsync("""{"email":"b@example.org"}""");
        (await tenant.Http.SearchAsync("""{"email":"b@example.org"}""")).ShouldBe([newcomer.Id]);
    }

    [Fact]
    public async Task Linking_unlinking_and_merging_are_recorded_with_who_did_it_and_random_ids()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = ((await tenant.Http.ResolveAsync("1")).Id, (await tenant.Http.ResolveAsync("2")).Id);
        var linked = await tenant
            .Http.PostJsonAsync($"/users/{survivor}/identities", """{"channel":"telegram","id":"3"}""")
            .ReadAsync<IdentityResponse>(HttpStatusCode.Created);
        // Linked already: no act.
        await tenant
            .Http.PostJsonAsync($"/users/{survivor}/identities", """{"channel":"telegram","id":"3"}""")
            .ReadAsync<IdentityResponse>();
        (await tenant.Http.DeleteAsync($"/users/{survivor}/identities/{linked.Id}")).EnsureSuccessStatusCode();
        await tenant.Http.MergeAsync(merged, survivor);
        await using var behind = await database.OpenAsync();
        (
            await behind.RowsAsync(
                $"select act, actor, subject from audit_pending where user_id = {RawSql.Literal(survivor)} order by act"
            )
        ).ShouldBe([
            $"identity.link|key:{tenant.KeyId:N}|identity:{linked.Id:N}",
            $"identity.unlink|key:{tenant.KeyId:N}|identity:{linked.Id:N}",
            $"user.merge|key:{tenant.KeyId:N}|user:{merged:N}",
        ]);
    }

    [Fact]
    public async Task No_entity_tag_from_before_a_merge_changes_the_person_after_it()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = (await tenant.Http.CreateAsync("{}"), await tenant.Http.CreateAsync("{}"));
        for (var i = 0; i < 3; i++)
            (await tenant.Http.PatchAsync(merged.Id, $$"""{"first_name":"{{i}}"}""")).EnsureSuccessStatusCode();
        await tenant.Http.MergeAsync(merged.Id, survivor.Id);
        for (var version = 1; version <= 4; version++)
        {
            foreach (var id in new[] { survivor.Id, merged.Id })
                await tenant.Http.PutAsync(id, "{}", $"\"{version}\"").ShouldFailAsync(412, ProblemCodes.ProfileChanged);
        }

        var seen = await tenant.Http.GetAsync(merged.Id);
        seen.Version.ShouldBe(5);
        (await tenant.Http.PutAsync(merged.Id, """{"first_name":"now"}""", "\"5\"").ReadAsync<UserResponse>()).FirstName.ShouldBe(
            "now"
        );
        (await tenant.Http.GetAsync(survivor.Id)).FirstName.ShouldBe("now");
    }

    [Fact]
    public async Task Linking_and_unlinking_give_a_new_entity_tag()
    {
        var tenant = await database.Node.NewTenantAsync();
        var id = (await tenant.Http.ResolveAsync("4711")).Id;
        var linked = await tenant
            .Http.PostJsonAsync($"/users/{id}/identities", """{"channel":"telegram","id":"4712"}""")
            .ReadAsync<IdentityResponse>(HttpStatusCode.Created);
        (await tenant.Http.GetAsync(id)).Version.ShouldBe(2);
        await tenant
            .Http.PostJsonAsync($"/users/{id}/identities", """{"channel":"telegram","id":"4712"}""")
            .ReadAsync<IdentityResponse>();
        (await tenant.Http.GetAsync(id)).Version.ShouldBe(2);
        (await tenant.Http.DeleteAsync($"/users/{id}/identities/{linked.Id}")).EnsureSuccessStatusCode();
        (await tenant.Http.GetAsync(id)).Version.ShouldBe(3);
    }

    [Fact]
    public async Task Everything_of_merged_profiles_is_erased()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = (
            await tenant.Http.CreateAsync("""{"email":"a@example.org","phone":"+491701111111"}"""),
            await tenant.Http.CreateAsync("""{"email":"b@example.org"}""")
        );
        await tenant.Http.MergeAsync(merged.Id, survivor.Id);
        (await tenant.Http.DeleteAsync($"/users/{merged.Id}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        foreach (var table in new[] { "profiles", "profile_values", "user_keys" })
        {
            foreach (var id in new[] { survivor.Id, merged.Id })
                (await database.CountOfAsync(table, id)).ShouldBe(0, table);
        }

        (await tenant.Http.CreateAsync("""{"email":"a@example.org"}""")).Version.ShouldBe(1);
    }
}
