using System.Text;
using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Server.Tests.Webhooks;

/// <summary>What the inbox's worker relies on in every handler. A handler's test class inherits it and says how an event of its source comes in.</summary>
public abstract class InboxHandlerConformance(TestedDatabase database)
{
    private static readonly string[] Foreign = ["", "{", "[]", "null", "\"text\"", "{}", """{"type":"planted","data":null}""", "\ud800"];

    /// <summary>A node that takes events of this source for a tenant and works none by itself, and a way to give it events of new subjects.</summary>
    private protected abstract Task<(Node Node, Guid Tenant, Func<Task> GiveAsync)> StartAsync(TestedDatabase on);

    private protected abstract IInboxHandler HandlerOf(Node node);

    [Fact]
    public async Task Another_tenants_event_or_one_of_another_endpoint_is_not_taken()
    {
        var (node, tenant, give) = await StartAsync(database);
        var handler = HandlerOf(node);
        handler.Tenants.ShouldContain(tenant);
        await give();
        var claim = (await ClaimAsync(node, tenant, 1))[0];
        handler.Takes(claim).ShouldBeTrue();
        handler.Takes(claim with { Tenant = Guid.NewGuid() }).ShouldBeFalse();
        handler.Takes(claim with { Endpoint = "another" }).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_no_event_is_not_read_and_throws_nothing()
    {
        var (node, tenant, give) = await StartAsync(database);
        await give();
        var claim = (await ClaimAsync(node, tenant, 1))[0];
        foreach (var body in Foreign) HandlerOf(node).Read(claim, Encoding.UTF8.GetBytes(body)).ShouldBeNull(body);
        HandlerOf(node).Read(claim, new byte[] { 0xff, 0xfe, 0x00 }).ShouldBeNull();
    }

    [Fact]
    public async Task A_batch_gives_a_result_for_each_removes_the_entries_and_does_nothing_twice()
    {
        var (node, tenant, give) = await StartAsync(database);
        for (var i = 0; i < 3; i++) await give();
        var works = await OpenAsync(node, await ClaimAsync(node, tenant, 3));
        (await HandlerOf(node).WorkAsync(tenant, works, default)).ShouldBe(works.Select(_ => new WorkResult.Done()));
        (await database.CountAsync("inbox", tenant)).ShouldBe(0);
        (await HandlerOf(node).WorkAsync(tenant, works, default)).ShouldBe(works.Select(_ => new WorkResult.Lost()));
    }

    [Fact]
    public async Task What_passed_to_another_node_is_lost_and_the_rest_is_done()
    {
        var (node, tenant, give) = await StartAsync(database);
        for (var i = 0; i < 2; i++) await give();
        var works = await OpenAsync(node, await ClaimAsync(node, tenant, 2));
        await node.Services.GetRequiredService<InboxQueue>().ReleaseAsync([works[0].Claim], default);
        (await HandlerOf(node).WorkAsync(tenant, works, default)).ShouldBe([new WorkResult.Lost(), new WorkResult.Done()]);
        (await database.CountAsync("inbox", tenant)).ShouldBe(1);
    }

    [Fact]
    public async Task An_event_about_no_one_who_is_known_is_not_buried_under_a_key()
    {
        var (node, tenant, give) = await StartAsync(database);
        await give();
        var works = await OpenAsync(node, await ClaimAsync(node, tenant, 1));
        (await HandlerOf(node).BuryAsync(works[0], "planted", default)).ShouldBeFalse();
        (await database.CountAsync("inbox", tenant, "state = 'pending' and user_id is null")).ShouldBe(1);
    }

    private static async Task<List<Claim>> ClaimAsync(Node node, Guid tenant, int count)
    {
        var claims = await node.Services.GetRequiredService<InboxQueue>().ClaimAsync(tenant, untried: true, count, default);
        claims.Count.ShouldBe(count);
        return claims;
    }

    private async Task<List<InboxWork>> OpenAsync(Node node, List<Claim> claims)
    {
        var works = new List<InboxWork>();
        foreach (var claim in claims)
        {
            using var body = await node.Services.GetRequiredService<InboxBodies>().OpenAsync(claim, default);
            works.Add(HandlerOf(node).Read(claim, body.Reveal().ToArray()).ShouldNotBeNull());
        }

        return works;
    }
}
