using System.Net;
using System.Text.Json;
using Hatcheck.Access.Callers;
using Hatcheck.Access.Sessions;
using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Jobs;
using Hatcheck.ServerKit.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Access.Tests.Sessions;

public sealed class SessionsOnSqlite(OnSqlite database) : SessionTests(database), IClassFixture<OnSqlite>;

public sealed class SessionsOnPostgres(OnPostgres database) : SessionTests(database), IClassFixture<OnPostgres>;

public abstract class SessionTests(TestedDatabase database)
{
    [Fact]
    public async Task A_person_sees_where_they_are_signed_in_and_ends_one_session_or_the_others()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var tokens = new List<SessionTokens>();
        for (var i = 0; i < 4; i++)
            tokens.Add(
                await tenant.Http.SignInAsync(user, $$"""{"client_address":"192.0.2.{{i}}","user_agent":"Browser {{i}}"}""")
            );
        using var me = database.Node.Client(tokens[3].AccessToken);
        var list = (await me.GetAsync("/me/sessions").ReadAsync<SessionList>()).Items;
        list.Select(session => session.Id).ShouldBe(tokens.Select(token => token.SessionId), ignoreOrder: true);
        list.Single(session => session.Current)
            .ShouldSatisfyAllConditions(
                session => session.Id.ShouldBe(tokens[3].SessionId),
                session => session.Way.ShouldBe("service"),
                session => session.Address.ShouldBe("192.0.2.3"),
                session => session.UserAgent.ShouldBe("Browser 3")
            );
        (await me.DeleteAsync($"/me/sessions/{tokens[0].SessionId}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await database.Node.StatusAsync(tokens[0].AccessToken)).ShouldBe(401);
        await me.DeleteAsync($"/me/sessions/{tokens[0].SessionId}").ShouldFailAsync(404, ProblemCodes.SessionNotFound);
        (await me.DeleteAsync("/me/sessions")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await Task.WhenAll(tokens.Select(token => database.Node.StatusAsync(token.AccessToken)))).ShouldBe([401, 401, 401, 200]);
        (await me.DeleteAsync("/me/sessions?all=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await database.Node.StatusAsync(tokens[3].AccessToken)).ShouldBe(401);
        (await database.ActsAsync(tenant.Id, "session.begin")).ShouldBe(4);
        (await database.ActsAsync(tenant.Id, "session.end")).ShouldBe(4);
    }

    [Fact]
    public async Task A_service_sees_and_ends_a_persons_sessions_and_another_tenant_and_person_neither()
    {
        var (tenant, other) = (await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync());
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var tokens = await tenant.Http.SignInAsync(user);
        var stranger = await tenant.Http.SignInAsync((await tenant.Http.ResolveAsync("4712")).Id);
        foreach (var http in new[] { other.Http, database.Node.Client(stranger.AccessToken) })
        {
            await http.GetAsync($"/users/{user}/sessions").ShouldFailAsync(404, ProblemCodes.UserNotFound);
            await http.DeleteAsync($"/users/{user}/sessions").ShouldFailAsync(404, ProblemCodes.UserNotFound);
            await http.DeleteAsync($"/users/{user}/sessions/{tokens.SessionId}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
            await http.DeleteAsync($"/me/sessions/{tokens.SessionId}").ShouldFailAsync(404, ProblemCodes.SessionNotFound);
        }

        await other.Http.PostJsonAsync($"/users/{user}/sessions", "{}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        await database
            .Node.Client(tokens.AccessToken)
            .PostJsonAsync($"/users/{user}/sessions", "{}")
            .ShouldFailAsync(403, ProblemCodes.MissingScope);
        (await tenant.Http.GetAsync($"/users/{user}/sessions").ReadAsync<SessionList>())
            .Items.Single()
            .Id.ShouldBe(tokens.SessionId);
        (await database.Node.StatusAsync(tokens.AccessToken)).ShouldBe(200);
        (await tenant.Http.DeleteAsync($"/users/{user}/sessions/{tokens.SessionId}")).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        (await database.Node.StatusAsync(tokens.AccessToken)).ShouldBe(401);
        (await database.Node.StatusAsync(stranger.AccessToken)).ShouldBe(200);
    }

    [Fact]
    public async Task With_one_session_too_many_the_longest_unused_ends_however_many_begin_at_once()
    {
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal) { ["Sessions:Most"] = "3" };
        await using var node = await Node.StartAsync(settings);
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        using var service = node.Client(tenant.Key);
        var oldest = await service.SignInAsync(user);
        var used = await service.SignInAsync(user);
        await database.AgeAsync(oldest.SessionId, TimeSpan.FromMinutes(1));
        await database.AgeAsync(used.SessionId, TimeSpan.FromMinutes(2));
        used = await node.RefreshAsync(used.RefreshToken).ReadAsync<SessionTokens>();
        var more = new[] { await service.SignInAsync(user), await service.SignInAsync(user) };
        (await Task.WhenAll(more.Append(used).Append(oldest).Select(token => node.StatusAsync(token.AccessToken)))).ShouldBe([
            200,
            200,
            200,
            401,
        ]);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => service.SignInAsync(user)));
        (await database.SessionsOfAsync(user)).ShouldBe(3);
    }

    [Fact]
    public async Task Deleting_a_user_ends_their_sessions_for_good_and_erasing_leaves_no_row()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var tokens = await tenant.Http.SignInAsync(user);
        (await tenant.Http.DeleteAsync($"/users/{user}")).EnsureSuccessStatusCode();
        (await database.Node.StatusAsync(tokens.AccessToken)).ShouldBe(401);
        await tenant.Http.PostJsonAsync($"/users/{user}/sessions", "{}").ShouldFailAsync(410, ProblemCodes.UserDeleted);
        (await tenant.Http.PostJsonAsync($"/users/{user}/restore", "")).EnsureSuccessStatusCode();
        (await database.Node.StatusAsync(tokens.AccessToken)).ShouldBe(401);
        await database.Node.RefreshAsync(tokens.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);

        var again = await tenant.Http.SignInAsync(user);
        (await tenant.Http.DeleteAsync($"/users/{user}?confirm=true")).EnsureSuccessStatusCode();
        (await database.SessionsOfAsync(user)).ShouldBe(0);
        (await database.Node.StatusAsync(again.AccessToken)).ShouldBe(401);
        await database.Node.RefreshAsync(again.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);
    }

    [Fact]
    public async Task A_merged_persons_sessions_become_the_survivors_and_are_exported_and_ended_with_it()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = ((await tenant.Http.ResolveAsync("4711")).Id, (await tenant.Http.ResolveAsync("4712")).Id);
        var (first, second) = (
            await tenant.Http.SignInAsync(survivor),
            await tenant.Http.SignInAsync(merged, """{"user_agent":"Canary Browser"}""")
        );
        var code = (
            await tenant
                .Http.PostJsonAsync($"/users/{survivor}/link-codes", "")
                .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created)
        ).Code;
        (await tenant.Http.PostJsonAsync($"/users/{merged}/merge", $$"""{"code":"{{code}}"}""")).EnsureSuccessStatusCode();
        second = await database.Node.RefreshAsync(second.RefreshToken).ReadAsync<SessionTokens>();
        (await database.Node.Client(second.AccessToken).GetAsync("/me").ReadAsync<CallerResponse>()).Id.ShouldBe(survivor);
        (await tenant.Http.GetAsync($"/users/{survivor}/sessions").ReadAsync<SessionList>()).Items.Count.ShouldBe(2);
        var export = await tenant.Http.GetAsync($"/users/{merged}/export").ReadAsync<UserExport>();
        export.Sections["sessions"].Count.ShouldBe(2);
        JsonSerializer.Serialize(export.Sections["sessions"][1]).ShouldContain("Canary Browser");
        (await tenant.Http.DeleteAsync($"/users/{survivor}/sessions")).EnsureSuccessStatusCode();
        foreach (var token in new[] { first, second })
            (await database.Node.StatusAsync(token.AccessToken)).ShouldBe(401);
    }

    [Fact]
    public async Task A_session_that_begins_for_a_merged_user_is_the_survivors_and_none_begins_for_a_deleted_one()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = ((await tenant.Http.ResolveAsync("4711")).Id, (await tenant.Http.ResolveAsync("4712")).Id);
        var code = await tenant
            .Http.PostJsonAsync($"/users/{survivor}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        (await tenant.Http.PostJsonAsync($"/users/{merged}/merge", $$"""{"code":"{{code.Code}}"}""")).EnsureSuccessStatusCode();
        // Like a caller whose user was merged between the check of the token and the exchange.
        var tokens = (await BeginAsync(tenant.Id, merged)).OrThrow();
        (await database.Node.StatusAsync(tokens.AccessToken)).ShouldBe(200);
        (await database.SessionsOfAsync(survivor)).ShouldBe(1);
        (await database.SessionsOfAsync(merged)).ShouldBe(0);
        (await tenant.Http.DeleteAsync($"/users/{survivor}")).EnsureSuccessStatusCode();
        (await BeginAsync(tenant.Id, merged)).Refusal.ShouldBe(new Refusal.Gone(IsDeleted: true));
        (await database.SessionsOfAsync(survivor)).ShouldBe(0);
        (await database.ActsAsync(tenant.Id, "session.begin")).ShouldBe(1);
    }

    [Fact]
    public async Task Sessions_are_ended_after_another_change_of_the_person_so_that_none_slips_through()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var tokens = await tenant.Http.SignInAsync(user);
        var (begun, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var held = database
            .Node.Services.GetRequiredService<PersonChanges>()
            .RunAsync<int>(
                new ChangeTerms(tenant.Id, user, Actor.Operator(1000)),
                async (_, stop) =>
                {
                    begun.SetResult();
                    await release.Task.WaitAsync(stop);
                    return 0;
                },
                default
            );
        await begun.Task;
        var ending = tenant.Http.DeleteAsync($"/users/{user}/sessions");
        await Task.WhenAny(ending, Task.Delay(TimeSpan.FromMilliseconds(500)));
        ending.IsCompleted.ShouldBeFalse();
        release.SetResult();
        (await held).Refusal.ShouldBeNull();
        (await ending).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await database.Node.StatusAsync(tokens.AccessToken)).ShouldBe(401);
    }

    [Fact]
    public async Task Who_is_deleted_while_they_end_their_sessions_has_none_left_to_end()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var tokens = await tenant.Http.SignInAsync(user);
        var services = database.Node.Services;
        var caller = (await services.GetRequiredService<PersonCallers>().FindAsync(tenant.Id, user, default)).ShouldNotBeNull();
        (await tenant.Http.DeleteAsync($"/users/{user}")).EnsureSuccessStatusCode();
        var lists = services.GetRequiredService<SessionLists>();
        (await lists.EndOfCallerAsync(caller, only: null, except: null, default)).OrThrow().ShouldBe(0);
        (await lists.EndOfCallerAsync(caller, tokens.SessionId, except: null, default)).Refusal.ShouldBe(
            new SessionRefusal.NoSuchSession()
        );
    }

    [Fact]
    public async Task Neither_a_session_nor_a_key_begins_a_session_by_exchange()
    {
        var tenant = await database.Node.NewTenantAsync();
        var tokens = await tenant.Http.SignInAsync((await tenant.Http.ResolveAsync("4711")).Id);
        await database
            .Node.Client(tokens.AccessToken)
            .PostJsonAsync("/auth/exchange", "")
            .ShouldFailAsync(409, ProblemCodes.HasSession);
        await tenant.Http.PostJsonAsync("/auth/exchange", "").ShouldFailAsync(422, ProblemCodes.NoSessionForKeys);
        (await tenant.Http.GetAsync("/me/sessions").ReadAsync<SessionList>()).Items.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"client_address":"anna@example.com"}""", "client_address")]
    [InlineData("""{"client_address":""}""", "client_address")]
    [InlineData("""{"client_address":"192.0.2.7/24"}""", "client_address")]
    [InlineData("""{"user_agent":"a\u0000b"}""", "user_agent")]
    public async Task What_is_said_of_the_client_is_checked(string body, string field)
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        (
            await tenant.Http.PostJsonAsync($"/users/{user}/sessions", body).ShouldFailAsync(422, ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe([field]);
        (await database.SessionsOfAsync(user)).ShouldBe(0);
    }

    [Fact]
    public async Task Sessions_whose_time_is_over_are_cleared_away()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var (old, young) = (await tenant.Http.SignInAsync(user), await tenant.Http.SignInAsync(user));
        await database.AgeAsync(old.SessionId, TimeSpan.FromDays(31));
        await database.Node.Services.GetRequiredService<SessionPurge>().RunAsync(JobRun.PerNode, CancellationToken.None);
        (await database.SessionsOfAsync(user)).ShouldBe(1);
        (await database.Node.StatusAsync(young.AccessToken)).ShouldBe(200);
    }

    private Task<Outcome<SessionTokens>> BeginAsync(Guid tenant, Guid user)
    {
        var wanted = new NewSession(
            tenant,
            SessionRow.Person,
            user,
            Actor.Operator(1000),
            new SessionContent("exchange", null, null),
            Address: null
        );
        return database.Node.Services.GetRequiredService<SessionStart>().BeginAsync(wanted, default);
    }
}
