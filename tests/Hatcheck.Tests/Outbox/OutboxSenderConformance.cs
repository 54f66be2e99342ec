using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Hatcheck.Crypto;
using Hatcheck.Platform.Outbox;
using Hatcheck.ServerKit.Outbox;

namespace Hatcheck.Tests.Outbox;

/// <summary>The behaviour of a receiver.</summary>
internal enum Behaviour
{
    Takes,
    Fails,
    AsksForAnHour,
    WantsNothingMore,
    SaysNothing,
}

/// <summary>A sender and its receiver.</summary>
internal interface ISenderWorld : IAsyncDisposable
{
    IOutboxSender Sender { get; }

    /// <summary>The receiver's address; it holds <see cref="Receiver.Canary"/>.</summary>
    string Target { get; }

    Behaviour Behaviour { get; set; }

    /// <summary>The requests that the receiver got, with any answer.</summary>
    IReadOnlyList<(string Id, string Body)> Got { get; }

    /// <summary>Stops the receiver.</summary>
    Task LeaveAsync();
}

/// <summary>The outbox worker's requirements of every sender. A sender's test class inherits it and provides its world.</summary>
public abstract partial class OutboxSenderConformance
{
    private const string Payload =
        """{"type":"user.deleted","timestamp":"2026-11-29T12:00:00Z","data":{"user_id":"0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a1f"}}"""
        + "\n";

    private protected abstract Task<ISenderWorld> StartAsync();

    [Fact]
    public async Task What_is_taken_is_delivered_with_its_id_and_the_same_bytes_each_time()
    {
        await using var world = await StartAsync();
        var delivery = Delivery(world);
        (await world.Sender.SendAsync(delivery, default)).ShouldBe(new SendResult.Delivered());
        var later = delivery with { At = delivery.At.AddHours(1) };
        (await world.Sender.SendAsync(later, default)).ShouldBe(new SendResult.Delivered());
        world.Got.ShouldBe([($"{delivery.Id}", Payload), ($"{delivery.Id}", Payload)]);
    }

    [Fact]
    public async Task Many_at_once_each_arrive()
    {
        await using var world = await StartAsync();
        var deliveries = Enumerable.Range(0, 50).Select(_ => Delivery(world)).ToList();
        var results = await Task.WhenAll(deliveries.Select(delivery => world.Sender.SendAsync(delivery, default)));
        results.ShouldAllBe(result => result is SendResult.Delivered);
        world.Got.Select(got => got.Id).ShouldBe(deliveries.Select(delivery => $"{delivery.Id}"), ignoreOrder: true);
    }

    [Fact]
    public async Task A_receiver_that_fails_or_is_away_is_tried_again()
    {
        await using var world = await StartAsync();
        world.Behaviour = Behaviour.Fails;
        var failed = (await world.Sender.SendAsync(Delivery(world), default)).ShouldBeOfType<SendResult.Again>();
        (failed.After, Code().IsMatch(failed.Fault)).ShouldBe((null, true), failed.Fault);
        await world.LeaveAsync();
        var away = (await world.Sender.SendAsync(Delivery(world), default)).ShouldBeOfType<SendResult.Again>();
        Code().IsMatch(away.Fault).ShouldBeTrue(away.Fault);
    }

    [Fact]
    public async Task What_the_receiver_asks_for_is_passed_on()
    {
        await using var world = await StartAsync();
        world.Behaviour = Behaviour.AsksForAnHour;
        var later = (await world.Sender.SendAsync(Delivery(world), default)).ShouldBeOfType<SendResult.Again>();
        later.After.ShouldBe(TimeSpan.FromHours(1));
        world.Behaviour = Behaviour.WantsNothingMore;
        var gone = (await world.Sender.SendAsync(Delivery(world), default)).ShouldBeOfType<SendResult.Gone>();
        Code().IsMatch(gone.Fault).ShouldBeTrue(gone.Fault);
    }

    [Fact]
    public async Task A_target_that_is_none_is_refused_for_good()
    {
        await using var world = await StartAsync();
        foreach (var target in new[] { "", "no target", $"{Receiver.Canary}://{Receiver.Canary}" })
        {
            var result = await world.Sender.SendAsync(Delivery(world) with { Target = target }, default);
            Code().IsMatch(result.ShouldBeOfType<SendResult.Refused>().Fault).ShouldBeTrue(target);
        }

        world.Got.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_receiver_that_says_nothing_is_left_when_the_worker_says_so()
    {
        await using var world = await StartAsync();
        world.Behaviour = Behaviour.SaysNothing;
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var clock = Stopwatch.StartNew();
        await Should.ThrowAsync<OperationCanceledException>(() => world.Sender.SendAsync(Delivery(world), limit.Token));
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_delivery_does_not_print_its_target()
    {
        await using var world = await StartAsync();
        world.Target.ShouldContain(Receiver.Canary);
        $"{Delivery(world)}".ShouldNotContain(Receiver.Canary);
    }

    private static OutboxDelivery Delivery(ISenderWorld world) =>
        new(Guid.NewGuid(), Encoding.UTF8.GetBytes(Payload), DateTimeOffset.UtcNow, world.Target, [SecretBytes.Random(32)]);

    // It has no room for a target or an answer.
    [GeneratedRegex("^[a-z]{1,20}\\.[a-z0-9_]{1,40}$")]
    private static partial Regex Code();
}
