using System.Net;
using Hatcheck.Contracts;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Access.Tests.Sessions;

public sealed class RefreshOnSqlite(OnSqlite database) : RefreshTests(database), IClassFixture<OnSqlite>
{
    private readonly OnSqlite database = database;

    [Fact]
    public async Task A_refresh_waits_for_its_turn_to_write()
    {
        var tenant = await database.Node.NewTenantAsync();
        var tokens = await tenant.Http.SignInAsync((await tenant.Http.ResolveAsync("4711")).Id);
        var turn = await database.Node.Services.GetRequiredService<IEngine>().EnterWriterAsync(default);
        var refreshing = database.Node.RefreshAsync(tokens.RefreshToken);
        var waits = await database.WaitsAsync(refreshing);
        turn.ShouldNotBeNull().Dispose();
        (await refreshing.ReadAsync<SessionTokens>()).SessionId.ShouldBe(tokens.SessionId);
        waits.ShouldBeTrue();
    }
}

public sealed class RefreshOnPostgres(OnPostgres database) : RefreshTests(database), IClassFixture<OnPostgres>;

public abstract class RefreshTests(TestedDatabase database)
{
    private static readonly TimeSpan PastTheGrace = TimeSpan.FromSeconds(16);

    [Fact]
    public async Task A_refresh_token_is_spent_for_the_next_two_tokens()
    {
        var (tenant, user, first) = await SignedInAsync();
        first.RefreshToken.ShouldMatch("^hcr_[0-9A-Za-z]{137}$");
        (await database.Node.StatusAsync(first.AccessToken)).ShouldBe(200);
        var second = await RefreshedAsync(first);
        second.SessionId.ShouldBe(first.SessionId);
        (second.RefreshToken == first.RefreshToken).ShouldBeFalse();
        (second.AccessToken == first.AccessToken).ShouldBeFalse();
        second.ExpiresIn.ShouldBe(600);
        second.SessionEndsAt.ShouldBe(first.SessionEndsAt);
        second.SessionExpiresAt.ShouldBeGreaterThan(first.SessionExpiresAt);
        var third = await RefreshedAsync(second);
        (third.RefreshToken == second.RefreshToken).ShouldBeFalse();
        var me = await database.Node.Client(third.AccessToken).GetAsync("/me").ReadAsync<CallerResponse>();
        me.ShouldSatisfyAllConditions(
            caller => caller.Kind.ShouldBe("person"),
            caller => caller.Id.ShouldBe(user),
            caller => caller.TenantId.ShouldBe(tenant.Id)
        );
        (await database.SessionsOfAsync(user)).ShouldBe(1);
        foreach (var secret in new[] { first.RefreshToken, third.RefreshToken, third.AccessToken.Split('.')[2] })
            database.Node.Log.ToString().ShouldNotContain(secret);
    }

    [Fact]
    public async Task Within_the_grace_the_spent_token_gives_the_same_successor()
    {
        var (tenant, user, first) = await SignedInAsync();
        var second = await RefreshedAsync(first);
        var again = await RefreshedAsync(first);
        again.RefreshToken.ShouldBe(second.RefreshToken);
        (again.AccessToken == second.AccessToken).ShouldBeFalse();
        await RefreshedAsync(again);
        (await database.SessionsOfAsync(user)).ShouldBe(1);
        (await database.ActsAsync(tenant.Id, "session.reused")).ShouldBe(0);
    }

    [Fact]
    public async Task After_the_grace_a_spent_token_ends_the_session_and_tells_of_it()
    {
        var (tenant, user, first) = await SignedInAsync();
        var second = await RefreshedAsync(first);
        await database.AgeAsync(first.SessionId, PastTheGrace);
        await database.Node.RefreshAsync(first.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);
        foreach (var token in new[] { first, second })
        {
            (await database.Node.StatusAsync(token.AccessToken)).ShouldBe(401);
            await database.Node.RefreshAsync(token.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);
        }

        (await database.SessionsOfAsync(user)).ShouldBe(0);
        (await database.ActsAsync(tenant.Id, "session.reused")).ShouldBe(1);
        database.Node.Log.ToString().ShouldContain("RefreshTokenReused");
    }

