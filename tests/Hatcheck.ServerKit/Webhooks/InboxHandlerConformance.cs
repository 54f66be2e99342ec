using System.Text;
using Hatcheck.Crypto;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.ServerKit.Webhooks;

/// <summary>
/// The contract between the inbox and its handlers. A handler's test class inherits it, and an <see cref="InboxSource"/>
/// delivers the events of its source.
/// </summary>
public abstract class InboxHandlerConformance(TestedDatabase database)
{
    private static readonly string[] Foreign =
    [
        "",
        "{",
        "[]",
        "null",
        "\"text\"",
        "{}",
        """{"type":"planted","data":null}""",
        "\ud800",
    ];

    private protected abstract Task<InboxSource> StartAsync(TestedDatabase on);

    [Fact]
    public async Task The_same_event_twice_is_processed_once()
    {
        var source = await StartAsync(database);
        var subject = await source.NewSubjectAsync();
        for (var i = 0; i < 2; i++)
            await source.DeliverAsync(subject, 1, "msg_the_same");
        var events = await LeaseAsync(source, 1);
        (await ProcessAsync(source, events)).ShouldBe([new InboxResult.Done()]);
        (await ProcessAsync(source, events)).ShouldBe([new InboxResult.Lost()]);
        await source.DeliverAsync(subject, 1, "msg_the_same");
        (await CountAsync(source)).ShouldBe(0);
        (await source.EffectsAsync(source.Mine)).ShouldBe(1);
    }

    [Fact]
    public async Task A_batch_equals_its_events_one_by_one()
    {
        var source = await StartAsync(database);
        var (batched, single) = (new List<string>(), new List<string>());
        for (var i = 0; i < 4; i++)
            batched.Add(await source.NewSubjectAsync());
        for (var i = 0; i < 4; i++)
            single.Add(await source.NewSubjectAsync());
        for (var number = 1; number <= 2; number++)
        {
            foreach (var subject in batched)
                await source.DeliverAsync(subject, number);
            (await ProcessAsync(source, await LeaseAsync(source, 4))).ShouldAllBe(result => result is InboxResult.Done);
        }

        var ofBatches = await source.EffectsAsync(source.Mine);
        foreach (var subject in single)
        {
            for (var number = 1; number <= 2; number++)
            {
                await source.DeliverAsync(subject, number);
                (await ProcessAsync(source, await LeaseAsync(source, 1))).ShouldBe([new InboxResult.Done()]);
            }
        }

        ofBatches.ShouldBe(8);
        (await source.EffectsAsync(source.Mine)).ShouldBe(2 * ofBatches);
        foreach (var subject in batched.Concat(single))
            (await source.NumberAsync(subject)).ShouldBe(2);
        (await CountAsync(source)).ShouldBe(0);
    }

    [Fact]
    public async Task A_poison_among_good_events_harms_none_of_the_others()
    {
        var source = await StartAsync(database);
        var subjects = new List<string>();
        for (var i = 0; i < 5; i++)
            subjects.Add(await source.NewSubjectAsync());
        await source.DeliverAsync(subjects[0], 1);
        var mine = $"tenant_id = {RawSql.Literal(source.Mine.Id)}";
        var poison = (string)(await database.ScalarAsync($"select subject_hash from inbox where {mine}"))!;
        foreach (var subject in subjects.Skip(1))
            await source.DeliverAsync(subject, 1);
        await using var spoilt = await SpoiltRows.PlantAsync(
            database,
            "inbox_subjects",
            "update",
            $"row.subject_hash = '{poison}'"
        );
        await using (await source.StartWorkerAsync(("Inbox:MaxAttempts", "2"), ("Inbox:FirstRetry", "00:00:00.1")))
            await database.DrainedAsync(source.Mine.Id);
        foreach (var subject in subjects.Skip(1))
            (await source.NumberAsync(subject)).ShouldBe(1);
        (await source.NumberAsync(subjects[0])).ShouldBeNull();
        (await source.EffectsAsync(source.Mine)).ShouldBe(4);
        (await CountAsync(source, $"state = 'dead' and attempts = 2 and subject_hash = '{poison}'")).ShouldBe(1);
        (await CountAsync(source)).ShouldBe(1);
    }

