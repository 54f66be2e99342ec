using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Hatcheck.Contracts;

namespace Hatcheck.ServerKit.Faults;

/// <summary>
/// Callers that record what the server acknowledged while processes are killed; afterwards the server is compared with the
/// ledger. Each act is repeated with its Idempotency-Key until it is acknowledged, as a good client does.
/// </summary>
internal sealed class Ledger(IReadOnlyList<HttpClient> nodes, bool idempotent = true)
{
    private const int Writers = 6;
    private readonly ConcurrentDictionary<string, (Guid User, Guid Entry)> entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Guid> people = new(StringComparer.Ordinal);
    private int refusals;
    private volatile bool done;

    public int Acknowledged => entries.Count + people.Count;

    /// <summary>The number of answers other than success, and of requests without an answer.</summary>
    public int Refusals => Volatile.Read(ref refusals);

    /// <summary>Writes until <paramref name="killing"/> has ended, and until every started act is acknowledged.</summary>
    public async Task WriteDuringAsync(Func<Task> killing)
    {
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer))).ToList();
        try
        {
            await killing();
        }
        finally
        {
            done = true;
        }

        await Task.WhenAll(writers);
    }

    /// <summary>Waits until this many more acts are acknowledged, so that each kill hits a busy server.</summary>
    public async Task WaitForAsync(int more)
    {
        var goal = Acknowledged + more;
        while (Acknowledged < goal)
            await Task.Delay(2);
    }

    /// <summary>Checks that every acknowledged act is stored exactly once, and nothing else.</summary>
    public async Task JudgeAsync(HttpClient node)
    {
        Acknowledged.ShouldBeGreaterThan(0);
        foreach (var (id, user) in people)
        {
            var again = await node.ResolveAsync(id);
            again.ShouldBe(new ResolvedUser(user, Created: false), $"the user of {id} was acknowledged");
        }

        var stored = new Dictionary<string, (Guid User, Guid Entry)>(StringComparer.Ordinal);
        foreach (var user in people.Values.Distinct())
        {
            string? cursor = null;
            do
            {
                var page = await node.GetAsync($"/users/{user}/usage?limit=200{(cursor is null ? "" : $"&cursor={cursor}")}")
                    .ReadAsync<UsagePage>();
                foreach (var entry in page.Items)
                    stored.TryAdd(entry.Action, (user, entry.Id)).ShouldBeTrue($"{entry.Action} is there twice");
                cursor = page.NextCursor;
            } while (cursor is not null);
        }

        Lines(stored).ShouldBe(Lines(entries));
        people.Values.Distinct().Count().ShouldBe(people.Count);
    }

    private static IEnumerable<string> Lines(IEnumerable<KeyValuePair<string, (Guid User, Guid Entry)>> acts) =>
        acts.Select(act => $"{act.Key} of {act.Value.User} as {act.Value.Entry}").Order(StringComparer.Ordinal);

    private async Task WriteAsync(int writer)
    {
        for (var act = 0; !done; act++)
        {
            var id = $"{1_000_000 + (writer * 100_000) + act}";
            var user = await UntilDoneAsync(
                "/users/resolve",
                $$"""{"channel":"telegram","id":"{{id}}"}""",
                key: null,
                HatcheckJson.Default.ResolvedUser
            );
            people[id] = user.Id;
            for (var line = 0; line < 4; line++)
            {
                var action = $"w{writer}.{act}.{line}";
                var entry = await UntilDoneAsync(
                    $"/users/{user.Id}/usage",
                    $$"""{"action":"{{action}}"}""",
                    idempotent ? action : null,
                    HatcheckJson.Default.UsageEntry
                );
                entries[action] = (user.Id, entry.Id);
            }
        }
    }

    private async Task<T> UntilDoneAsync<T>(
        string path,
        string json,
        string? key,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path)
                {
                    Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json"),
                };
                if (key is not null)
                    request.Headers.Add("Idempotency-Key", key);
                using var response = await nodes[attempt % nodes.Count].SendAsync(request);
                var text = await response.Content.ReadAsStringAsync();
                if (response.IsSuccessStatusCode)
                    return JsonSerializer.Deserialize(text, type)!;
                response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, text);
                response.Headers.RetryAfter.ShouldNotBeNull();
            }
            catch (HttpRequestException)
            {
                // The node itself is down.
            }

            Interlocked.Increment(ref refusals);
            await Task.Delay(20);
        }
    }
}
