using System.Globalization;
using System.Text;
using Hatcheck.People.Users;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Webhooks;

/// <summary>Faults of a handler; the conformance suite must find each.</summary>
public enum PlantedFault
{
    None,
    ProcessesTwice,
    HalfCommits,
    DoesOnlyTheFirstOfABatch,
    ActsAndSaysAgain,
    NamesAnotherOwner,
    KnowsNoOwner,
    ThrowsOnWhatItCannotRead,
    TakesEveryType,
    BringsBackTheErased,
    WritesForAnotherTenant,
    SpoilsTheBatchForGood,
    NeverSaysPartly,
}

/// <summary>
/// A second source: "subject N now has number M". It writes one row for each event, and shows a minimal handler.
/// </summary>
internal sealed class FakeHandler(PlantedFault fault) : IInboxHandler
{
    public const string Type = "fake.changed";
    public const int PartlyNumber = 13;
    public const int AgainNumber = 7;

    private const string Insert = "insert into fake_effects (tenant_id, subject, number, place) values ($1, $2, $3, $4)";

    public List<InboxEndpoint> Served { get; } = [];

    public bool IsMended { get; set; }

    public TestTenant? Another { get; set; }

    public Database? Apart { get; set; }

    public IReadOnlyList<InboxEndpoint> Endpoints => Served;

    public InboxEvent? Read(Claim claim, ReadOnlyMemory<byte> body)
    {
        if (fault == PlantedFault.ThrowsOnWhatItCannotRead && body.Length < 3)
            throw new FormatException("Planted: unreadable.");
        var parts = Encoding.UTF8.GetString(body.Span).Split('|');
        if (parts is not ["fake" or "other", var subject, var text, _])
            return null;
        if (parts[0] == "other" && fault != PlantedFault.TakesEveryType)
            return null;
        return Guid.TryParse(subject, out var user) && int.TryParse(text, out var number)
            ? new FakeEvent(claim, body, user, number)
            : null;
    }

    public async Task<IReadOnlyList<InboxResult>> ProcessAsync(InboxBatch batch, CancellationToken cancellation)
    {
        var results = new List<InboxResult>();
        foreach (var happened in batch.Events.Cast<FakeEvent>())
        {
            if (fault == PlantedFault.DoesOnlyTheFirstOfABatch && results.Count > 0)
                results.Add(new InboxResult.Done());
            else
                results.Add(await ProcessAsync(batch, happened, cancellation));
        }

        return results;
    }

    public async Task<Guid?> OwnerAsync(HatcheckDb db, TenantKeySet keys, InboxEvent happened, CancellationToken cancellation) =>
        fault != PlantedFault.KnowsNoOwner && await UserRows.LockKeptAsync(db, ((FakeEvent)happened).User, cancellation)
            ? ((FakeEvent)happened).User
            : null;

    private async Task<InboxResult> ProcessAsync(InboxBatch batch, FakeEvent happened, CancellationToken cancellation)
    {
        var waits = happened.Number == AgainNumber && batch.Events.Count > 1;
        if (waits && fault != PlantedFault.ActsAndSaysAgain)
            return new InboxResult.Again();
        if (fault == PlantedFault.SpoilsTheBatchForGood)
            throw new InvalidOperationException("Planted.");
        var isActive = await UserRows.LockAsync(batch.Db, happened.User, cancellation);
        if (!isActive && fault != PlantedFault.BringsBackTheErased)
            return new InboxResult.Done();
        await WriteAsync(batch, happened, cancellation);
        if (waits)
            return new InboxResult.Again();
        if (happened.Number != PartlyNumber || IsMended || fault == PlantedFault.NeverSaysPartly)
            return new InboxResult.Done();
        var owner = fault == PlantedFault.NamesAnotherOwner ? await StrangerAsync(batch, happened, cancellation) : happened.User;
        return new InboxResult.Partly("fake.partly", owner);
    }

    // An existing user: their key seals it.
    private static async Task<Guid> StrangerAsync(InboxBatch batch, FakeEvent happened, CancellationToken cancellation)
    {
        const string Other = "select user_id from users where tenant_id = $1 and user_id <> $2";
        return (
            await batch.Db.Statements.QueryAsync(Other, [batch.Tenant, happened.User], row => row.Guid("user_id"), cancellation)
        )[0];
    }