    [Fact]
    public async Task What_is_partly_done_is_a_dead_letter_under_its_users_key()
    {
        var source = await StartAsync(database);
        var subject = await source.NewSubjectAsync();
        var stranger = (await source.Mine.Http.CreateAsync("""{"first_name":"Eve"}""")).Id;
        await source.DeliverAsync(subject, 1);
        await ProcessAllAsync(source);
        var (user, before) = (await source.UserAsync(subject), await source.EffectsAsync(source.Mine));
        var mendAsync = await source.DeliverPartlyAsync(subject, 2);
        var result = (await ProcessAsync(source, await LeaseAsync(source, 1))).ShouldHaveSingleItem();
        if (result is InboxResult.Later)
        {
            // A source may wait once for another event to make room.
            (await source.EffectsAsync(source.Mine)).ShouldBe(before);
            (await LeaseAsync(source, 0, untried: false)).ShouldBeEmpty();
            await database.AgeAsync("inbox.due_at", TimeSpan.FromHours(1));
            result = (await ProcessAsync(source, await LeaseAsync(source, 1, untried: false))).ShouldHaveSingleItem();
        }

        var owner = result.ShouldBeOfType<InboxResult.Partly>().Owner;
        owner.ShouldBe(user);
        (await source.EffectsAsync(source.Mine)).ShouldBe(before + 1);

        var entries = source.Taker.Services.GetRequiredService<InboxEntries>();
        var entry = (await entries.ListAsync(source.Mine.Id, onlyDead: true, 10, default)).ShouldHaveSingleItem();
        entry.UserId.ShouldBe(user);
        await OpensOnlyUnderAsync(source, entry.Id, user, stranger);
        var shown = await entries.OpenAsync(source.Mine.Id, entry.Id, "a long enough reason", Actor.Operator(1000), default);
        shown.Body.ShouldNotBeNull().ShouldContain(source.Marker);

        await mendAsync();
        await entries.ReplayAsync(source.Mine.Id, entry.Id, Actor.Operator(1000), default);
        await ProcessAllAsync(source);
        (await CountAsync(source)).ShouldBe(0);
        (await source.EffectsAsync(source.Mine)).ShouldBe(before + 2);
    }

    [Fact]
    public async Task A_dead_letter_is_sealed_for_its_user_if_known_and_dropped()
    {
        var source = await StartAsync(database);
        var subject = await source.NewSubjectAsync();
        await source.DeliverAsync(subject, 1);
        await ProcessAllAsync(source);
        await source.DeliverAsync(subject, 2);
        await source.DeliverAsync(source.UnknownSubject(), 1);
        var batches = source.Taker.Services.GetRequiredService<InboxBatches>();
        foreach (var happened in await LeaseAsync(source, 2))
            await batches.DeadLetterAsync(source.Handler, happened, "planted", default);
        var user = await source.UserAsync(subject);
        (await CountAsync(source, $"state = 'dead' and day is null and user_id = {RawSql.Literal(user)}")).ShouldBe(1);
        (await CountAsync(source, "state = 'dead' and day is not null and user_id is null")).ShouldBe(1);
        var entries = source.Taker.Services.GetRequiredService<InboxEntries>();
        foreach (var entry in await entries.ListAsync(source.Mine.Id, onlyDead: true, 10, default))
            await entries.DropAsync(source.Mine.Id, entry.Id, Actor.Operator(1000), default);
        await ProcessAllAsync(source);
        (await CountAsync(source)).ShouldBe(0);
        (await source.NumberAsync(subject)).ShouldBe(1);
    }

    [Fact]
    public async Task What_has_to_wait_is_given_back_without_a_try_or_an_effect()
    {
        var source = await StartAsync(database);
        await source.DeliverInTheWayAsync();
        var results = await ProcessAsync(source, await LeaseAsync(source, 2));
        results.Count(result => result is InboxResult.Again).ShouldBe(1);
        (await source.EffectsAsync(source.Mine)).ShouldBe(1);
        const string Untried = "state = 'pending' and attempts = 0 and lease_id is null and lease_until is null";
        (await CountAsync(source, Untried)).ShouldBe(1);
        await ProcessAllAsync(source);
        (await source.EffectsAsync(source.Mine)).ShouldBe(2);
    }

    [Fact]
    public async Task Events_of_one_subject_are_processed_one_by_one_in_the_order_in_which_they_came()
    {
        var source = await StartAsync(database);
        var subject = await source.NewSubjectAsync();
        for (var number = 1; number <= 4; number++)
            await source.DeliverAsync(subject, number);
        for (var number = 1; number <= 4; number++)
        {
            (await ProcessAsync(source, await LeaseAsync(source, 1))).ShouldBe([new InboxResult.Done()]);
            (await source.NumberAsync(subject)).ShouldBe(number);
        }

        (await source.EffectsAsync(source.Mine)).ShouldBe(4);
    }

