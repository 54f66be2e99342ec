using System.Net;
using Hatcheck.Contracts;

namespace Hatcheck.Tests.Access;

public sealed class OwnUserOnSqlite(OnSqlite database) : OwnUserTests(database), IClassFixture<OnSqlite>;

public sealed class OwnUserOnPostgres(OnPostgres database) : OwnUserTests(database), IClassFixture<OnPostgres>;

/// <summary>A person acts only for their own user.</summary>
public abstract class OwnUserTests(TestedDatabase database)
{
    [Fact]
    public async Task A_person_reaches_their_own_user_and_somebody_elses_answers_as_nobodys()
    {
        var node = await database.StartNodeAsync(ActingCallers.Add);
        var (tenant, elsewhere) = (await node.NewTenantAsync(), await node.NewTenantAsync());
        var mine = (await tenant.Http.ResolveAsync("1")).Id;
        var person = node.Client(ActingCallers.AsPerson(tenant.Id, mine));
        (await person.GetAsync("/me").ReadAsync<CallerResponse>()).ShouldSatisfyAllConditions(
            me => me.Kind.ShouldBe("person"),
            me => me.Id.ShouldBe(mine)
        );
        (await person.GetAsync($"/users/{mine}").ReadAsync<UserResponse>()).Id.ShouldBe(mine);
        (await person.GetAsync($"/users/{mine}/export").ReadAsync<UserExport>()).UserId.ShouldBe(mine);
        foreach (
            var stranger in new[]
            {
                (await tenant.Http.ResolveAsync("2")).Id,
                (await elsewhere.Http.ResolveAsync("1")).Id,
                Guid.NewGuid(),
            }
        )
        {
            (await person.GetAsync($"/users/{stranger}").ShouldFailAsync(404, ProblemCodes.UserNotFound)).Detail.ShouldBe(
                "This tenant has no such user."
            );
            await person.DeleteAsync($"/users/{stranger}?confirm=true").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        }

        await person.GetAsync("/users/not-an-id").ShouldFailAsync(400, ProblemCodes.Malformed);
        await person
            .PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"2"}""")
            .ShouldFailAsync(403, ProblemCodes.MissingScope);
        // A person can't claim a messenger id: only a bot or a link code proves the owner.
        await person
            .PostJsonAsync($"/users/{mine}/identities", """{"channel":"telegram","id":"3"}""")
            .ShouldFailAsync(403, ProblemCodes.MissingScope);
        (await tenant.Http.GetAsync($"/users/{(await tenant.Http.ResolveAsync("2")).Id}")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_person_writes_their_profile_but_not_what_others_say_of_them()
    {
        var node = await database.StartNodeAsync(ActingCallers.Add);
        var (tenant, elsewhere) = (await node.NewTenantAsync(), await node.NewTenantAsync());
        var mine = (await tenant.Http.ResolveAsync("1")).Id;
        var (person, path) = (node.Client(ActingCallers.AsPerson(tenant.Id, mine)), $"/users/{mine}");
        await PatchAsync(
                tenant.Http,
                path,
                """{"email":"ada@example.org","email_verified":true,"onboarding_state":"done","""
                    + """ "external_subject":"user_ada","attributes":{"plan":"free"}}"""
            )
            .ReadAsync<UserResponse>();
        var changed = await PatchAsync(person, path, """{"first_name":"Ada","email":"ADA@example.org"}""")
            .ReadAsync<UserResponse>();
        (changed.FirstName, changed.EmailVerified, changed.ExternalSubject, changed.Attributes!["plan"]).ShouldBe(
            ("Ada", true, "user_ada", "free")
        );
        foreach (
            var (patch, field) in new[]
            {
                ("""{"email":"eve@example.org","email_verified":true}""", "email_verified"),
                ("""{"onboarding_state":"vip"}""", "onboarding_state"),
                ("""{"external_subject":"user_eve"}""", "external_subject"),
                ("""{"external_subject":null}""", "external_subject"),
                ("""{"attributes":{"plan":"paid"}}""", "attributes.plan"),
                ("""{"attributes":null}""", "attributes.plan"),
            }
        )
            (await PatchAsync(person, path, patch).ShouldFailAsync(422, ProblemCodes.Invalid)).Errors!.Keys.ShouldBe(
                [field],
                patch
            );
        // A new address is unverified.
        (await PatchAsync(person, path, """{"email":"eve@example.org"}""").ReadAsync<UserResponse>()).EmailVerified.ShouldBe(
            false
        );
        foreach (var stranger in new[] { (await tenant.Http.ResolveAsync("2")).Id, (await elsewhere.Http.ResolveAsync("1")).Id })
            await PatchAsync(person, $"/users/{stranger}", """{"first_name":"Eve"}""")
                .ShouldFailAsync(404, ProblemCodes.UserNotFound);
        await person.GetAsync("/users").ShouldFailAsync(403, ProblemCodes.MissingScope);
        await person
            .PostJsonAsync("/users/search", """{"email":"eve@example.org"}""")
            .ShouldFailAsync(403, ProblemCodes.MissingScope);
    }

    [Fact]
    public async Task A_person_reaches_what_was_merged_into_them_under_either_id()
    {
        var node = await database.StartNodeAsync(ActingCallers.Add);
        var tenant = await node.NewTenantAsync();
        var (survivor, merged) = ((await tenant.Http.ResolveAsync("1")).Id, (await tenant.Http.ResolveAsync("2")).Id);
        var other = (await tenant.Http.ResolveAsync("3")).Id;
        var (first, second) = (
            node.Client(ActingCallers.AsPerson(tenant.Id, survivor)),
            node.Client(ActingCallers.AsPerson(tenant.Id, merged))
        );
        var code = await first
            .PostJsonAsync($"/users/{survivor}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        await second.GetAsync($"/users/{survivor}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        await second.PostJsonAsync($"/users/{merged}/merge", $$"""{"code":"{{code.Code}}"}""").ReadAsync<UserResponse>();
        foreach (var person in new[] { first, second })
        {
            (await person.GetAsync("/me").ReadAsync<CallerResponse>()).Id.ShouldBe(survivor);
            foreach (var id in new[] { survivor, merged })
                (await person.GetAsync($"/users/{id}").ReadAsync<UserResponse>()).Id.ShouldBe(id);
            await person.GetAsync($"/users/{other}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        }

        (await second.DeleteAsync($"/users/{merged}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await first.GetAsync("/me").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    private static Task<HttpResponseMessage> PatchAsync(HttpClient http, string path, string patch) =>
        http.PatchAsync(path, new StringContent(patch, System.Text.Encoding.UTF8, "application/json"));
}
