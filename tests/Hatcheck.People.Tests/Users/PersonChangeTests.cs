using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.People.Users.Rotation;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hatcheck.People.Tests.Users;

public sealed class PersonChangeOnSqlite(OnSqlite database) : PersonChangeTests(database), IClassFixture<OnSqlite>;

public sealed class PersonChangeOnPostgres(OnPostgres database) : PersonChangeTests(database), IClassFixture<OnPostgres>;

/// <summary>A user's change, without any capability: its locks, checks, repeats and records.</summary>
public abstract class PersonChangeTests(TestedDatabase database)
{
    private static readonly Act Act = UserActs.Link;

    [Fact]
    public async Task A_change_that_is_done_leaves_one_entry_and_a_new_tag()
    {
        var (tenant, user) = await NewUserAsync();
        var done = await RunAsync(
            Terms(tenant, user),
            async (change, stop) =>
            {
                change.Record(Act, Subject.Of("identity", user));
                await change.RecordAsync(UserActs.Inspect, "ticket 4711", stop);
                change.Touch();
                return change.User;
            }
        );
        done.OrThrow().ShouldBe(user);
        (await EntriesAsync(user)).ShouldBe(
            [$"identity.link|operator:1000|identity:{user:N}", "user.inspect|operator:1000|"],
            ignoreOrder: true
        );
        (await database.AuditDetailsAsync(tenant.Id, user)).ShouldBe(["ticket 4711"]);
        (await tenant.Http.GetAsync(user)).Version.ShouldBe(2);
        await AnotherTenantSeesNothingAsync(user);
    }

    [Fact]
    public async Task A_refusal_leaves_nothing_of_what_was_written_before_it()
    {
        var (tenant, user) = await NewUserAsync();
        var refused = await RunAsync(
            Terms(tenant, user),
            async (change, stop) =>
            {
                await change.Db.Set<Identity>().Where(row => row.UserId == user).ExecuteDeleteAsync(stop);
                change.Record(Act);
                change.Touch();
                return new UserRefusal.LastIdentity();
            }
        );
        refused.Refusal.ShouldBe(new UserRefusal.LastIdentity());
        await UntouchedAsync(tenant, user);
        await AnotherTenantSeesNothingAsync(user);
    }

    [Fact]
    public async Task What_can_not_be_recorded_is_not_done()
    {
        var (tenant, user) = await NewUserAsync();
        await using (await RefusedEntries.PlantAsync(database, user))
        {
            await Should.ThrowAsync<DbUpdateException>(() =>
                RunAsync(
                    Terms(tenant, user),
                    async (change, stop) =>
                    {
                        await change.Db.Set<Identity>().Where(row => row.UserId == user).ExecuteDeleteAsync(stop);
                        return (await Touched(change, stop)).OrThrow();
                    }
                )
            );
        }

        await UntouchedAsync(tenant, user);
        await AnotherTenantSeesNothingAsync(user);
    }

    [Fact]
    public async Task A_fault_leaves_nothing_either_and_is_not_repeated()
    {
        var (tenant, user) = await NewUserAsync();
        var attempts = 0;
        await Should.ThrowAsync<InvalidOperationException>(() =>
            RunAsync(
                Terms(tenant, user),
                async (change, stop) =>
                {
                    attempts++;
                    await change.RecordAsync(UserActs.Inspect, "ticket", stop);
                    await change.Db.SaveChangesAsync(stop);
                    throw new InvalidOperationException("a bug");
                }
            )
        );
        attempts.ShouldBe(1);
        await UntouchedAsync(tenant, user);
        await AnotherTenantSeesNothingAsync(user);
    }