    [Fact]
    public async Task What_is_no_event_of_a_known_type_ends_as_a_dead_letter()
    {
        var source = await StartAsync(database);
        await source.DeliverAsync(await source.NewSubjectAsync(), 1);
        var claim = (await LeaseAsync(source, 1))[0].Claim;
        foreach (var body in Foreign)
            source.Handler.Read(claim, Encoding.UTF8.GetBytes(body)).ShouldBeNull(body);
        source.Handler.Read(claim, new byte[] { 0xff, 0xfe, 0x00 }).ShouldBeNull();
        source.Handler.Read(claim, source.UnknownType).ShouldBeNull();
        await source.Taker.Services.GetRequiredService<InboxQueue>().ReleaseAsync([claim], default);

        var arrivals = source.Taker.Services.GetRequiredService<InboxArrivals>();
        foreach (var (name, body) in new[] { ("unknown", source.UnknownType), ("none", [0xff]) })
        {
            var delivery = new Delivery(source.Mine.Id, source.Endpoint, name, "planted", name, DateTimeOffset.UnixEpoch, body);
            await arrivals.TakeAsync(delivery, default);
        }

        await using (await source.StartWorkerAsync(("Inbox:MaxAttempts", "1")))
            await database.DrainedAsync(source.Mine.Id);
        (await CountAsync(source, "state = 'dead' and fault = 'body.unreadable' and day is not null")).ShouldBe(2);
        (await source.EffectsAsync(source.Mine)).ShouldBe(1);
    }

    [Fact]
    public async Task Another_tenant_sees_nothing()
    {
        var source = await StartAsync(database);
        source.Handler.Tenants.ShouldContain(source.Mine.Id);
        await source.DeliverAsync(await source.NewSubjectAsync(), 1);
        var events = await LeaseAsync(source, 1);
        var handlers = new InboxHandlers([source.Handler]);
        handlers.Find(events[0].Claim).ShouldBe(source.Handler);
        handlers.Find(events[0].Claim with { Tenant = Guid.NewGuid() }).ShouldBeNull();
        handlers.Find(events[0].Claim with { Endpoint = "another" }).ShouldBeNull();
        var batches = source.Taker.Services.GetRequiredService<InboxBatches>();
        (await batches.ProcessAsync(source.Handler, source.Other.Id, events, default)).ShouldBe([new InboxResult.Lost()]);
        (await ProcessAsync(source, events)).ShouldBe([new InboxResult.Done()]);
        (await source.EffectsAsync(source.Mine)).ShouldBe(1);
        (await source.EffectsAsync(source.Other)).ShouldBe(0);
        var entries = source.Taker.Services.GetRequiredService<InboxEntries>();
        (await entries.ListAsync(source.Other.Id, onlyDead: false, 10, default)).ShouldBeEmpty();
        foreach (var table in new[] { "inbox", "inbox_seen", "inbox_subjects" })
            (await database.CountAsync(table, source.Other.Id)).ShouldBe(0, table);
    }

    [Fact]
    public async Task A_user_erased_between_arrival_and_work_stays_gone()
    {
        var source = await StartAsync(database);
        var subject = await source.NewSubjectAsync();
        await source.DeliverAsync(subject, 1);
        await ProcessAllAsync(source);
        var (user, before) = (await source.UserAsync(subject), await source.EffectsAsync(source.Mine));
        await source.DeliverAsync(subject, 2);
        var leased = await LeaseAsync(source, 1);
        (await source.Mine.Http.DeleteAsync($"/users/{user}?confirm=true")).EnsureSuccessStatusCode();
        (await ProcessAsync(source, leased)).ShouldAllBe(result => result is InboxResult.Lost || result is InboxResult.Done);
        await source.DeliverAsync(subject, 3);
        await ProcessAllAsync(source);
        (await source.EffectsAsync(source.Mine)).ShouldBe(before);
        (await database.CountAsync("users", source.Mine.Id, "erased_at is null")).ShouldBe(0);
        (await CountAsync(source)).ShouldBe(0);
    }

    [Fact]
    public async Task Cancelled_in_the_middle_nothing_is_half_done()
    {
        var source = await StartAsync(database);
        for (var i = 0; i < 3; i++)
            await source.DeliverAsync(await source.NewSubjectAsync(), 1);
        var events = await LeaseAsync(source, 3);
        var batches = source.Taker.Services.GetRequiredService<InboxBatches>();
        await Should.ThrowAsync<OperationCanceledException>(() =>
            batches.ProcessAsync(new Cancelled(source.Handler), source.Mine.Id, events, default)
        );
        (await source.EffectsAsync(source.Mine)).ShouldBe(0);
        (await CountAsync(source, "state = 'pending'")).ShouldBe(3);
        (await database.CountAsync("inbox_subjects", source.Mine.Id, "events > 0")).ShouldBe(0);
        (await ProcessAsync(source, events)).ShouldAllBe(result => result is InboxResult.Done);
        (await source.EffectsAsync(source.Mine)).ShouldBe(3);
    }

