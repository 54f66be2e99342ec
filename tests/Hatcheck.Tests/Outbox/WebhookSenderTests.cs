using Hatcheck.Crypto;
using Hatcheck.Platform.Outbound;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Webhooks;
using Hatcheck.ServerKit.Outbound;
using Hatcheck.ServerKit.Outbox;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hatcheck.Tests.Outbox;

public sealed class WebhookSenderTests : OutboxSenderConformance
{
    private protected override async Task<ISenderWorld> StartAsync() => new World(await Receiver.StartAsync());

    [Fact]
    public async Task Plain_http_goes_to_declared_networks_only()
    {
        var names = new ScriptedResolver();
        names.Answer("inside.example", ["127.0.0.1"]);
        names.Answer("outside.example", ["93.184.215.14"]);
        using var handler = Handler("127.0.0.1", names);
        using var sender = new WebhookSender(handler);
        await using var receiver = await Receiver.StartAsync();
        var port = new Uri(receiver.Address).Port;
        (await SendAsync(sender, $"http://inside.example:{port}/")).ShouldBe(new SendResult.Delivered());
        (await SendAsync(sender, $"http://outside.example:{port}/")).ShouldBe(new SendResult.Again("network.refused"));
        using var closed = Handler(null, names);
        using var strict = new WebhookSender(closed);
        (await SendAsync(strict, $"http://inside.example:{port}/")).ShouldBe(new SendResult.Again("network.refused"));
        (await SendAsync(strict, $"https://inside.example:{port}/")).ShouldBe(new SendResult.Again("network.refused"));
        receiver.Ledger.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(null, "https://hooks.example.org/x?token=1", true)]
    [InlineData(null, "http://hooks.example.org/", false)]
    [InlineData("10.0.0.0/8", "http://hooks.internal/", true)]
    [InlineData("10.0.0.0/8", "http://10.1.2.3/", true)]
    [InlineData("10.0.0.0/8", "http://93.184.215.14/", false)]
    [InlineData("10.0.0.0/8", "http://[2606:4700::1111]/", false)]
    [InlineData("10.0.0.0/8", "https://93.184.215.14/", true)]
    [InlineData(null, "https://10.1.2.3/", false)]
    [InlineData(null, "https://[::1]/", false)]
    [InlineData(null, "https://localhost/", false)]
    [InlineData("127.0.0.0/8;::1", "http://localhost:9000/", true)]
    [InlineData(null, "https://user:password@hooks.example.org/", false)]
    [InlineData(null, "https://hooks.example.org/#part", false)]
    [InlineData(null, "ftp://hooks.example.org/", false)]
    [InlineData(null, "/hooks", false)]
    [InlineData(null, "", false)]
    public void An_address_is_https_or_in_a_declared_network(string? declared, string address, bool isTaken)
    {
        var networks = new OutboundNetworks(Options.Create(new OutboundOptions { AllowedNetworks = declared }));
        (WebhookAddress.FaultOf(address, networks) is null).ShouldBe(isTaken);
    }

    private static Task<SendResult> SendAsync(WebhookSender sender, string address) =>
        sender.SendAsync(
            new(
                Guid.NewGuid(),
                """{"type":"user.deleted"}"""u8.ToArray(),
                DateTimeOffset.UtcNow,
                address,
                [SecretBytes.Random(32)]
            ),
            default
        );

    private static OutboundHandler Handler(string? declared, INameResolver names) =>
        new(
            new OutboundNetworks(Options.Create(new OutboundOptions { AllowedNetworks = declared })),
            names,
            NullLogger<OutboundHandler>.Instance
        );

    private sealed class World : ISenderWorld
    {
        private readonly Receiver receiver;
        private readonly OutboundHandler handler = Handler("127.0.0.0/8", new SystemResolver());
        private readonly WebhookSender sender;

        public World(Receiver receiver)
        {
            (this.receiver, sender) = (receiver, new WebhookSender(handler));
            Target = receiver.Address;
            receiver.Answer = AnswerAsync;
        }

        public IOutboxSender Sender => sender;

        public string Target { get; }

        public Behaviour Behaviour { get; set; }

        public IReadOnlyList<(string Id, string Body)> Got => [.. receiver.Ledger.Select(arrival => (arrival.Id, arrival.Body))];

        public async Task LeaveAsync() => await receiver.DisposeAsync();

        public async ValueTask DisposeAsync()
        {
            sender.Dispose();
            handler.Dispose();
            await receiver.DisposeAsync();
        }

        private async Task AnswerAsync(Arrival arrival, HttpContext context)
        {
            if (Behaviour == Behaviour.SaysNothing)
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            if (Behaviour == Behaviour.AsksForAnHour)
                context.Response.Headers.RetryAfter = "3600";
            context.Response.StatusCode = Behaviour switch
            {
                Behaviour.Takes => 204,
                Behaviour.AsksForAnHour => 503,
                Behaviour.WantsNothingMore => 410,
                _ => 500,
            };
        }
    }
}