    [Fact]
    public async Task Any_older_token_ends_the_session_though_no_list_of_them_is_kept()
    {
        var (tenant, user, first) = await SignedInAsync();
        var last = first;
        for (var i = 0; i < 5; i++)
            last = await RefreshedAsync(last);
        await database.Node.RefreshAsync(first.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);
        await database.Node.RefreshAsync(last.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);
        (await database.SessionsOfAsync(user)).ShouldBe(0);
        (await database.ActsAsync(tenant.Id, "session.reused")).ShouldBe(1);
    }

    [Fact]
    public async Task However_many_refresh_at_once_on_two_nodes_one_chain_lives()
    {
        var other = await database.StartNodeAsync();
        for (var round = 0; round < 5; round++)
        {
            var (_, user, last) = await SignedInAsync();
            for (var step = 0; step < 3; step++)
            {
                var token = last.RefreshToken;
                var answers = await Task.WhenAll(
                    Enumerable
                        .Range(0, 12)
                        .Select(i => (i % 2 == 0 ? database.Node : other).RefreshAsync(token).ReadAsync<SessionTokens>())
                );
                answers.Select(answer => answer.RefreshToken).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
                last = answers[0];
            }

            (await database.SessionsOfAsync(user)).ShouldBe(1);
        }
    }