    [Fact]
    public async Task What_passed_to_another_node_is_lost_and_the_rest_is_done()
    {
        var source = await StartAsync(database);
        for (var i = 0; i < 2; i++)
            await source.DeliverAsync(await source.NewSubjectAsync(), 1);
        var events = await LeaseAsync(source, 2);
        await source.Taker.Services.GetRequiredService<InboxQueue>().ReleaseAsync([events[0].Claim], default);
        (await ProcessAsync(source, events)).ShouldBe([new InboxResult.Lost(), new InboxResult.Done()]);
        (await source.EffectsAsync(source.Mine)).ShouldBe(1);
        (await CountAsync(source)).ShouldBe(1);
    }

    private Task<long> CountAsync(InboxSource source, string where = "true") =>
        database.CountAsync("inbox", source.Mine.Id, where);

    private static async Task<List<InboxEvent>> LeaseAsync(InboxSource source, int? count, bool untried = true)
    {
        var queue = source.Taker.Services.GetRequiredService<InboxQueue>();
        var claims = await queue.ClaimAsync(source.Mine.Id, untried, 64, default);
        if (count is { } expected)
            claims.Count.ShouldBe(expected);
        var events = new List<InboxEvent>();
        foreach (var claim in claims)
        {
            using var body = await source.Taker.Services.GetRequiredService<InboxBodies>().OpenAsync(claim, default);
            events.Add(source.Handler.Read(claim, body.Reveal().ToArray()).ShouldNotBeNull());
        }

        return events;
    }

    private static Task<IReadOnlyList<InboxResult>> ProcessAsync(InboxSource source, IReadOnlyList<InboxEvent> events) =>
        source.Taker.Services.GetRequiredService<InboxBatches>().ProcessAsync(source.Handler, source.Mine.Id, events, default);

    /// <summary>Also processes events that wait for their next attempt.</summary>
    private async Task ProcessAllAsync(InboxSource source)
    {
        for (var round = 0; ; round++)
        {
            round.ShouldBeLessThan(20);
            var events = await LeaseAsync(source, null);
            if (events.Count == 0)
            {
                await database.AgeAsync("inbox.due_at", TimeSpan.FromHours(1));
                events = await LeaseAsync(source, null, untried: false);
            }

            if (events.Count == 0)
                return;
            await ProcessAsync(source, events);
        }
    }

    private static async Task OpensOnlyUnderAsync(InboxSource source, Guid entry, Guid owner, Guid stranger)
    {
        var where = $"where tenant_id = {RawSql.Literal(source.Mine.Id)} and entry_id = {RawSql.Literal(entry)}";
        var cell = (byte[])(await source.Database.ScalarAsync($"select body from inbox {where} and day is null"))!;
        cell.AsSpan().IndexOf(Encoding.UTF8.GetBytes(source.Marker)).ShouldBe(-1);
        using var vault = source.Taker.Services.GetRequiredService<PersonVaults>().Open(source.Mine.Id);
        using (var body = await vault.OpenAsync(InboxBodies.Of(owner, entry), cell, default))
            Encoding.UTF8.GetString(body.Reveal()).ShouldContain(source.Marker);
        await Should.ThrowAsync<CannotOpenException>(async () =>
            await vault.OpenAsync(InboxBodies.Of(stranger, entry), cell, default)
        );
    }

    /// <summary>The server stops at the last moment: the handler has written, but nothing is committed.</summary>
    private sealed class Cancelled(IInboxHandler inner) : IInboxHandler
    {
        public IReadOnlyList<InboxEndpoint> Endpoints => inner.Endpoints;

        public InboxEvent? Read(Claim claim, ReadOnlyMemory<byte> body) => inner.Read(claim, body);

        public async Task<IReadOnlyList<InboxResult>> ProcessAsync(InboxBatch batch, CancellationToken cancellation)
        {
            await inner.ProcessAsync(batch, cancellation);
            throw new OperationCanceledException();
        }

        public Task<Guid?> OwnerAsync(HatcheckDb db, TenantKeySet keys, InboxEvent happened, CancellationToken cancellation) =>
            inner.OwnerAsync(db, keys, happened, cancellation);
    }
}
