using Hatcheck.Platform.Outbox;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Outbox;

/// <summary>
/// A claim reads waiting rows once at the most (the row, and the check of its user's others), and no delivered ones:
/// PostgreSQL counts. Earlier it read a user's delivered events for each waiting one.
/// </summary>
public sealed class OutboxPlanTests(OnPostgresUnsent database) : IClassFixture<OnPostgresUnsent>
{
    private const int Delivered = 10_000;
    private const int Waiting = 3000;

    // Every event of one user: one lane.
    private const string Fill = """
        insert into outbox (tenant_id, entry_id, endpoint_id, user_id, event_type, payload, created_at, state, attempts, due_at)
        select '{t}', gen_random_uuid(), '{e}', '{t}', 'user.updated', '{}', now() - interval '1 day' + n * interval '1 ms',
            '{s}', 0, now() from generate_series(1, {n}) n
        """;

    private readonly TableReads reads = new(database, "outbox");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_claim_reads_nothing_of_what_was_delivered_and_a_lane_once(bool isAnalyzed)
    {
        var tenant = await TableReads.RepeatAsync(() => database.Node.NewTenantAsync());
        var (endpoint, _) = await TableReads.RepeatAsync(() =>
            database.Node.AddEndpointAsync(tenant, "https://hooks.example.org/")
        );
        await reads.ExecuteAsync("truncate outbox");
        await reads.ExecuteAsync("vacuum analyze outbox");
        await FillAsync(tenant.Id, endpoint, OutboxRow.Delivered, Delivered);
        if (isAnalyzed)
            await reads.ExecuteAsync("vacuum analyze outbox");
        await FillAsync(tenant.Id, endpoint, OutboxRow.Pending, Waiting);
        var queue = database.Node.Services.GetRequiredService<OutboxQueue>();
        var looked = await reads.DuringAsync(async () =>
            (await queue.DueAsync(tenant.Id, default)).ShouldHaveSingleItem().Id.ShouldBe(endpoint)
        );
        looked.ShouldBeLessThanOrEqualTo(Waiting);
        var claimed = await reads.DuringAsync(async () =>
            (await queue.ClaimAsync(tenant.Id, endpoint, 8, default)).ShouldHaveSingleItem()
        );
        claimed.ShouldBeInRange(1, Waiting * 3);
    }

    private Task FillAsync(Guid tenant, Guid endpoint, string state, int count) =>
        reads.ExecuteAsync(
            Fill.Replace("{t}", $"{tenant}", StringComparison.Ordinal)
                .Replace("{e}", $"{endpoint}", StringComparison.Ordinal)
                .Replace("{s}", state, StringComparison.Ordinal)
                .Replace("{n}", $"{count}", StringComparison.Ordinal)
        );
}
