using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;

namespace Hatcheck.Tests.Webhooks;

/// <summary>
/// Many concurrent senders, which repeat each delivery until it is acknowledged, and some again after that, while nodes are
/// killed. They record acknowledgements; afterwards that ledger is the judge.
/// </summary>
internal sealed class Burst
{
    private const int EventsOfASubject = 10;
    private readonly IReadOnlyList<HttpClient> nodes;
    private readonly List<Sending> plan = [];
    private readonly ConcurrentDictionary<string, int> acknowledged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Expected> expected = new(StringComparer.Ordinal);
    private int next;
    private int refusals;

    /// <summary>Plans every delivery.</summary>
    /// <param name="nodes">Any of them accepts a delivery.</param>
    /// <param name="deliveries">How many, repeats included.</param>
    /// <param name="seed">Decides order and repeats.</param>
    public Burst(IReadOnlyList<HttpClient> nodes, int deliveries, int seed)
    {
        this.nodes = nodes;
        var random = new Random(seed);
        var repeats = deliveries / 20;
        for (var i = 0; i < deliveries - repeats; i++)
            Plan(i / EventsOfASubject, i % EventsOfASubject, (i / EventsOfASubject) % 20 == 7);
        for (var i = 0; i < repeats; i++)
            plan.Add(plan[random.Next(deliveries - repeats)]);

        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(plan));
    }

    public int Acknowledged => acknowledged.Values.Sum();

    /// <summary>Answers other than 200, and requests without one.</summary>
    public int Refusals => Volatile.Read(ref refusals);

    public int Events => expected.Values.Sum(subject => subject.Events);

    /// <summary>From the first delivery to the last acknowledgement.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>Sends the first deliveries, so that the measurement excludes the nodes' first seconds.</summary>
    public async Task WarmAsync(int senders, int deliveries)
    {
        var last = Math.Min(deliveries, plan.Count);
        await Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(() => SendAsync(sender, last))));
        next = Warmed = last;
    }

    /// <summary>Number of deliveries of the warm-up.</summary>
    public int Warmed { get; private set; }

    public async Task SendDuringAsync(int senders, Func<Task> killing)
    {
        var clock = Stopwatch.StartNew();
        var sending = Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(() => SendAsync(sender, plan.Count))));
        await killing();
        await sending;
        Took = clock.Elapsed;
    }

    /// <summary>Waits until this many deliveries are acknowledged.</summary>
    public async Task ReachAsync(double share)
    {
        while (Volatile.Read(ref next) < plan.Count * share)
            await Task.Delay(5);
    }

    /// <summary>
    /// Checks that every event was processed exactly once and every user has the state of their newest event, through the
    /// API and in the database.
    /// </summary>
    public async Task JudgeAsync(TestedDatabase database, TestTenant tenant, HttpClient api)
    {
        acknowledged.Values.Sum().ShouldBe(plan.Count);
        (await database.CountAsync("inbox", tenant.Id)).ShouldBe(0, "what waits, or is dead");
        var owner = $"tenant_id = {RawSql.Literal(tenant.Id)}";
        (await database.NumberAsync($"select coalesce(sum(events), 0) from inbox_subjects where {owner}")).ShouldBe(
            Events,
            "events worked"
        );
        (await database.CountAsync("inbox_seen", tenant.Id)).ShouldBe(Events, "events taken");
        (
            await database.NumberAsync($"select count(*) from inbox_subjects where {owner} and events <> {EventsOfASubject}")
        ).ShouldBe(
            expected.Values.Count(subject => subject.Events != EventsOfASubject),
            "subjects with other than all their events"
        );
        // A subject whose deletion came first never got a user.
        var users = await database.CountAsync("users", tenant.Id);
        users.ShouldBe(await database.CountAsync("audit_pending", tenant.Id, "act = 'user.create'"));
        users.ShouldBeInRange(expected.Values.Count(subject => !subject.Deleted), expected.Count);
        (await database.CountAsync("users", tenant.Id, "deleted_at is null")).ShouldBe(
            expected.Values.Count(subject => !subject.Deleted)
        );
        var sample = expected.Count <= 400 ? expected : expected.Where((_, index) => index % (expected.Count / 400) == 0);
        foreach (var (subject, state) in sample)
        {
            var user = await api.FindAsync($"{subject}@example.org");
            (user?.FirstName).ShouldBe(state.Deleted ? null : state.Newest, subject);
        }
    }

    private void Plan(int subjectNumber, int number, bool deleted)
    {
        var subject = string.Create(CultureInfo.InvariantCulture, $"user_{subjectNumber}");
        var name = string.Create(CultureInfo.InvariantCulture, $"v{number}");
        var body =
            deleted && number == EventsOfASubject - 1
                ? ClerkSender.Deleted(subject, number)
                : ClerkSender.User(number == 0 ? "user.created" : "user.updated", subject, number, name);
        plan.Add(new Sending($"msg_{subject}_{number}", Encoding.UTF8.GetBytes(body)));
        var before = expected.GetValueOrDefault(subject);
        expected[subject] = new Expected(
            name,
            (before?.Deleted ?? false) || body.Contains("user.deleted", StringComparison.Ordinal),
            (before?.Events ?? 0) + 1
        );
    }

    private async Task SendAsync(int sender, int last)
    {
        var clerks = nodes.Select(node => new ClerkSender(node, InboxLook.Mine)).ToList();
        for (var i = Interlocked.Increment(ref next) - 1; i < last; i = Interlocked.Increment(ref next) - 1)
        {
            // Backs off as senders do: a hundred that don't would leave a starting node no CPU.
            for (var attempt = 0; !await TryAsync(clerks[(sender + attempt) % clerks.Count], plan[i]); attempt++)
                await Task.Delay(Math.Min(20 << Math.Min(attempt, 6), 1000));
            acknowledged.AddOrUpdate(plan[i].Id, 1, (_, before) => before + 1);
        }
    }

    private async Task<bool> TryAsync(ClerkSender clerk, Sending sending)
    {
        try
        {
            using var response = await clerk.SendAsync(sending.Body, sending.Id);
            if (response.StatusCode == HttpStatusCode.OK)
                return true;
            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, await response.Content.ReadAsStringAsync());
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            // The node is away, or too busy to answer.
        }

        Interlocked.Increment(ref refusals);
        return false;
    }

    private sealed record Sending(string Id, byte[] Body);

    private sealed record Expected(string Newest, bool Deleted, int Events);
}