    [Fact]
    public async Task Without_a_grace_one_of_many_wins_and_the_session_ends()
    {
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Sessions:RefreshGrace"] = "00:00:00",
        };
        await using var one = await Node.StartAsync(settings);
        await using var other = await Node.StartAsync(settings);
        var (_, user, first) = await SignedInAsync();
        var codes = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(async i =>
                {
                    using var answer = await (i % 2 == 0 ? one : other).RefreshAsync(first.RefreshToken);
                    return answer.StatusCode;
                })
        );
        codes.Count(code => code == HttpStatusCode.OK).ShouldBeLessThanOrEqualTo(1);
        codes.Count(code => code == HttpStatusCode.Unauthorized).ShouldBeGreaterThanOrEqualTo(9);
        (await database.SessionsOfAsync(user)).ShouldBe(0);
    }

    [Fact]
    public async Task A_session_that_is_not_refreshed_ends_and_one_that_is_goes_on()
    {
        var (_, _, idle) = await SignedInAsync();
        await database.AgeAsync(idle.SessionId, TimeSpan.FromDays(30));
        (await database.Node.StatusAsync(idle.AccessToken)).ShouldBe(401);
        await database.Node.RefreshAsync(idle.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);

        var (_, _, used) = await SignedInAsync();
        for (var i = 0; i < 3; i++)
        {
            await database.AgeAsync(used.SessionId, TimeSpan.FromDays(29));
            used = await RefreshedAsync(used);
        }
    }

    [Fact]
    public async Task However_much_it_is_used_a_session_ends_in_the_end()
    {
        var (_, _, tokens) = await SignedInAsync();
        for (var i = 0; i < 6; i++)
        {
            await database.AgeAsync(tokens.SessionId, TimeSpan.FromDays(29.5));
            tokens = await RefreshedAsync(tokens);
            tokens.SessionExpiresAt.ShouldBeLessThanOrEqualTo(tokens.SessionEndsAt);
        }

        // Three days are left: the last tokens do not outlive the session.
        await database.AgeAsync(tokens.SessionId, TimeSpan.FromDays(3) - TimeSpan.FromMinutes(2));
        (tokens = await RefreshedAsync(tokens)).ExpiresIn.ShouldBeInRange(1, 120);
        await database.AgeAsync(tokens.SessionId, TimeSpan.FromMinutes(2));
        await database.Node.RefreshAsync(tokens.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);
        (await database.Node.StatusAsync(tokens.AccessToken)).ShouldBe(401);
    }

    [Fact]
    public async Task Logging_out_ends_the_session_whichever_of_its_tokens_is_brought_and_a_repeat_is_no_fault()
    {
        var (tenant, user, first) = await SignedInAsync();
        var second = await RefreshedAsync(first);
        for (var i = 0; i < 2; i++)
        {
            using var answer = await database.Node.LogOutAsync(first.RefreshToken);
            answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        }

        (await database.Node.StatusAsync(second.AccessToken)).ShouldBe(401);
        await database.Node.RefreshAsync(second.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);
        (await database.SessionsOfAsync(user)).ShouldBe(0);
        (await database.ActsAsync(tenant.Id, "session.end")).ShouldBe(1);
    }

    [Fact]
    public async Task A_token_that_was_made_up_or_altered_opens_nothing_and_ends_nothing()
    {
        var (_, _, mine) = await SignedInAsync();
        var (_, _, theirs) = await SignedInAsync();
        var before = await database.CountAsync();
        var good = mine.RefreshToken;
        string Resummed(string body) => body + Hatcheck.Access.Base62.Sum(body);
        string Swapped(int at) => Resummed(good[..at] + (good[at] == 'a' ? 'b' : 'a') + good[(at + 1)..^6]);
        List<string> bad =
        [
            .. Enumerable.Range(4, 131).Select(Swapped),
            good[..^1],
            good + "0",
            good.ToUpperInvariant(),
            $" {good}",
            "hcr_",
            mine.AccessToken[..141],
            new('x', 141),
        ];
        // The secret of one token with the ids of another, and vice versa.
        bad.Add(Resummed(theirs.RefreshToken[..70] + good[70..^6]));
        bad.Add(Resummed(good[..70] + theirs.RefreshToken[70..^6]));
        bad.Add(Resummed(good[..113] + theirs.RefreshToken[113..^6]));
        foreach (var token in bad)
        {
            await database.Node.RefreshAsync(token).ShouldFailAsync(401, ProblemCodes.RefreshToken);
            await database.Node.LogOutAsync(token).ShouldFailAsync(401, ProblemCodes.RefreshToken);
        }

        (await database.CountAsync()).ShouldBe(before);
        await RefreshedAsync(mine);
        await RefreshedAsync(theirs);
    }

    [Fact]
    public async Task A_refresh_token_opens_no_end_point_and_an_access_token_refreshes_nothing()
    {
        var (_, _, tokens) = await SignedInAsync();
        (await database.Node.StatusAsync(tokens.RefreshToken)).ShouldBe(401);
        await database.Node.RefreshAsync(tokens.AccessToken[..141]).ShouldFailAsync(401, ProblemCodes.RefreshToken);
        await database.Node.Client().PostJsonAsync("/auth/refresh", "{}").ShouldFailAsync(422, ProblemCodes.Invalid);
        await database
            .Node.Client()
            .PostJsonAsync("/auth/refresh", $$"""{"refresh_token":"{{new string('x', 201)}}"}""")
            .ShouldFailAsync(422, ProblemCodes.Invalid);
    }

    [Fact]
    public async Task Made_up_tokens_are_counted_as_failed_sign_ins_and_expired_ones_are_not()
    {
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Limits:FreeFailures"] = "3",
        };
        await using var node = await Node.StartAsync(settings);
        var (tenant, user, first) = await SignedInAsync();
        (await tenant.Http.DeleteAsync($"/users/{user}/sessions")).EnsureSuccessStatusCode();
        for (var i = 0; i < 6; i++)
        {
            await node.RefreshAsync(first.RefreshToken).ShouldFailAsync(401, ProblemCodes.RefreshToken);
            (await node.StatusAsync(first.AccessToken)).ShouldBe(401);
        }

        var made = first.RefreshToken[..100] + new string('0', 35);
        for (var i = 0; i < 3; i++)
            await node.RefreshAsync(made + Hatcheck.Access.Base62.Sum(made)).ShouldFailAsync(401, ProblemCodes.RefreshToken);
        await node.RefreshAsync(first.RefreshToken).ShouldFailAsync(429, ProblemCodes.TooManyFailures);
    }

    private async Task<(TestTenant Tenant, Guid User, SessionTokens Tokens)> SignedInAsync()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        return (tenant, user, await tenant.Http.SignInAsync(user));
    }

    private Task<SessionTokens> RefreshedAsync(SessionTokens tokens) =>
        database.Node.RefreshAsync(tokens.RefreshToken).ReadAsync<SessionTokens>();
}