    private async Task WriteAsync(InboxBatch batch, FakeEvent happened, CancellationToken cancellation)
    {
        var tenant = fault == PlantedFault.WritesForAnotherTenant ? Another!.Id : batch.Tenant;
        object?[] row = [$"{tenant:N}", $"{happened.User:N}", happened.Number, batch.SubjectOf(happened).Events];
        if (fault == PlantedFault.HalfCommits && Apart!.Engine != "sqlite")
        {
            await Apart.ExecuteAsync(batch.Tenant, [(Insert, row)], cancellation);
            return;
        }

        for (var i = 0; i < (fault == PlantedFault.ProcessesTwice ? 2 : 1); i++)
            await batch.Db.Statements.ExecuteAsync(Insert, row, cancellation);
        if (fault != PlantedFault.HalfCommits)
            return;
        // This transaction is the one writer: nothing can be written beside it.
        await batch.Db.Statements.ExecuteAsync("commit", [], cancellation);
        await batch.Db.Statements.ExecuteAsync("begin immediate", [], cancellation);
    }

    private sealed class FakeEvent(Claim claim, ReadOnlyMemory<byte> body, Guid user, int number) : InboxEvent(claim, body)
    {
        public Guid User => user;

        public int Number => number;
    }
}

/// <summary>The fake's world: a subject is a user's id, and the test's own table records the effects.</summary>
internal sealed class FakeSource(TestedDatabase database, TestTenant mine, TestTenant other, Node taker, FakeHandler handler)
    : InboxSource(database, mine, other, taker)
{
    private const string Name = "fake-endpoint";
    private TenantKeySet? keys;

    public override IInboxHandler Handler => handler;

    public override string Endpoint => Name;

    public override string Marker => "canary";

    public override byte[] UnknownType => Encoding.UTF8.GetBytes($"other|{Guid.NewGuid():N}|1|{Marker}");

    public static async Task<FakeSource> StartAsync(TestedDatabase database, PlantedFault fault)
    {
        await database.ExecuteAsync(
            "create table if not exists fake_effects (tenant_id text, subject text, number integer, place integer)"
        );
        if (database.Name == "postgres")
            await database.ExecuteAsync("grant all on fake_effects to public");
        var (mine, other) = (await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync());
        var handler = new FakeHandler(fault) { Another = other };
        handler.Served.AddRange([new(mine.Id, Name), new(other.Id, Name)]);
        var taker = await StartNodeAsync(database, handler, ("Inbox:Work", "false"));
        handler.Apart = taker.Services.GetRequiredService<Database>();
        return new FakeSource(database, mine, other, taker, handler);
    }

    public override async Task<string> NewSubjectAsync() =>
        $"{(await Mine.Http.CreateAsync($$"""{"email":"{{Guid.NewGuid():N}}@example.org"}""")).Id:N}";

    public override string UnknownSubject() => $"{Guid.NewGuid():N}";

    public override async Task DeliverAsync(string subject, int number, string? id = null)
    {
        keys ??= await Taker.Services.GetRequiredService<TenantKeys>().GetAsync(Mine.Id, 1, default);
        var body = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"fake|{subject}|{number}|{Marker}"));
        var hash = keys.Hash("inbox-event", Name, id ?? $"{Guid.NewGuid():N}");
        var (subjectHash, at) = (InboxSubjects.Hash(keys, "fake", subject), DateTimeOffset.UnixEpoch.AddSeconds(number));
        var delivery = new Delivery(Mine.Id, Name, hash, FakeHandler.Type, subjectHash, at, body);
        await Taker.Services.GetRequiredService<InboxArrivals>().TakeAsync(delivery, default);
    }

    public override async Task<Func<Task>> DeliverPartlyAsync(string subject, int number)
    {
        await DeliverAsync(subject, FakeHandler.PartlyNumber);
        return () => Task.FromResult(handler.IsMended = true);
    }

    public override async Task DeliverInTheWayAsync()
    {
        await DeliverAsync(await NewSubjectAsync(), 1);
        await DeliverAsync(await NewSubjectAsync(), FakeHandler.AgainNumber);
    }

    public override async Task<int?> NumberAsync(string subject)
    {
        var whose = $"tenant_id = '{Mine.Id:N}' and subject = '{subject}'";
        var number = await Database.ScalarAsync($"select number from fake_effects where {whose} order by place desc limit 1");
        return number is null ? null : Convert.ToInt32(number, CultureInfo.InvariantCulture);
    }

    public override Task<Guid> UserAsync(string subject) => Task.FromResult(Guid.Parse(subject));

    public override Task<long> EffectsAsync(TestTenant tenant) =>
        Database.NumberAsync($"select count(*) from fake_effects where tenant_id = '{tenant.Id:N}'");

    public override Task<Node> StartWorkerAsync(params (string Name, string Value)[] settings) =>
        StartNodeAsync(Database, handler, settings);

    private static Task<Node> StartNodeAsync(
        TestedDatabase database,
        FakeHandler handler,
        params (string Name, string Value)[] settings
    ) => database.StartClerkNodeAsync([], services => services.AddSingleton<IInboxHandler>(handler), settings);
}
