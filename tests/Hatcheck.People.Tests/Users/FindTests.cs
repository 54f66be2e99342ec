using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.ServerKit.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.People.Tests.Users;

public sealed class FindOnSqlite(OnSqlite database) : FindTests(database), IClassFixture<OnSqlite>;

public sealed class FindOnPostgres(OnPostgres database) : FindTests(database), IClassFixture<OnPostgres>;

/// <summary>Looks up a user without creating one.</summary>
public abstract class FindTests(TestedDatabase database)
{
    private const string Find = "/users/find";

    [Fact]
    public async Task Who_is_known_is_found_with_all_their_identities()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        (
            await tenant.Http.PostJsonAsync($"/users/{user}/identities", """{"channel":"whatsapp","id":"+491701234567"}""")
        ).EnsureSuccessStatusCode();
        var read = await tenant.Http.GetAsync($"/users/{user}").ReadAsync<UserResponse>();
        foreach (
            var body in new[] { """{"channel":"telegram","id":"4711"}""", """{"channel":"whatsapp","id":"+49 170 1234567"}""" }
        )
        {
            var found = await tenant.Http.PostJsonAsync(Find, body).ReadAsync<UserResponse>();
            (found with { Identities = [] }).ShouldBe(read with { Identities = [] });
            found.Identities.ShouldBe(read.Identities);
        }
    }

    [Fact]
    public async Task Asking_for_a_stranger_makes_nobody_and_leaves_no_row_anywhere()
    {
        var tenant = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        await other.Http.ResolveAsync("4713");
        var before = await database.CountAsync();
        await tenant
            .Http.PostJsonAsync(Find, """{"channel":"telegram","id":"4712"}""")
            .ShouldFailAsync(404, ProblemCodes.UserNotFound);
        await tenant
            .Http.PostJsonAsync(Find, """{"channel":"whatsapp","id":"+491701234567"}""")
            .ShouldFailAsync(404, ProblemCodes.UserNotFound);
        // Another tenant's user gets the same answer.
        var theirs = await tenant
            .Http.PostJsonAsync(Find, """{"channel":"telegram","id":"4713"}""")
            .ShouldFailAsync(404, ProblemCodes.UserNotFound);
        var nobodys = await tenant
            .Http.PostJsonAsync(Find, """{"channel":"telegram","id":"4714"}""")
            .ShouldFailAsync(404, ProblemCodes.UserNotFound);
        (theirs with { TraceId = null }).ShouldBe(nobodys with { TraceId = null });
        (await database.CountAsync()).ShouldBe(before);
        database.Node.Log.ToString().ShouldNotContain("4712");
    }

    [Fact]
    public async Task A_merged_person_is_found_as_the_survivor_and_an_erased_one_not_at_all()
    {
        var tenant = await database.Node.NewTenantAsync();
        var survivor = (await tenant.Http.ResolveAsync("4711")).Id;
        var merged = (await tenant.Http.ResolveAsync("+491701234567", "whatsapp")).Id;
        var code = await tenant
            .Http.PostJsonAsync($"/users/{survivor}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(System.Net.HttpStatusCode.Created);
        (await tenant.Http.PostJsonAsync($"/users/{merged}/merge", $$"""{"code":"{{code.Code}}"}""")).EnsureSuccessStatusCode();
        var found = await tenant
            .Http.PostJsonAsync(Find, """{"channel":"whatsapp","id":"+491701234567"}""")
            .ReadAsync<UserResponse>();
        found.ShouldSatisfyAllConditions(
            u => u.Id.ShouldBe(survivor),
            u => u.MergedInto.ShouldBeNull(),
            u => u.Identities.Count.ShouldBe(2)
        );
        (await tenant.Http.DeleteAsync($"/users/{survivor}?confirm=true")).EnsureSuccessStatusCode();
        await tenant
            .Http.PostJsonAsync(Find, """{"channel":"telegram","id":"4711"}""")
            .ShouldFailAsync(404, ProblemCodes.UserNotFound);
        await tenant
            .Http.PostJsonAsync(Find, """{"channel":"whatsapp","id":"+491701234567"}""")
            .ShouldFailAsync(404, ProblemCodes.UserNotFound);
    }

    [Fact]
    public async Task A_blind_only_tenant_finds_by_hash_and_key_version()
    {
        using var bytes = SecretBytes.Random(32);
        var tenant = await database.Node.NewTenantAsync(blindOnly: true, scheme: 1, bytes);
        var keys = database.Node.Services.GetRequiredService<TenantKeys>();
        var hash = (await keys.GetAsync(tenant.Id, 1, default)).Index[0].Compute("telegram", "user", "4711");
        var body = $$"""{"channel":"telegram","hash":"{{hash}}","key_version":1}""";
        await tenant.Http.PostJsonAsync(Find, body).ShouldFailAsync(404, ProblemCodes.UserNotFound);
        var user = await tenant.Http.PostJsonAsync("/users/resolve", body).ReadAsync<ResolvedUser>();
        (await tenant.Http.PostJsonAsync(Find, body).ReadAsync<UserResponse>()).Id.ShouldBe(user.Id);
        await tenant
            .Http.PostJsonAsync(Find, """{"channel":"telegram","id":"4711"}""")
            .ShouldFailAsync(422, ProblemCodes.IdentityForm);
    }

    [Theory]
    [InlineData("""{"channel":"telegram","id":"007"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"channel":"telegram"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"channel":"pigeon","id":"1"}""", 422, ProblemCodes.Invalid)]
    [InlineData("""{"channel":"telegram","id":"1","create":true}""", 400, ProblemCodes.Malformed)]
    public async Task What_resolving_refuses_finding_refuses_too(string body, int status, string code)
    {
        var tenant = await database.Node.NewTenantAsync();
        await tenant.Http.PostJsonAsync(Find, body).ShouldFailAsync(status, code);
        await tenant.Http.PostJsonAsync("/users/resolve", body).ShouldFailAsync(status, code);
    }
}