    [Theory]
    [InlineData("duplicate")]
    [InlineData("rolled back")]
    public async Task What_met_another_request_is_repeated_and_recorded_once(string fault)
    {
        var (tenant, user) = await NewUserAsync();
        // More often than the database layer itself repeats after a rollback.
        var attempts = 0;
        var done = await RunAsync(
            Terms(tenant, user),
            (change, _) =>
            {
                change.Record(Act);
                change.Touch();
                if (++attempts > 4)
                    return Task.FromResult<Outcome<Guid>>(change.User);
                if (fault == "rolled back")
                    throw new PostgresException("deadlock", "ERROR", "ERROR", PostgresErrorCodes.DeadlockDetected);
                // The unique key fails at the commit.
                change.Db.Add(new User { TenantId = tenant.Id, UserId = user });
                return Task.FromResult<Outcome<Guid>>(change.User);
            }
        );
        done.OrThrow().ShouldBe(user);
        attempts.ShouldBe(5);
        (await EntriesAsync(user)).Count.ShouldBe(1);
        (await tenant.Http.GetAsync(user)).Version.ShouldBe(2);
        await AnotherTenantSeesNothingAsync(user);
    }

    [Fact]
    public async Task Who_loses_every_race_is_told_after_a_bounded_number_of_attempts()
    {
        var (tenant, user) = await NewUserAsync();
        var attempts = 0;
        var lost = await Changes()
            .BatchAsync<Guid>(
                tenant.Id,
                user,
                (_, _) =>
                {
                    attempts++;
                    return Task.FromResult<Outcome<Guid>>(new Refusal.Busy());
                },
                default
            );
        lost.Refusal.ShouldBe(new Refusal.Busy());
        attempts.ShouldBe(50);
        lost.ToProblem().Status.ShouldBe(503);
        await UntouchedAsync(tenant, user);
        await AnotherTenantSeesNothingAsync(user);
    }

    [Fact]
    public async Task A_merge_at_the_same_moment_is_followed_and_never_reads_as_an_erasure()
    {
        var (tenant, user) = await NewUserAsync();
        var survivor = (await tenant.Http.ResolveAsync("2")).Id;
        var changed = await WhileHeldAsync(
            tenant,
            user,
            (row, now) => (row.MergedInto, row.MergedAt) = (survivor, now),
            node => RunAsync(Terms(tenant, user), Touched, node)
        );
        changed.OrThrow().ShouldBe(survivor);
        (await EntriesAsync(survivor)).Count.ShouldBe(1);
        (await EntriesAsync(user)).ShouldBeEmpty();
        await AnotherTenantSeesNothingAsync(survivor);
    }

