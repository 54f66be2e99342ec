using System.Net;
using System.Text;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Rotation;

namespace Hatcheck.People.Tests.Rotation;

public sealed class RotationUnderLoadOnSqlite(OnSqlite database) : RotationUnderLoadTests(database), IClassFixture<OnSqlite>;

public sealed class RotationUnderLoadOnPostgres(OnPostgres database)
    : RotationUnderLoadTests(database),
        IClassFixture<OnPostgres>;

/// <summary>
/// Two complete rotations while bots on two nodes create, link, unlink, merge and erase users; the answers they got
/// decide.
/// </summary>
public abstract class RotationUnderLoadTests(TestedDatabase database)
{
    private const int Writers = 4;
    private volatile bool done;
    private int acts;

    [Fact]
    public async Task Two_rotations_under_callers_on_two_nodes_double_nobody_lose_nobody_and_bring_nobody_back()
    {
        var tenant = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        var theirs = await other.Http.ResolveAsync("1");
        var second = await database.StartNodeAsync();
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        HttpClient[] nodes = [tenant.Http, second.Client(tenant.Key)];
        var writers = Enumerable
            .Range(0, Writers)
            .Select(writer => Task.Run(() => WriteAsync(nodes, writer, new Random(seed + writer))))
            .ToList();
        try
        {
            for (var version = 1; version <= 2; version++)
            {
                await ActsAsync(more: 60, writers);
                // One node rotates while the other retires: a node's cached keys must not matter.
                await database.Node.RotateAsync(tenant, batch: 3);
                await ActsAsync(more: 20, writers);
                await second.RetireAsync(tenant, version);
            }

            await ActsAsync(more: 20, writers);
        }
        finally
        {
            done = true;
        }

        var people = (await Task.WhenAll(writers)).SelectMany(ledger => ledger).ToDictionary(StringComparer.Ordinal);
        people.Count.ShouldBeGreaterThan(60);
        // One row each under the newest key and no others: unlinked and erased users stay so.
        (await database.VersionsAsync(tenant)).ShouldBe([$"3|{people.Count}|{people.Count}"]);
        foreach (var (id, user) in people)
            (await tenant.Http.ResolveAsync(id)).ShouldBe(new ResolvedUser(user, Created: false), id);
        (await other.Http.ResolveAsync("1")).ShouldBe(theirs with { Created = false });
        (await database.VersionsAsync(other)).ShouldBe(["1|1|1"]);
    }

    private async Task ActsAsync(int more, List<Task<Dictionary<string, Guid>>> writers)
    {
        var goal = Volatile.Read(ref acts) + more;
        while (Volatile.Read(ref acts) < goal)
        {
            // A writer ends early only on failure: then the test fails with its fault.
            if (writers.Find(writer => writer.IsFaulted) is { } failed)
                await failed;
            await Task.Delay(5);
        }
    }

    private async Task<Dictionary<string, Guid>> WriteAsync(HttpClient[] nodes, int writer, Random random)
    {
        var mine = new Dictionary<string, Guid>(StringComparer.Ordinal);
        for (var act = 0; !done; act++, Interlocked.Increment(ref acts))
        {
            var id = $"{1_000_000 + (writer * 100_000) + (act * 2)}";
            var user = (await PostAsync<ResolvedUser>("/users/resolve", Name(id))).Id;
            mine.ContainsValue(user).ShouldBeFalse();
            mine.Add(id, user);
            switch (random.Next(5))
            {
                case 0:
                    await LinkAsync(user, id);
                    break;
                case 1:
                    var linked = await LinkAsync(user, id);
                    await SendAsync(HttpMethod.Delete, $"/users/{user}/identities/{linked.Id}", null, HttpStatusCode.NoContent);
                    mine.Remove(Second(id));
                    break;
                case 2:
                    var erased = mine.Values.ElementAt(random.Next(mine.Count));
                    await SendAsync(HttpMethod.Delete, $"/users/{erased}?confirm=true", null, HttpStatusCode.NoContent);
                    foreach (var gone in mine.Where(pair => pair.Value == erased).Select(pair => pair.Key).ToList())
                        mine.Remove(gone);
                    break;
                case 3:
                    var survivor = mine.Values.ElementAt(random.Next(mine.Count));
                    if (survivor == user)
                        break;
                    var code = await PostAsync<LinkCodeResponse>($"/users/{survivor}/link-codes", "");
                    await PostAsync<UserResponse>($"/users/{user}/merge", $$"""{"code":"{{code.Code}}"}""");
                    foreach (var moved in mine.Where(pair => pair.Value == user).Select(pair => pair.Key).ToList())
                        mine[moved] = survivor;
                    break;
            }

            if (mine.Count == 0)
                continue;
            var (known, same) = mine.ElementAt(random.Next(mine.Count));
            (await PostAsync<ResolvedUser>("/users/resolve", Name(known))).ShouldBe(
                new ResolvedUser(same, Created: false),
                known
            );
        }

        return mine;

        async Task<IdentityResponse> LinkAsync(Guid user, string id)
        {
            var linked = await PostAsync<IdentityResponse>($"/users/{user}/identities", Name(Second(id)));
            mine.Add(Second(id), user);
            return linked;
        }

        async Task<T> PostAsync<T>(string path, string json) =>
            (T)JsonSerializer.Deserialize(await SendAsync(HttpMethod.Post, path, json), typeof(T), HatcheckJson.Default)!;

        // Retries temporary refusals at the other node, as a good client does.
        async Task<string> SendAsync(HttpMethod method, string path, string? json, HttpStatusCode? expected = null)
        {
            for (var attempt = writer; ; attempt++)
            {
                using var request = new HttpRequestMessage(method, path)
                {
                    Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
                };
                using var response = await nodes[attempt % nodes.Length].SendAsync(request);
                var text = await response.Content.ReadAsStringAsync();
                if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    await Task.Delay(10);
                    continue;
                }

                response.IsSuccessStatusCode.ShouldBeTrue($"{method} {path}: {response.StatusCode} {text}");
                if (expected is { } status)
                    response.StatusCode.ShouldBe(status, text);
                return text;
            }
        }
    }

    private static string Second(string id) => id + "1";

    private static string Name(string id) => $$"""{"channel":"telegram","id":"{{id}}"}""";
}
