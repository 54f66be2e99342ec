using System.Net;
using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Keys;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Webhooks;

public sealed class InboxBatchOnSqlite(OnSqlite database) : InboxBatchTests(database), IClassFixture<OnSqlite>;

public sealed class InboxBatchOnPostgres(OnPostgres database) : InboxBatchTests(database), IClassFixture<OnPostgres>;

/// <summary>
/// Events processed in one transaction do not affect each other; and gone users stay gone.
/// </summary>
public abstract class InboxBatchTests(TestedDatabase database) : IAsyncLifetime
{
    private TestTenant mine = null!;
    private TestTenant other = null!;
    private Node taker = null!;
    private ClerkSender clerk = null!;

    public async ValueTask InitializeAsync()
    {
        (mine, other, taker) = await database.StartClerkAsync(("Inbox:Work", "false"));
        clerk = new ClerkSender(taker.Client(), InboxLook.Mine);
    }

    public async ValueTask DisposeAsync()
    {
        (await database.CountAsync("users", other.Id)).ShouldBe(0);
        foreach (var table in new[] { "inbox", "inbox_seen", "inbox_subjects" })
            (await database.CountAsync(table, other.Id)).ShouldBe(0, table);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Events_that_wait_together_are_all_worked_each_for_its_own_person()
    {
        for (var i = 0; i < 150; i++)
            await clerk.GiveAsync(ClerkSender.User("user.created", $"user_{i}", 0, $"Name{i}"));
        await clerk.GiveAsync(ClerkSender.Deleted("user_7", 10));
        await WorkAsync();
        (await database.CountAsync("users", mine.Id, "deleted_at is null")).ShouldBe(149);
        foreach (var i in new[] { 0, 63, 64, 149 })
            (await mine.Http.FindAsync($"user_{i}@example.org"))!.FirstName.ShouldBe($"Name{i}");
        (await mine.Http.FindAsync("user_7@example.org", deleted: true))!.DeletedAt.ShouldNotBeNull();
        (await database.CountAsync("inbox_subjects", mine.Id, "events = 1")).ShouldBe(149);
    }

    [Fact]
    public async Task Of_two_who_want_one_address_at_once_one_gets_it_and_the_other_all_but_that()
    {
        foreach (var subject in new[] { "user_1", "user_2", "user_3" })
            await clerk.GiveAsync(
                ClerkSender.User("user.created", subject, 0, email: subject == "user_3" ? null : "both@example.org")
            );
        await WorkAsync(("Inbox:FirstRetry", "00:00:00.1"));
        (await database.CountAsync("users", mine.Id)).ShouldBe(3);
        (await mine.Http.FindAsync("both@example.org")).ShouldNotBeNull();
        (await mine.Http.FindAsync("user_3@example.org")).ShouldNotBeNull();
        (
            await database.CountAsync(
                "inbox",
                mine.Id,
                "state = 'dead' and fault = 'email.taken' and user_id is not null and day is null"
            )
        ).ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_takes_an_address_that_another_gives_up_at_the_same_time_gets_it()
    {
        var worker = await database.StartClerkNodeAsync(mine, other);
        await clerk.GiveAsync(ClerkSender.User("user.created", "user_1", 0, email: "old@example.org"));
        await database.DrainedAsync(mine.Id);
        await worker.DisposeAsync();
        await clerk.GiveAsync(ClerkSender.User("user.updated", "user_1", 10, email: "new@example.org"));
        await clerk.GiveAsync(ClerkSender.User("user.created", "user_2", 10, "Heir", "old@example.org"));
        await WorkAsync();
        (await mine.Http.FindAsync("old@example.org"))!.FirstName.ShouldBe("Heir");
        (await mine.Http.FindAsync("new@example.org")).ShouldNotBeNull();
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task An_address_that_an_event_of_another_batch_is_about_to_give_up_is_waited_for()
    {
        await clerk.GiveAsync(ClerkSender.User("user.created", "user_1", 0, email: "old@example.org"));
        await WorkAsync();
        await clerk.GiveAsync(ClerkSender.User("user.updated", "user_1", 10, email: "new@example.org"));
        var queue = taker.Services.GetRequiredService<InboxQueue>();
        var first = await queue.ClaimAsync(mine.Id, untried: true, 1, default);
        await clerk.GiveAsync(ClerkSender.User("user.created", "user_2", 10, "Heir", "old@example.org"));
        var second = await queue.ClaimAsync(mine.Id, untried: true, 1, default);
        (await ProcessAsync(second)).ShouldBe([new InboxResult.Later("email.taken")]);
        (await database.CountAsync("inbox", mine.Id, "state = 'pending' and attempts = 1 and fault = 'email.taken'")).ShouldBe(1);
        (await database.CountAsync("users", mine.Id)).ShouldBe(1);
        (await ProcessAsync(first)).ShouldBe([new InboxResult.Done()]);
        await database.AgeAsync("inbox.due_at", TimeSpan.FromMinutes(1));
        await WorkAsync();
        (await mine.Http.FindAsync("old@example.org"))!.FirstName.ShouldBe("Heir");
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(0);

        async Task<IReadOnlyList<InboxResult>> ProcessAsync(List<Claim> claims)
        {
            var handler = taker.HandlerOf<Hatcheck.Access.Webhooks.ClerkHandler>();
            using var body = await taker
                .Services.GetRequiredService<InboxBodies>()
                .OpenAsync(claims.ShouldHaveSingleItem(), default);
            InboxEvent[] events = [handler.Read(claims[0], body.Reveal().ToArray())!];
            return await taker.Services.GetRequiredService<InboxBatches>().ProcessAsync(handler, mine.Id, events, default);
        }
    }

    [Fact]
    public async Task One_event_that_spoils_the_transaction_fails_alone()
    {
        for (var i = 0; i < 20; i++)
            await clerk.GiveAsync(ClerkSender.User("user.created", $"user_{i}", 0));
        await using var behind = await database.OpenAsync();
        var hash = (
            await behind.RowsAsync(
                $"select subject_hash from inbox where tenant_id = {RawSql.Literal(mine.Id)} order by event_hash"
            )
        )[11];
        await using (await SpoiltRows.PlantAsync(database, "inbox_subjects", "update", $"row.subject_hash = '{hash}'"))
            await WorkAsync(("Inbox:MaxAttempts", "2"), ("Inbox:FirstRetry", "00:00:00.1"));
        (await database.CountAsync("users", mine.Id)).ShouldBe(19);
        (await database.CountAsync("inbox", mine.Id, $"state = 'dead' and attempts = 2 and subject_hash = '{hash}'")).ShouldBe(1);
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task Two_subjects_of_one_person_are_worked_one_after_the_other()
    {
        var worker = await database.StartClerkNodeAsync(mine, other);
        foreach (var subject in new[] { "user_1", "user_2" })
            await clerk.GiveAsync(ClerkSender.User("user.created", subject, 0));
        await database.DrainedAsync(mine.Id);
        var (one, two) = (
            (await mine.Http.FindAsync("user_1@example.org"))!.Id,
            (await mine.Http.FindAsync("user_2@example.org"))!.Id
        );
        var code = await mine
            .Http.PostJsonAsync($"/users/{one}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        await mine.Http.PostJsonAsync($"/users/{two}/merge", $$"""{"code":"{{code.Code}}"}""").ReadAsync<UserResponse>();
        await worker.DisposeAsync();
        foreach (var subject in new[] { "user_1", "user_2" })
            await clerk.GiveAsync(ClerkSender.User("user.updated", subject, 10, "Merged", "merged@example.org"));
        await WorkAsync();
        (await mine.Http.FindAsync("merged@example.org"))!.Id.ShouldBe(one);
        (await database.CountAsync("inbox_subjects", mine.Id, "events = 2")).ShouldBe(2);
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(0);
        // The erasure of the one user keeps both subjects from returning.
        (await mine.Http.DeleteAsync($"/users/{two}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await database.CountAsync("inbox_subjects", mine.Id, "state = 'erased' and identity_id is null")).ShouldBe(2);
    }

    [Fact]
    public async Task Somebody_erased_before_any_event_came_is_not_made_by_one_however_late()
    {
        var keys = await taker.Services.GetRequiredService<TenantKeys>().GetAsync(mine.Id, 1, default);
        var name = IdentityName.Of(keys, new ExternalChannel("clerk"), "user_1", blindOnly: false);
        var user = (await taker.Services.GetRequiredService<Resolver>().ResolveAsync(mine.Id, 1, name, default)).OrThrow().Id;
        (await mine.Http.DeleteAsync($"/users/{user}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await database.AgeAsync("inbox_subjects.touched_at", TimeSpan.FromDays(400));
        await taker.Services.GetRequiredService<InboxCleaning>().RunAsync(JobRun.PerNode, mine.Id, default);
        await clerk.GiveAsync(ClerkSender.User("user.updated", "user_1", 3500));
        await clerk.GiveAsync(ClerkSender.User("user.updated", "user_2", 3500));
        await WorkAsync();
        (await mine.Http.FindAsync("user_1@example.org", deleted: true)).ShouldBeNull();
        (await mine.Http.FindAsync("user_2@example.org")).ShouldNotBeNull();
        (await database.CountAsync("users", mine.Id, "erased_at is null")).ShouldBe(1);
    }

    [Fact]
    public async Task A_blind_only_tenant_knows_the_subject_again_and_keeps_it_nowhere()
    {
        var blind = await database.Node.NewTenantAsync(blindOnly: true);
        var worker = await database.StartClerkNodeAsync(blind, other);
        var sender = new ClerkSender(worker.Client(), InboxLook.Mine);
        await sender.GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        await sender.GiveAsync(ClerkSender.User("user.updated", "user_1", 10, "Augusta"));
        await database.DrainedAsync(blind.Id);
        var user = (await blind.Http.FindAsync("user_1@example.org")).ShouldNotBeNull();
        (user.FirstName, user.ExternalSubject, user.Identities.ShouldHaveSingleItem().BlindOnly).ShouldBe(
            ("Augusta", null, true)
        );
        (await blind.Http.DeleteAsync($"/users/{user.Id}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await sender.GiveAsync(ClerkSender.User("user.updated", "user_1", 3500));
        await database.DrainedAsync(blind.Id);
        (await database.CountAsync("users", blind.Id, "erased_at is null")).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_signed_is_never_limited_and_what_is_not_is()
    {
        var node = await database.StartClerkNodeAsync(
            mine,
            other,
            ("Limits:AddressPermits", "4"),
            ("Limits:Window", "01:00:00"),
            ("Limits:FreeFailures", "1"),
            ("Http:TrustedProxies", "127.0.0.1")
        );
        using var http = node.Client();
        // Its own address: the other tests count against this machine's.
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.77");
        var signed = new ClerkSender(http, InboxLook.Mine);
        var forged = new ClerkSender(http, InboxLook.Mine, "whsec_" + Convert.ToBase64String(new byte[24]));
        async Task SendSignedAsync()
        {
            using var response = await signed.SendAsync(
                System.Text.Encoding.UTF8.GetBytes(ClerkSender.User("user.updated", "user_1", 0))
            );
            (response.StatusCode, response.Headers.Contains("RateLimit")).ShouldBe((HttpStatusCode.OK, false));
        }

        for (var i = 0; i < 8; i++)
            await SendSignedAsync();
        for (var i = 0; i < 4; i++)
            await forged.SendAsync([]).ShouldFailAsync(401, ProblemCodes.WebhookSignature);
        var refused = await forged.SendAsync([]).ShouldFailAsync(429, ProblemCodes.RateLimited);
        refused.Status.ShouldBe(429);
        await SendSignedAsync();
        // Nor by other requests of the address: wrong keys here.
        for (var i = 0; i < 3; i++)
        {
            using var guess = new HttpRequestMessage(HttpMethod.Get, "/tenant")
            {
                Headers = { { "Authorization", "Bearer hck_live_wrong" } },
            };
            ((int)(await http.SendAsync(guess)).StatusCode).ShouldBeOneOf(401, 429);
        }

        await SendSignedAsync();
        await database.DrainedAsync(mine.Id);
    }

    private async Task WorkAsync(params (string Name, string Value)[] settings)
    {
        await using var worker = await database.StartClerkNodeAsync(mine, other, settings);
        await database.DrainedAsync(mine.Id);
    }
}
