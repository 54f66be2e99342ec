using System.Collections.Concurrent;
using System.Text;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Outbox;
using Hatcheck.ServerKit.Outbox;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Outbox;

/// <summary>A sender without a network.</summary>
internal sealed class FakeSender : IOutboxSender, ISenderWorld
{
    private const string Here = $"fake:{Receiver.Canary}";
    private readonly ConcurrentQueue<(string Id, string Body)> got = new();
    private bool isAway;

    public string Kind => "fake";

    public IOutboxSender Sender => this;

    public string Target => Here;

    public Behaviour Behaviour { get; set; }

    public IReadOnlyList<(string Id, string Body)> Got => [.. got];

    public async Task<SendResult> SendAsync(OutboxDelivery delivery, CancellationToken cancellation)
    {
        if (delivery.Target != Here)
            return new SendResult.Refused("fake.target");
        if (isAway)
            return new SendResult.Again("fake.away");
        got.Enqueue(($"{delivery.Id}", Encoding.UTF8.GetString(delivery.Payload.Span)));
        if (Behaviour == Behaviour.SaysNothing)
            await Task.Delay(Timeout.Infinite, cancellation);
        return Behaviour switch
        {
            Behaviour.Takes => new SendResult.Delivered(),
            Behaviour.AsksForAnHour => new SendResult.Again("fake.busy", TimeSpan.FromHours(1)),
            Behaviour.WantsNothingMore => new SendResult.Gone("fake.gone"),
            _ => new SendResult.Again("fake.fails"),
        };
    }

    public Task LeaveAsync()
    {
        isAway = true;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => default;
}

public sealed class FakeSenderTests(OnSqliteUnsent database) : OutboxSenderConformance, IClassFixture<OnSqliteUnsent>
{
    private protected override Task<ISenderWorld> StartAsync() => Task.FromResult<ISenderWorld>(new FakeSender());

    [Fact]
    public async Task The_worker_sends_by_the_kind_of_the_endpoint()
    {
        var fake = new FakeSender();
        var tenant = await database.Node.NewTenantAsync();
        var endpoints = database.Node.Services.GetRequiredService<OutboxEndpoints>();
        foreach (var target in new[] { fake.Target, "elsewhere" })
        {
            var (_, secret) = await endpoints.AddAsync(tenant.Id, fake.Kind, target, "here", ["*"], OutboxLook.Someone, default);
            using (secret)
                secret.Length.ShouldBe(32);
        }

        await using var sender = await database.StartSenderAsync(services => services.AddSingleton<IOutboxSender>(fake));
        await sender.TellAsync(tenant.Id, ProfileEvents.Deleted, Guid.NewGuid());
        await OutboxLook.UntilAsync(
            async () => (await sender.EntriesAsync(tenant.Id, OutboxRow.Delivered, OutboxRow.Dead)).Count == 2,
            "one is delivered, one refused"
        );
        (await sender.EntriesAsync(tenant.Id, OutboxRow.Dead)).ShouldHaveSingleItem().Fault.ShouldBe("fake.target");
        fake.Got.ShouldHaveSingleItem();
    }
}
