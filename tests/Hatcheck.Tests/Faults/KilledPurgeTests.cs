using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.Tests.Faults;

/// <summary>The purge of real nodes, killed at work.</summary>
public sealed class KilledPurgeTests
{
    private const int People = 60;

    [Fact]
    public async Task Nodes_killed_while_they_purge_leave_whole_people_and_the_next_erases_the_rest_once()
    {
        await using var database = new OnPostgres();
        // The killed nodes run the purge; their lease ends soon after them.
        (database.Settings["Jobs:Run"], database.Settings["Jobs:Lease"]) = ("none", "00:00:01");
        await database.InitializeAsync();
        database.Settings["Jobs:Run"] = "beside";
        var tenant = await database.Node.NewTenantAsync();
        for (var i = 0; i < People; i++)
        {
            var user = await tenant.Http.CreateAsync($$"""{"email":"a{{i}}@example.org"}""");
            (await Requests.DeleteAsync(tenant.Http, user.Id)).EnsureSuccessStatusCode();
        }

        await using var connection = await database.OpenAsync();
        await connection.ExecuteAsync(
            "update users set deleted_at = deleted_at - interval '31 days' where deleted_at is not null"
        );
        Task<object?> ErasedAsync() => connection.ScalarAsync("select count(*) from users where erased_at is not null");
        await using var one = new ServeProcess(database.Settings);
        await using var other = new ServeProcess(database.Settings);
        foreach (var (node, enough) in new[] { (one, 1L), (other, 10L) })
        {
            node.Begin();
            while ((long)(await ErasedAsync())! < enough)
                await Task.Delay(1);
            await node.KillAsync();
        }

        const string Halves =
            "select count(*) from users u where (erased_at is null) <> exists (select 1 from keys.user_keys k "
            + "where k.user_id = u.user_id) or (erased_at is null) <> exists (select 1 from profiles p "
            + "where p.user_id = u.user_id)";
        (await connection.ScalarAsync(Halves)).ShouldBe(0L);
        TestContext.Current.TestOutputHelper!.WriteLine($"{await ErasedAsync()} of {People} erased by the killed nodes");
        // Both start at once; the holder of the lease runs it.
        one.Begin();
        await other.StartAsync();
        await one.ReadyAsync();
        while ((long)(await ErasedAsync())! < People)
            await Task.Delay(10);
        (await connection.ScalarAsync(Halves)).ShouldBe(0L);
        (await connection.ScalarAsync("select count(*) from profile_values")).ShouldBe(0L);
        (
            await connection.RowsAsync("select count(*), count(distinct user_id) from audit_pending where act = 'user.purge'")
        ).ShouldBe([$"{People}|{People}"]);
    }
}
