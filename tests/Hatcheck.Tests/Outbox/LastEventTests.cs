using Hatcheck.People.Privacy;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Outbox;

/// <summary>
/// A user's last event stays the last, also while another node claims events during the erasure. SQLite has one writer, so
/// there nothing comes in between.
/// </summary>
public sealed class LastEventTests(OnPostgresUnsent database) : IClassFixture<OnPostgresUnsent>
{
    [Fact]
    public async Task While_an_erasure_is_under_way_no_node_begins_to_send_about_its_user()
    {
        var (tenant, user) = (await database.Node.NewTenantAsync(), Guid.NewGuid());
        var (endpoint, _) = await database.Node.AddEndpointAsync(tenant, "https://hooks.example.org/");
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Deleted, user);
        var queue = database.Node.Services.GetRequiredService<OutboxQueue>();
        await database
            .Node.Services.GetRequiredService<Database>()
            .WriteAsync(
                tenant.Id,
                async (db, stop) =>
                {
                    await OutboxEvents.AddLastAsync(db, PrivacyEvents.Erased, [user], stop);
                    (await queue.ClaimAsync(tenant.Id, endpoint, 10, stop)).ShouldBeEmpty();
                    return true;
                },
                default
            );
        (await queue.ClaimAsync(tenant.Id, endpoint, 10, default)).ShouldHaveSingleItem().EventType.ShouldBe("user.erased");
        (await database.CountAsync("outbox", tenant.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task A_lease_that_an_erasure_waited_for_is_waited_for_by_the_last_event()
    {
        var (tenant, user) = (await database.Node.NewTenantAsync(), Guid.NewGuid());
        var (endpoint, _) = await database.Node.AddEndpointAsync(tenant, "https://hooks.example.org/");
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Deleted, user);
        var services = database.Node.Services;
        var claimed = (await services.GetRequiredService<OutboxQueue>().ClaimAsync(tenant.Id, endpoint, 10, default))[0];
        await services
            .GetRequiredService<Database>()
            .WriteAsync(
                tenant.Id,
                async (db, stop) =>
                {
                    await OutboxEvents.AddLastAsync(db, PrivacyEvents.Erased, [user], stop);
                    return true;
                },
                default
            );
        var last = (await database.Node.EntriesAsync(tenant.Id)).ShouldHaveSingleItem();
        last.Type.ShouldBe("user.erased");
        last.DueAt.ShouldBe(claimed.At + TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(1));
    }
}
