using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Keys;

public sealed class DayKeysOnSqlite(OnSqlite database) : DayKeyTests(database), IClassFixture<OnSqlite>
{
    private readonly OnSqlite database = database;

    [Fact]
    public async Task A_node_clears_what_it_remembers_of_a_day_that_is_over()
    {
        var time = new PassingTime(database);
        var node = await time.StartNodeAsync();
        var (tenant, days) = (await node.NewTenantAsync(), node.Services.GetRequiredService<DayKeys>());
        var (key, _) = await days.TodayAsync(tenant.Id, default);
        await time.PassAsync(TimeSpan.FromDays(DayKeys.LifeInDays));
        await days.ForgetAsync(default);
        using (var kept = key.CopyKey())
            kept.Length.ShouldBe(DataKey.Length);
        await time.PassAsync(TimeSpan.FromDays(1));
        await days.ForgetAsync(default);
        Should.Throw<ObjectDisposedException>(() => key.CopyKey());
    }
}

public sealed class DayKeysOnPostgres(OnPostgres database) : DayKeyTests(database), IClassFixture<OnPostgres>;

/// <summary>The keys of days.</summary>
public abstract class DayKeyTests(TestedDatabase database)
{
    [Fact]
    public async Task A_key_of_a_day_that_is_over_opens_nothing_though_its_row_is_still_there()
    {
        var tenant = await database.Node.NewTenantAsync();
        var days = database.Node.Services.GetRequiredService<DayKeys>();
        var kek = database.Node.Services.GetRequiredService<IKeyEncryptionKey>();
        var (_, today) = await days.TodayAsync(tenant.Id, default);
        // A day less than its life: midnight may pass during the test.
        var (lives, isOver) = (today - DayKeys.LifeInDays + 1, today - DayKeys.LifeInDays - 1);
        foreach (var day in new[] { lives, isOver })
        {
            using var bytes = SecretBytes.Random(DataKey.Length);
            var wrapped = await kek.WrapAsync(bytes, new WrapContext(tenant.Id, Guid.Empty, KeyPurpose.Side, day), default);
            const string Insert =
                "insert into day_keys (tenant_id, day, kek_id, wrapped, created_at) values ($1, $2, $3, $4, {now})";
            await database
                .Node.Services.GetRequiredService<Database>()
                .ExecuteAsync(tenant.Id, [(Insert, [tenant.Id, day, kek.Id, wrapped])], default);
        }

        (await days.FindAsync(tenant.Id, lives, default)).ShouldNotBeNull().Version.ShouldBe(lives);
        (await days.FindAsync(tenant.Id, isOver, default)).ShouldBeNull();
        (await days.FindAsync((await database.Node.NewTenantAsync()).Id, lives, default)).ShouldBeNull();
    }
}
