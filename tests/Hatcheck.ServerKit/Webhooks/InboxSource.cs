using Hatcheck.Platform.Inbox;
using Hatcheck.ServerKit.Profiles;

namespace Hatcheck.ServerKit.Webhooks;

/// <summary>A handler under test, two tenants that it serves, and the delivery of its source's events.</summary>
internal abstract class InboxSource(TestedDatabase database, TestTenant mine, TestTenant other, Node taker)
{
    public TestTenant Mine => mine;

    public TestTenant Other => other;

    /// <summary>A node that takes deliveries and processes none by itself.</summary>
    public Node Taker => taker;

    public TestedDatabase Database => database;

    public abstract IInboxHandler Handler { get; }

    /// <summary>An endpoint of the first tenant.</summary>
    public abstract string Endpoint { get; }

    /// <summary>A text that every body contains.</summary>
    public abstract string Marker { get; }

    /// <summary>A body of the source, of a type that the handler does not know.</summary>
    public abstract byte[] UnknownType { get; }

    public abstract Task<string> NewSubjectAsync();

    /// <summary>A subject that is not a user here, and does not become one by a lease.</summary>
    public abstract string UnknownSubject();

    /// <summary>Delivers an event to the first tenant that sets a subject's number.</summary>
    public abstract Task DeliverAsync(string subject, int number, string? id = null);

    /// <summary>
    /// Delivers an event about a known subject that can be processed only in part. The returned function makes the rest
    /// possible.
    /// </summary>
    public abstract Task<Func<Task>> DeliverPartlyAsync(string subject, int number);

    /// <summary>Delivers two events, of which one must wait for the other if both are in one batch.</summary>
    public abstract Task DeliverInTheWayAsync();

    /// <summary>A subject's number; null if the subject is unknown.</summary>
    public abstract Task<int?> NumberAsync(string subject);

    /// <summary>The user of a subject.</summary>
    public abstract Task<Guid> UserAsync(string subject);

    /// <summary>The number of events with an effect in a tenant.</summary>
    public abstract Task<long> EffectsAsync(TestTenant tenant);

    /// <summary>Starts a further node, which processes the inbox.</summary>
    public abstract Task<Node> StartWorkerAsync(params (string Name, string Value)[] settings);
}

/// <summary>Clerk as a source.</summary>
internal sealed class ClerkSource(TestedDatabase database, TestTenant mine, TestTenant other, Node taker)
    : InboxSource(database, mine, other, taker)
{
    private readonly ClerkSender clerk = new(taker.Client(), InboxLook.Mine);

    public override IInboxHandler Handler => Taker.HandlerOf<Hatcheck.Access.Webhooks.ClerkHandler>();

    public override string Endpoint => InboxLook.Mine;

    public override string Marker => "Lovelace";

    public override byte[] UnknownType => """{"type":"session.created","data":{"id":"sess_1"} }"""u8.ToArray();

    public override Task<string> NewSubjectAsync() => Task.FromResult(UnknownSubject());

    public override string UnknownSubject() => $"user_{Guid.NewGuid():N}";

    public override Task DeliverAsync(string subject, int number, string? id = null) =>
        clerk.GiveAsync(ClerkSender.User("user.updated", subject, number, $"v{number}"), id);

    public override async Task<Func<Task>> DeliverPartlyAsync(string subject, int number)
    {
        var holder = await Mine.Http.CreateAsync($$"""{"email":"taken-{{subject}}@example.org"}""");
        await clerk.GiveAsync(ClerkSender.User("user.updated", subject, number, $"v{number}", holder.Email));
        return async () => (await Mine.Http.DeleteAsync($"/users/{holder.Id}?confirm=true")).EnsureSuccessStatusCode();
    }

    public override async Task DeliverInTheWayAsync()
    {
        foreach (var subject in new[] { UnknownSubject(), UnknownSubject() })
            await clerk.GiveAsync(ClerkSender.User("user.created", subject, 0, email: $"both-{Mine.Id:N}@example.org"));
    }

    public override async Task<int?> NumberAsync(string subject) =>
        await Mine.Http.FindAsync($"{subject}@example.org") is { FirstName: { } name } ? int.Parse(name[1..]) : null;

    public override async Task<Guid> UserAsync(string subject) => (await Mine.Http.FindAsync($"{subject}@example.org"))!.Id;

    // The users that a test creates as holders of addresses are acts of its key, not of the endpoint.
    public override Task<long> EffectsAsync(TestTenant tenant) =>
        Database.CountAsync("audit_pending", tenant.Id, "act in ('user.create', 'user.update') and actor like 'webhook:%'");

    public override Task<Node> StartWorkerAsync(params (string Name, string Value)[] settings) =>
        Database.StartClerkNodeAsync(Mine, Other, settings);
}
