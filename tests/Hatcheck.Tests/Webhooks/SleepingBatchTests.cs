using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Webhooks;

/// <summary>
/// A node that falls asleep within a batch's transaction keeps its rows locked. SQLite's nodes are one process, which sleeps
/// as a whole.
/// </summary>
public sealed class SleepingBatchTests(OnPostgres database) : IClassFixture<OnPostgres>
{
    [Fact]
    public async Task A_node_asleep_within_a_batch_keeps_its_events_for_no_longer_than_a_lease()
    {
        var source = await FakeSource.StartAsync(database, PlantedFault.None);
        var node = await source.StartWorkerAsync(("Inbox:Work", "false"), ("Inbox:Lease", "00:00:02"));
        await source.DeliverAsync(await source.NewSubjectAsync(), 1);
        var queue = node.Services.GetRequiredService<InboxQueue>();
        var claim = (await queue.ClaimAsync(source.Mine.Id, untried: true, 1, default)).ShouldHaveSingleItem();
        using var body = await node.Services.GetRequiredService<InboxBodies>().OpenAsync(claim, default);
        var happened = source.Handler.Read(claim, body.Reveal().ToArray()).ShouldNotBeNull();
        var taken = new List<Claim>();
        var asleep = new Asleep(
            source.Handler,
            async () =>
            {
                for (var i = 0; i < 1000 && taken.Count == 0; i++)
                {
                    await Task.Delay(20);
                    taken = await queue.ClaimAsync(source.Mine.Id, untried: false, 1, default);
                }
            }
        );
        var batches = node.Services.GetRequiredService<InboxBatches>();
        await Should.ThrowAsync<Exception>(() => batches.ProcessAsync(asleep, source.Mine.Id, [happened], default));
        taken.ShouldHaveSingleItem().Attempts.ShouldBe(2);
        (await source.EffectsAsync(source.Mine)).ShouldBe(0);
        (await database.CountAsync("inbox", source.Mine.Id, "state = 'pending'")).ShouldBe(1);
    }

    /// <summary>Writes, and falls asleep before the commit.</summary>
    private sealed class Asleep(IInboxHandler inner, Func<Task> sleep) : IInboxHandler
    {
        public IReadOnlyList<InboxEndpoint> Endpoints => inner.Endpoints;

        public InboxEvent? Read(Claim claim, ReadOnlyMemory<byte> body) => inner.Read(claim, body);

        public async Task<IReadOnlyList<InboxResult>> ProcessAsync(InboxBatch batch, CancellationToken cancellation)
        {
            var results = await inner.ProcessAsync(batch, cancellation);
            await sleep();
            return results;
        }

        public Task<Guid?> OwnerAsync(HatcheckDb db, TenantKeySet keys, InboxEvent happened, CancellationToken cancellation) =>
            inner.OwnerAsync(db, keys, happened, cancellation);
    }
}
