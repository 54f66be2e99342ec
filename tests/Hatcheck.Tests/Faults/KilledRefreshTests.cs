using System.Net;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Sessions;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Faults;

/// <summary>
/// Clients that refresh while nodes are killed. Each keeps the newest token that it got, and repeats it until it is
/// answered: within the grace the session continues, later the client must sign in again. It is never locked out, and no
/// session ever has two live tokens.
/// </summary>
public sealed class KilledRefreshTests
{
    private const int Clients = 6;

    [Fact]
    public async Task Clients_of_a_killed_node_on_SQLite_go_on_or_sign_in_again()
    {
        await using var database = new OnSqlite();
        await database.InitializeAsync();
        var tenant = await database.Node.NewTenantAsync();
        await database.Node.DisposeAsync();
        await using var serve = new ServeProcess(database.Settings);
        await serve.StartAsync();
        await JudgeAsync(tenant, [serve]);
    }

    [Fact]
    public async Task Clients_of_two_nodes_on_PostgreSQL_go_on_or_sign_in_again_whichever_is_killed()
    {
        await using var database = new OnPostgres();
        await database.InitializeAsync();
        var tenant = await database.Node.NewTenantAsync();
        await using var one = new ServeProcess(database.Settings);
        await using var other = new ServeProcess(database.Settings);
        one.Begin();
        await other.StartAsync();
        await one.ReadyAsync();
        await JudgeAsync(tenant, [one, other]);
    }

    private static async Task JudgeAsync(TestTenant tenant, IReadOnlyList<ServeProcess> nodes)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var clients = new List<Client>();
        using var service = nodes[^1].Client(tenant.Key);
        for (var i = 0; i < Clients; i++)
        {
            var user = (await service.ResolveAsync($"{1000 + i}")).Id;
            clients.Add(new Client(user, (await service.SignInAsync(user)).RefreshToken));
        }

        using var stop = new CancellationTokenSource();
        var work = clients.Select(client => client.WorkAsync(nodes, service, stop.Token)).ToList();
        for (var round = 0; round < FaultRounds.Count; round++)
        {
            var goal = clients.Sum(client => client.Refreshed) + random.Next(20, 80);
            while (clients.Sum(client => client.Refreshed) < goal)
                await Task.Delay(5);
            // With two nodes, the one that signs no one in again.
            await nodes[0].KillAsync();
            await nodes[0].StartAsync();
        }

        foreach (var client in clients)
        {
            var seen = client.Refreshed;
            while (client.Refreshed == seen)
                await Task.Delay(5);
        }

        await stop.CancelAsync();
        await Task.WhenAll(work);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"seed {seed}: {clients.Sum(client => client.Refreshed)} refreshed, {clients.Sum(client => client.Lost)} answers "
                + $"lost, {clients.Sum(client => client.SignedInAgain)} signed in again"
        );
        foreach (var client in clients)
        {
            var living = (await service.GetAsync($"/users/{client.User}/sessions").ReadAsync<SessionList>()).Items;
            living.Count.ShouldBeInRange(
                1,
                1 + client.LostSignIns,
                "the one that the client has, and those that it never heard of"
            );
            (await client.RefreshAsync(nodes[0], CancellationToken.None)).ShouldBe(HttpStatusCode.OK);
        }
    }

    private sealed class Client(Guid user, string first)
    {
        private string token = first;

        public Guid User => user;

        public int Refreshed { get; private set; }

        public int Lost { get; private set; }

        public int SignedInAgain { get; private set; }

        public int LostSignIns { get; private set; }

        public async Task WorkAsync(IReadOnlyList<ServeProcess> nodes, HttpClient service, CancellationToken stop)
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                if (await RefreshAsync(nodes[i % nodes.Count], CancellationToken.None) is not HttpStatusCode.Unauthorized)
                    continue;
                try
                {
                    token = (await service.SignInAsync(user)).RefreshToken;
                    SignedInAgain++;
                }
                catch (HttpRequestException)
                {
                    LostSignIns++;
                }
            }
        }

        public async Task<HttpStatusCode?> RefreshAsync(ServeProcess node, CancellationToken cancellation)
        {
            try
            {
                using var http = node.Client();
                using var answer = await http.PostAsync(
                    "/auth/refresh",
                    new StringContent($$"""{"refresh_token":"{{token}}"}""", System.Text.Encoding.UTF8, "application/json"),
                    cancellation
                );
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    token = System
                        .Text.Json.JsonSerializer.Deserialize(
                            await answer.Content.ReadAsStringAsync(cancellation),
                            HatcheckJson.Default.SessionTokens
                        )!
                        .RefreshToken;
                    Refreshed++;
                }

                return answer.StatusCode;
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                Lost++;
                await Task.Delay(20, cancellation);
                return null;
            }
        }
    }
}
