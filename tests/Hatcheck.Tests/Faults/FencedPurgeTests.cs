using Hatcheck.Platform.Jobs;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Faults;

/// <summary>
/// The purge of a real node that sleeps beyond its lease, and of one that is killed before it marks its work.
/// </summary>
public sealed class FencedPurgeTests : IAsyncLifetime
{
    private const int People = 120;
    private readonly OnPostgres database = new();

    public async ValueTask InitializeAsync()
    {
        // The node of this process runs no jobs: it claims one only for a test.
        (database.Settings["Jobs:Run"], database.Settings["Jobs:Lease"]) = ("none", "00:00:02");
        await database.InitializeAsync();
        database.Settings["Jobs:Run"] = "beside";
        var tenant = await database.Node.NewTenantAsync();
        for (var i = 0; i < People; i++)
        {
            var user = await tenant.Http.CreateAsync($$"""{"email":"a{{i}}@example.org"}""");
            (await Requests.DeleteAsync(tenant.Http, user.Id)).EnsureSuccessStatusCode();
        }

        await database.AgeAsync("users.deleted_at", TimeSpan.FromDays(31));
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_that_was_paused_beyond_its_lease_writes_nothing_any_more_and_everybody_is_erased_once(bool heartbeat)
    {
        // No heartbeat informs it, so the fence alone stops it: once the job is taken, no statement on the table ends.
        await using var held = await database.OpenAsync();
        if (!heartbeat)
        {
            await held.ExecuteAsync("select pg_advisory_lock(4713)");
            await held.ExecuteAsync(
                """
                create function wait_once_taken() returns trigger language plpgsql as $body$
                begin
                    if exists (select 1 from jobs where name = 'purge' and token > 1) then
                        perform pg_advisory_xact_lock(4713);
                    end if;
                    return null;
                end $body$;
                create trigger wait_once_taken before update on jobs for each statement execute function wait_once_taken();
                """
            );
        }

        await using var paused = new ServeProcess(database.Settings);
        await paused.StartAsync();
        while (await ErasedAsync() < 5)
            await Task.Delay(1);
        await paused.PauseAsync();
        // It may sleep within a transaction, which the database ends after a lease.
        var leases = database.Node.Services.GetRequiredService<JobLeases>();
        JobClaim? claim;
        while ((claim = await leases.ClaimAsync("purge", evenIfNotDue: false, default)) is null)
            await Task.Delay(20);
        var before = await ErasedAsync();
        before.ShouldBeLessThan(People, "or this test sees nothing");
        using var end = new CancellationTokenSource();
        var heart = heartbeat ? KeepAsync(leases, claim, end.Token) : Task.CompletedTask;

        await paused.ResumeAsync();
        const string Lost = "The job purge lost its lease";
        for (var i = 0; i < 3000 && !paused.Said.Contains(Lost, StringComparison.Ordinal); i++)
            await Task.Delay(10);
        paused.Said.ShouldContain(Lost);
        await Task.Delay(500);
        (await ErasedAsync()).ShouldBe(before, "the paused node erased a user after its lease");

        await end.CancelAsync();
        await heart;
        if (!heartbeat)
            await held.ExecuteAsync("select pg_advisory_unlock(4713)");
        await leases.ReleaseAsync(claim, default);
        await AllErasedOnceAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"{before} of {People} erased before the pause");
    }

    [Fact]
    public async Task A_node_killed_between_its_work_and_the_mark_leaves_one_more_run_that_finds_nothing_to_do()
    {
        // The mark waits for a lock that this test holds.
        await database.ExecuteAsync(
            """
            create function wait_for_the_test() returns trigger language plpgsql as $body$
            begin
                if new.name = 'purge' and new.outcome = 'done' then perform pg_advisory_xact_lock(4711); end if;
                return new;
            end $body$;
            create trigger wait_for_the_test before update on jobs for each row execute function wait_for_the_test();
            """
        );
        await using var held = await database.OpenAsync();
        await held.ScalarAsync("select pg_advisory_lock(4711)");
        await using var killed = new ServeProcess(database.Settings);
        await killed.StartAsync();
        const string Waiting = "from pg_locks where locktype = 'advisory' and objid = 4711 and not granted";
        while ((long)(await held.ScalarAsync($"select count(*) {Waiting}"))! == 0)
            await Task.Delay(5);
        (await ErasedAsync()).ShouldBe(People);
        await killed.KillAsync();
        await held.ExecuteAsync($"select pg_terminate_backend(pid) {Waiting}");
        await held.ExecuteAsync("drop trigger wait_for_the_test on jobs");
        (await held.RowsAsync("select token, outcome from jobs where name = 'purge'")).ShouldBe(["1|"]);

        await using var next = new ServeProcess(database.Settings);
        await next.StartAsync();
        const string Done = "select 1 from jobs where name = 'purge' and outcome = 'done'";
        for (var i = 0; i < 3000 && (await held.RowsAsync(Done)).Count == 0; i++)
            await Task.Delay(10);
        await AllErasedOnceAsync();
        // Not a third time.
        await Task.Delay(3_000);
        (await held.RowsAsync("select token, outcome, done, attempts from jobs where name = 'purge'")).ShouldBe(["2|done|0|0"]);
    }

    private async Task<long> ErasedAsync() =>
        (long)(await database.ScalarAsync("select count(*) from users where erased_at is not null"))!;

    private async Task AllErasedOnceAsync()
    {
        for (var i = 0; i < 6000 && await ErasedAsync() < People; i++)
            await Task.Delay(10);
        await using var connection = await database.OpenAsync();
        const string Erased = "select count(*), count(distinct user_id) from audit_pending where act = 'user.purge'";
        (await connection.RowsAsync(Erased)).ShouldBe([$"{People}|{People}"]);
    }

    private static async Task KeepAsync(JobLeases leases, JobClaim claim, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await leases.ExtendAsync(claim, CancellationToken.None);
            await Task.Delay(300, CancellationToken.None);
        }
    }
}