    [Fact]
    public async Task A_batch_that_lost_to_a_merge_is_done_to_the_survivor()
    {
        var (tenant, user) = await NewUserAsync();
        var survivor = (await tenant.Http.ResolveAsync("2")).Id;
        var seen = new List<Guid>();
        var done = await Changes()
            .BatchAsync<Guid>(
                tenant.Id,
                user,
                async (person, _) =>
                {
                    seen.Add(person.User);
                    if (seen.Count > 1)
                        return person.User;
                    await tenant.Http.MergeAsync(user, survivor);
                    return new Refusal.Busy();
                },
                default
            );
        done.OrThrow().ShouldBe(survivor);
        seen.ShouldBe([user, survivor]);
        await AnotherTenantSeesNothingAsync(survivor);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_meets_the_end_of_the_person_is_told_of_it_and_stores_nothing(bool isDeleted)
    {
        var (tenant, user) = await NewUserAsync();
        var told = await WhileHeldAsync(
            tenant,
            user,
            (row, now) => (row.DeletedAt, row.ErasedAt) = (isDeleted ? now : null, isDeleted ? null : now),
            node => RunAsync(Terms(tenant, user), Touched, node)
        );
        told.Refusal.ShouldBe(new Refusal.Gone(isDeleted));
        (await EntriesAsync(user)).ShouldBeEmpty();
        await AnotherTenantSeesNothingAsync(user);
    }

    [Fact]
    public async Task Who_is_deleted_is_changed_only_where_the_terms_say_so()
    {
        var (tenant, user) = await NewUserAsync();
        (await tenant.Http.DeleteAsync(user)).EnsureSuccessStatusCode();
        (await RunAsync(Terms(tenant, user), Touched)).Refusal.ShouldBe(new Refusal.Gone(IsDeleted: true));
        (await RunAsync(Terms(tenant, user) with { WithDeleted = true }, Touched)).OrThrow().ShouldBe(user);
        await AnotherTenantSeesNothingAsync(user);
    }

    [Fact]
    public async Task Of_changes_on_two_nodes_to_one_version_exactly_one_is_done()
    {
        var (tenant, user) = await NewUserAsync();
        var second = await database.StartNodeAsync();
        for (var version = 1; version <= 3; version++)
        {
            Precondition.TryRead(Precondition.TagOf(version), out var match).ShouldBeNull();
            var terms = Terms(tenant, user) with { Match = UserRefusal.NotMatched(match) };
            var outcomes = await Task.WhenAll(
                Enumerable.Range(0, 8).Select(i => RunAsync(terms, Touched, i % 2 == 0 ? database.Node : second))
            );
            outcomes.Count(outcome => outcome.Refusal is null).ShouldBe(1);
            outcomes.Count(outcome => outcome.Refusal is Refusal.Changed).ShouldBe(7);
            (await tenant.Http.GetAsync(user)).Version.ShouldBe(version + 1);
        }

        (await EntriesAsync(user)).Count.ShouldBe(3);
        await AnotherTenantSeesNothingAsync(user);
    }

    [Fact]
    public async Task Two_nodes_that_change_one_person_take_turns()
    {
        var (tenant, user) = await NewUserAsync();
        var second = await database.StartNodeAsync();
        var done = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(i =>
                    RunAsync(
                        Terms(tenant, user),
                        async (change, stop) =>
                        {
                            // Reads, waits, writes: without the lock two would read the same version.
                            var before = await UserRows.VersionAsync(change.Db, user, stop);
                            await Task.Delay(5, stop);
                            await change
                                .Db.Set<User>()
                                .Where(row => row.UserId == user)
                                .ExecuteUpdateAsync(set => set.SetProperty(row => row.Version, before + 1), stop);
                            change.Record(Act);
                            return change.User;
                        },
                        i % 2 == 0 ? database.Node : second
                    )
                )
        );
        done.ShouldAllBe(outcome => outcome.Refusal == null);
        (await tenant.Http.GetAsync(user)).Version.ShouldBe(13);
        (await EntriesAsync(user)).Count.ShouldBe(12);
        await AnotherTenantSeesNothingAsync(user);
    }

    [Fact]
    public async Task Index_values_of_an_older_key_epoch_are_refused()
    {
        var (tenant, user) = await NewUserAsync();
        (await RunAsync(Terms(tenant, user) with { KeyEpoch = 1 }, Touched)).OrThrow().ShouldBe(user);
        (await RunAsync(Terms(tenant, user) with { KeyEpoch = 2 }, Touched)).Refusal.ShouldBe(new Refusal.Stale());
        (await EntriesAsync(user)).Count.ShouldBe(1);
        await AnotherTenantSeesNothingAsync(user);
    }

    [Fact]
    public async Task A_rotation_waits_for_a_change_that_holds_the_key_epoch()
    {
        var (tenant, user) = await NewUserAsync();
        var second = await database.StartNodeAsync();
        var (held, free) = (new TaskCompletionSource(), new TaskCompletionSource());
        var terms = Terms(tenant, user) with { KeyEpoch = 1 };
        var changing = RunAsync(
            terms,
            async (change, stop) =>
            {
                held.TrySetResult();
                await free.Task;
                return (await Touched(change, stop)).OrThrow();
            }
        );
        await held.Task;
        var rotation = second.Services.GetRequiredService<IndexRotation>();
        // On its own thread: SQLite blocks the thread while it waits for the file.
        var rotating = Task.Run(() => rotation.BeginAsync(tenant.Id, Actor.Operator(1000), default));
        await Task.WhenAny(rotating, Task.Delay(500));
        var waits = !rotating.IsCompleted;
        free.SetResult();
        (await changing).OrThrow().ShouldBe(user);
        (await rotating).Began.ShouldBeTrue();
        waits.ShouldBeTrue();
        (await RunAsync(terms, Touched)).Refusal.ShouldBe(new Refusal.Stale());
        await AnotherTenantSeesNothingAsync(user);
    }

