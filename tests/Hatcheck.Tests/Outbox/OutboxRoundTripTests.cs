using Hatcheck.People.Profiles;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Outbox;

/// <summary>The cost of an event to its act: counted, not timed.</summary>
public sealed class OutboxRoundTripTests
{
    [Theory]
    [InlineData("batch")]
    [InlineData("transaction")]
    public async Task Events_travel_with_the_commit_whoever_wants_them(string binding)
    {
        await using var database = await OnProxiedPostgres.StartAsync(
            ("Database:TenantBinding", binding),
            ("Outbox:Work", "false")
        );
        var (lonely, heard) = (await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync());
        await database.Node.AddEndpointAsync(heard, "https://hooks.example.org/");
        var all = database.Node.Services.GetRequiredService<Database>();
        async Task<int> CountAsync(Guid tenant, int events)
        {
            var least = int.MaxValue;
            for (var time = 0; time < 5; time++)
            {
                var before = database.Proxy.RoundTrips;
                await all.WriteAsync(
                    tenant,
                    async (db, stop) =>
                    {
                        for (var i = 0; i < events; i++)
                            OutboxEvents.Add(db, ProfileEvents.Updated, Guid.NewGuid());
                        return await db.Database.ExecuteSqlRawAsync("select 1", stop);
                    },
                    default
                );
                least = Math.Min(least, database.Proxy.RoundTrips - before);
            }

            return least;
        }

        var bare = await CountAsync(lonely.Id, 0);
        (await CountAsync(lonely.Id, 1), await CountAsync(lonely.Id, 50)).ShouldBe((bare, bare));
        (await CountAsync(heard.Id, 1), await CountAsync(heard.Id, 50)).ShouldBe((bare, bare));
        (await database.CountAsync("outbox", lonely.Id)).ShouldBe(0);
        (await database.CountAsync("outbox", heard.Id)).ShouldBe(5 + 250);
    }
}
