using Hatcheck.Contracts;
using Hatcheck.ServerKit.Faults;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Faults;

/// <summary>PostgreSQL stops and starts again: no node needs a restart, and nothing acknowledged is lost.</summary>
public sealed class DatabaseAwayTests
{
    [Fact]
    public async Task While_the_database_is_away_requests_get_503_and_afterwards_all_is_well_without_a_restart()
    {
        await using var database = await OnOwnPostgres.StartAsync();
        var node = database.Node;
        var tenant = await node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        // Fills the pool with several connections, all dead later.
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => tenant.Http.ResolveAsync($"{100 + i}")));
        await ReadyAsync(200);

        for (var round = 0; round < 2; round++)
        {
            await (round == 0 ? database.Server.StopAsync() : database.Server.KillAsync());
            foreach (
                var send in new Func<Task<HttpResponseMessage>>[]
                {
                    () => tenant.Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4711"}"""),
                    () => tenant.Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4799"}"""),
                    () => tenant.Http.GetAsync($"/users/{user}"),
                    () => tenant.Http.GetAsync($"/users/{user}/export"),
                    () => tenant.Http.PostJsonAsync($"/users/{user}/usage", """{"action":"a"}"""),
                    () => tenant.Http.DeleteAsync($"/users/{user}?confirm=true"),
                }
            )
            {
                var response = await send();
                response.Headers.RetryAfter?.Delta.ShouldBe(TimeSpan.FromSeconds(2));
                await Task.FromResult(response).ShouldFailAsync(503, ProblemCodes.DatabaseUnavailable);
            }

            await ReadyAsync(503);
            ((int)(await node.Client().GetAsync("/health/live")).StatusCode).ShouldBe(200);
            await database.Server.StartAgainAsync();
            await ReadyAsync(200);
            (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => tenant.Http.ResolveAsync("4711")))).ShouldAllBe(answer =>
                answer.Id == user
            );
            (await tenant.Http.GetAsync($"/users/{user}/usage").ReadAsync<UsagePage>()).Items.ShouldBeEmpty();
        }

        // Only our own words reach the log: no connection string, no server message.
        node.Log.ToString().ShouldContain("The database does not answer");
        node.Log.ToString().ShouldNotContain("127.0.0.1:");

        async Task ReadyAsync(int status)
        {
            using var response = await node.Client().GetAsync("/health/ready");
            ((int)response.StatusCode).ShouldBe(status, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_killed_database_exactly_once()
    {
        await using var database = await OnOwnPostgres.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        var second = await database.StartNodeAsync();
        var ledger = new Ledger([tenant.Http, second.Client(tenant.Key)]);
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await ledger.WriteDuringAsync(async () =>
        {
            for (var round = 0; round < FaultRounds.Count; round++)
            {
                await ledger.WaitForAsync(random.Next(20, 200));
                await database.Server.KillAsync();
                await Task.Delay(random.Next(0, 300));
                await database.Server.StartAgainAsync();
            }
        });
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"seed {seed}: {ledger.Acknowledged} acknowledged, {ledger.Refusals} refused"
        );
        await ledger.JudgeAsync(tenant.Http);
    }
}