    private static ChangeTerms Terms(TestTenant tenant, Guid user) => new(tenant.Id, user, Actor.Operator(1000));

    private static Task<Outcome<Guid>> Touched(PersonChange change, CancellationToken cancellation)
    {
        change.Record(Act);
        change.Touch();
        return Task.FromResult<Outcome<Guid>>(change.User);
    }

    private PersonChanges Changes(Node? node = null) => (node ?? database.Node).Services.GetRequiredService<PersonChanges>();

    private Task<Outcome<Guid>> RunAsync(
        ChangeTerms terms,
        Func<PersonChange, CancellationToken, Task<Outcome<Guid>>> change,
        Node? node = null
    ) => Changes(node).RunAsync(terms, change, default);

    /// <summary>Runs a change whose look-up precedes another transaction's change of the same user.</summary>
    private async Task<Outcome<Guid>> WhileHeldAsync(
        TestTenant tenant,
        Guid user,
        Action<User, DateTimeOffset> end,
        Func<Node, Task<Outcome<Guid>>> change
    )
    {
        var second = await database.StartNodeAsync();
        var (held, free) = (new TaskCompletionSource(), new TaskCompletionSource());
        var ending = second
            .Services.GetRequiredService<Platform.Storage.Database>()
            .WriteAsync(
                tenant.Id,
                async (db, stop) =>
                {
                    (await UserRows.LockAsync(db, user, stop)).ShouldBeTrue();
                    held.SetResult();
                    await free.Task;
                    end(await db.Set<User>().SingleAsync(row => row.UserId == user, stop), db.Now);
                    return true;
                },
                default
            );
        await held.Task;
        // On its own thread: SQLite blocks the thread while it waits for the file.
        var changed = Task.Run(() => change(database.Node));
        // Long enough for the look-up, which the lock does not block.
        await Task.WhenAny(changed, Task.Delay(500));
        var waits = !changed.IsCompleted;
        free.SetResult();
        await ending;
        waits.ShouldBeTrue();
        return await changed;
    }

    private async Task<(TestTenant Tenant, Guid User)> NewUserAsync()
    {
        var tenant = await database.Node.NewTenantAsync();
        return (tenant, (await tenant.Http.ResolveAsync("1")).Id);
    }

    private async Task<List<string>> EntriesAsync(Guid user)
    {
        await using var connection = await database.OpenAsync();
        return await connection.RowsAsync(
            $"select act, actor, subject from audit_pending where user_id = {RawSql.Literal(user)}"
        );
    }

    private async Task UntouchedAsync(TestTenant tenant, Guid user)
    {
        var shown = await tenant.Http.GetAsync(user);
        (shown.Version, shown.Identities.Count).ShouldBe((1, 1));
        (await EntriesAsync(user)).ShouldBeEmpty();
    }

    private async Task AnotherTenantSeesNothingAsync(Guid user)
    {
        var other = await database.Node.NewTenantAsync();
        (await RunAsync(Terms(other, user) with { WithDeleted = true }, Touched)).Refusal.ShouldBe(new Refusal.Absent());
        await other.Http.GetAsync($"/users/{user}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        (await database.CountAsync("audit_pending", other.Id, $"user_id = {RawSql.Literal(user)}")).ShouldBe(0);
    }
}
