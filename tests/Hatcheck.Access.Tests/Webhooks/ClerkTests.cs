using System.Net;
using System.Text;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;

namespace Hatcheck.Access.Tests.Webhooks;

public sealed class ClerkOnSqlite(OnSqlite database) : ClerkTests(database), IClassFixture<OnSqlite>;

public sealed class ClerkOnPostgres(OnPostgres database) : ClerkTests(database), IClassFixture<OnPostgres>;

/// <summary>
/// The effect of Clerk's events, seen through the API; every test also checks that another tenant sees nothing.
/// </summary>
public abstract class ClerkTests(TestedDatabase database) : IAsyncLifetime
{
    private TestTenant mine = null!;
    private TestTenant other = null!;
    private HttpClient http = null!;
    private ClerkSender clerk = null!;

    public async ValueTask InitializeAsync()
    {
        (mine, other, var node) = await database.StartClerkAsync(("Inbox:FirstRetry", "00:00:00.1"));
        http = node.Client();
        clerk = new ClerkSender(http, InboxLook.Mine);
    }

    public async ValueTask DisposeAsync()
    {
        (await database.CountAsync("users", other.Id)).ShouldBe(0);
        foreach (var table in new[] { "inbox", "inbox_seen", "inbox_subjects" })
            (await database.CountAsync(table, other.Id)).ShouldBe(0, table);
        http.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_created_user_becomes_a_user_with_a_profile()
    {
        await GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        var user = (await mine.Http.FindAsync("user_1@example.org")).ShouldNotBeNull();
        (user.FirstName, user.LastName, user.PictureUrl, user.EmailVerified, user.Phone).ShouldBe(
            ("Ada", "Lovelace", "https://img.clerk.com/user_1", true, null)
        );
        user.ExternalSubject.ShouldBe("user_1");
        var identity = user.Identities.ShouldHaveSingleItem();
        (identity.Channel, identity.Kind).ShouldBe(("external", "clerk"));
        (await other.Http.FindAsync("user_1@example.org")).ShouldBeNull();
        await other.Http.GetAsync($"/users/{user.Id}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        // Processed: only hashes of the event remain.
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(0);
        (await database.CountAsync("inbox_seen", mine.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task An_older_update_that_comes_late_overwrites_nothing()
    {
        await GiveAsync(ClerkSender.User("user.updated", "user_1", 20, "Newest"));
        await GiveAsync(ClerkSender.User("user.updated", "user_1", 10, "Older"));
        await GiveAsync(ClerkSender.User("user.created", "user_1", 0, "Oldest"));
        (await mine.Http.FindAsync("user_1@example.org"))!.FirstName.ShouldBe("Newest");
        await GiveAsync(ClerkSender.User("user.updated", "user_1", 30, "Newer"));
        (await mine.Http.FindAsync("user_1@example.org"))!.FirstName.ShouldBe("Newer");
        (await database.CountAsync("users", mine.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task An_update_changes_what_is_Clerks_and_leaves_what_is_the_tenants()
    {
        await GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        var user = (await mine.Http.FindAsync("user_1@example.org"))!;
        (
            await mine.Http.PatchAsync(
                user.Id,
                """{"display_name":"Countess","locale":"en-GB","onboarding_state":"done","attributes":{"plan":"gold"}}"""
            )
        ).EnsureSuccessStatusCode();
        await GiveAsync(ClerkSender.User("user.updated", "user_1", 10, "Augusta", "augusta@example.org"));
        var after = await mine.Http.GetAsync(user.Id);
        (
            after.FirstName,
            after.Email,
            after.DisplayName,
            after.Locale,
            after.OnboardingState,
            after.Attributes!["plan"]
        ).ShouldBe(("Augusta", "augusta@example.org", "Countess", "en-GB", "done", "gold"));
        (await mine.Http.FindAsync("user_1@example.org")).ShouldBeNull();
    }

    [Fact]
    public async Task A_deletion_deletes_the_user_and_nothing_late_brings_them_back()
    {
        await GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        var user = (await mine.Http.FindAsync("user_1@example.org"))!;
        await GiveAsync(ClerkSender.Deleted("user_1", 30));
        // With all of the user's data.
        foreach (var part in new[] { "", "/preferences", "/preferences/history", "/usage" })
            await mine.Http.GetAsync($"/users/{user.Id}{part}").ShouldFailAsync(410, ProblemCodes.UserDeleted);
        await mine
            .Http.PostJsonAsync($"/users/{user.Id}/usage", """{"action":"a"}""")
            .ShouldFailAsync(410, ProblemCodes.UserDeleted);
        foreach (
            var late in new[]
            {
                ClerkSender.User("user.created", "user_1", 0),
                ClerkSender.User("user.updated", "user_1", 20),
                ClerkSender.User("user.updated", "user_1", 40),
                ClerkSender.Deleted("user_1", 30),
            }
        )
            await GiveAsync(late);
        await mine.Http.GetAsync($"/users/{user.Id}").ShouldFailAsync(410, ProblemCodes.UserDeleted);
        (await database.CountAsync("users", mine.Id)).ShouldBe(1);
        // A restore returns everything, as after any deletion.
        (await mine.Http.RestoreAsync(user.Id)).EnsureSuccessStatusCode();
        (await mine.Http.FindAsync("user_1@example.org"))!.FirstName.ShouldBe("Ada");
    }

    [Fact]
    public async Task A_deletion_that_overtakes_the_creation_leaves_nobody()
    {
        await GiveAsync(ClerkSender.Deleted("user_1", 30));
        await GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        await GiveAsync(ClerkSender.User("user.updated", "user_1", 20));
        (await database.CountAsync("users", mine.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task An_erased_user_does_not_come_back_and_the_tombstone_names_nobody()
    {
        await GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        var user = (await mine.Http.FindAsync("user_1@example.org"))!;
        (await mine.Http.DeleteAsync($"/users/{user.Id}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        // Also events from after the erasure: age the tombstone so that all count as such.
        await RawSql.ExecuteAsync(
            database,
            database.Name == "sqlite" ? "update inbox_subjects set event_at = 0" : "update inbox_subjects set event_at = 'epoch'"
        );
        await GiveAsync(ClerkSender.User("user.updated", "user_1", 3500, "Newer than all"));
        (await database.CountAsync("inbox_subjects", mine.Id, "state = 'erased' and events = 3")).ShouldBe(1);
        await GiveAsync(ClerkSender.Deleted("user_1", 3550));
        (await database.CountAsync("users", mine.Id)).ShouldBe(1);
        (await database.CountAsync("users", mine.Id, "erased_at is null")).ShouldBe(0);
        (await database.CountAsync("identities", mine.Id)).ShouldBe(0);
        (await database.CountAsync("inbox_subjects", mine.Id)).ShouldBe(1);
        (await mine.Http.FindAsync("user_1@example.org", deleted: true)).ShouldBeNull();
    }

    [Fact]
    public async Task A_repeat_is_acknowledged_and_does_nothing()
    {
        var (id, body) = (ClerkSender.NewId(), ClerkSender.User("user.created", "user_1", 0));
        for (var i = 0; i < 3; i++)
            await clerk.GiveAsync(body, id);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => clerk.GiveAsync(body, id)));
        await database.DrainedAsync(mine.Id);
        (await database.CountAsync("inbox_seen", mine.Id)).ShouldBe(1);
        (await database.CountAsync("inbox_subjects", mine.Id, "events = 1")).ShouldBe(1);
    }

    [Theory]
    [InlineData(
        """[{"id":"a","email_address":"a@example.org"},"""
            + """{"id":"b","email_address":"b@example.org","verification":{"status":"verified"}}]""",
        "\"a\"",
        "a@example.org",
        false
    )]
    [InlineData(
        """[{"id":"a","email_address":"a@example.org"},"""
            + """{"id":"b","email_address":"b@example.org","verification":{"status":"verified"}}]""",
        "null",
        "b@example.org",
        true
    )]
    [InlineData(
        """[{"id":"a","email_address":"a@example.org","verification":{"status":"unverified"}},"""
            + """{"id":"b","email_address":"b@example.org"}]""",
        "null",
        null,
        null
    )]
    [InlineData("""[{"id":"a","email_address":"a@example.org","verification":null}]""", "\"gone\"", "a@example.org", false)]
    [InlineData("""[{"id":"a","email_address":"no address","verification":{"status":"verified"}}]""", "\"a\"", null, null)]
    [InlineData("[]", "null", null, null)]
    [InlineData("null", "\"a\"", null, null)]
    [InlineData("\"text\"", "7", null, null)]
    public async Task The_primary_address_counts_or_else_the_one_that_is_certain(
        string addresses,
        string primary,
        string? email,
        bool? verified
    )
    {
        await GiveAsync(
            $$"""
            {
              "type": "user.created",
              "data": {
                "id": "user_1",
                "first_name": null,
                "email_addresses": {{addresses}},
                "primary_email_address_id": {{primary}},
                "phone_numbers": [{ "id": "p", "phone_number": "+491701234567" }],
                "primary_phone_number_id": "p"
              }
            }
            """
        );
        var user = (
            await mine.Http.PostJsonAsync("/users/search", """{"phone":"+491701234567"}""").ReadAsync<UserSearchResponse>()
        ).Items.ShouldHaveSingleItem();
        (user.Email, user.EmailVerified, user.FirstName).ShouldBe((email, verified, null));
    }

    [Fact]
    public async Task What_a_profile_can_not_hold_is_left_out_and_the_rest_is_kept()
    {
        var name = new string('x', 201);
        await GiveAsync(
            $$"""
            {
              "type": "user.created",
              "data": {
                "id": "user_1",
                "first_name": "{{name}}",
                "last_name": "a\nb",
                "image_url": "http://plain.example/x",
                "email_addresses": [{ "id": "a", "email_address": "a@example.org" }],
                "phone_numbers": [{ "id": "p", "phone_number": "+1" }]
              }
            }
            """
        );
        var user = (await mine.Http.FindAsync("a@example.org")).ShouldNotBeNull();
        (user.FirstName, user.LastName, user.PictureUrl, user.Phone).ShouldBe((null, null, null, null));
    }

    [Fact]
    public async Task The_same_subject_and_event_of_two_tenants_are_two()
    {
        var (id, body) = (ClerkSender.NewId(), ClerkSender.User("user.created", "user_1", 0));
        await clerk.GiveAsync(body, id);
        await new ClerkSender(http, InboxLook.Others).GiveAsync(body, id);
        await database.DrainedAsync(mine.Id);
        await database.DrainedAsync(other.Id);
        var (one, two) = (
            (await mine.Http.FindAsync("user_1@example.org"))!,
            (await other.Http.FindAsync("user_1@example.org"))!
        );
        one.Id.ShouldNotBe(two.Id);
        (await other.Http.DeleteAsync($"/users/{two.Id}?confirm=true")).EnsureSuccessStatusCode();
        await GiveAsync(ClerkSender.User("user.updated", "user_1", 10, "Still here"));
        (await mine.Http.GetAsync(one.Id)).FirstName.ShouldBe("Still here");
        await using var behind = await RawSql.OpenAsync(database);
        foreach (var table in new[] { "inbox_seen", "inbox_subjects", "users" })
            await RawSql.ExecuteAsync(behind, $"delete from {table} where tenant_id = {RawSql.Literal(other.Id)}");
    }

    [Theory]
    [InlineData("""{"type":"session.created","data":{"id":"sess_1"}}""")]
    [InlineData("""{"type":"user.createdx","data":7}""")]
    public async Task Other_types_are_acknowledged_and_not_kept(string body)
    {
        await clerk.GiveAsync(body);
        (await database.CountAsync("inbox_seen", mine.Id)).ShouldBe(0);
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"type":7}""")]
    [InlineData("""{"type":"user.created"}""")]
    [InlineData("""{"type":"user.created","data":{}}""")]
    [InlineData("""{"type":"user.created","data":{"id":""}}""")]
    [InlineData("""{"type":"user.created","data":{"id":"a b"}}""")]
    [InlineData("""{"type":"user.created","data":{"id":"a","id":"b"}}""")]
    [InlineData("""{"type":"user.created","data":{"id":"a","first_name":"\ud800"}}""")]
    [InlineData("""{"type":"user.created","data":{"id":"a"}} trailing""")]
    [InlineData("\u0000")]
    public async Task What_is_no_event_is_refused_and_not_kept(string body)
    {
        await clerk.SendAsync(Encoding.UTF8.GetBytes(body)).ShouldFailAsync(400, ProblemCodes.Malformed);
        (await database.CountAsync("inbox_seen", mine.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_nesting_without_end_and_too_much_are_refused()
    {
        await clerk
            .SendAsync([.. "{\"type\":\"user.created\",\"data\":{\"id\":\""u8, 0xff, .. "\"}}"u8])
            .ShouldFailAsync(400, ProblemCodes.Malformed);
        await clerk
            .SendAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[", 10_000))))
            .ShouldFailAsync(400, ProblemCodes.Malformed);
        await clerk.SendAsync(new byte[(256 * 1024) + 1]).ShouldFailAsync(413, ProblemCodes.TooLarge);
        (await database.CountAsync("inbox_seen", mine.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_good_signature_lately_nothing_is_taken_and_an_unknown_end_point_is_none()
    {
        var body = Encoding.UTF8.GetBytes(ClerkSender.User("user.created", "user_1", 0));
        var forged = new ClerkSender(http, InboxLook.Mine, "whsec_" + Convert.ToBase64String(new byte[24]));
        await forged.SendAsync(body).ShouldFailAsync(401, ProblemCodes.WebhookSignature);
        await http.PostJsonAsync($"/webhooks/clerk/{InboxLook.Mine}", "{}").ShouldFailAsync(401, ProblemCodes.WebhookSignature);
        await clerk.SendAsync(body, at: DateTimeOffset.UtcNow.AddMinutes(-6)).ShouldFailAsync(401, ProblemCodes.WebhookTimestamp);
        await clerk.SendAsync(body, at: DateTimeOffset.UtcNow.AddMinutes(6)).ShouldFailAsync(401, ProblemCodes.WebhookTimestamp);
        foreach (var unknown in new[] { "nobody", "" })
            await new ClerkSender(http, unknown).SendAsync(body).ShouldFailAsync(404, ProblemCodes.NoSuchEndpoint);
        (await database.CountAsync("inbox_seen", mine.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task The_only_end_point_of_an_installation_needs_no_name()
    {
        var node = await database.StartClerkNodeAsync([(InboxLook.Mine, mine)], null);
        using var alone = node.Client();
        await new ClerkSender(alone, "").GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        await new ClerkSender(alone, InboxLook.Mine).GiveAsync(ClerkSender.User("user.updated", "user_1", 1, "Augusta"));
        await database.DrainedAsync(mine.Id);
        (await mine.Http.FindAsync("user_1@example.org"))!.FirstName.ShouldBe("Augusta");
        await new ClerkSender(alone, "", "whsec_" + Convert.ToBase64String(new byte[24]))
            .SendAsync([])
            .ShouldFailAsync(401, ProblemCodes.WebhookSignature);
    }

    private async Task GiveAsync(string body)
    {
        await clerk.GiveAsync(body);
        await database.DrainedAsync(mine.Id);
    }
}
