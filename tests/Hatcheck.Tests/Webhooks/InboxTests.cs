using System.Text;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Cli;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Rotation;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Webhooks;

public sealed class InboxOnSqlite(OnSqlite database) : InboxTests(database), IClassFixture<OnSqlite>;

public sealed class InboxOnPostgres(OnPostgres database) : InboxTests(database), IClassFixture<OnPostgres>;

/// <summary>The inbox itself: its content, leases, failures, dead letters, and retention.</summary>
public abstract class InboxTests(TestedDatabase database)
{
    private const string Email = "canary-address@example.org";
    private const string Subject = "user_canarysubject";

    [Fact]
    public async Task What_waits_can_not_be_read_and_names_nobody()
    {
        var (mine, other, node) = await database.StartClerkAsync(("Inbox:Work", "false"));
        using var http = node.Client();
        var id = "msg_canaryid";
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(
            ClerkSender.User("user.created", Subject, 0, "Canaryname", Email),
            id
        );
        (await database.CountAsync("inbox", mine.Id, "state = 'pending' and day is not null and user_id is null")).ShouldBe(1);
        await NothingIsReadableAsync(node, Email, Subject, "Canaryname", id);
        // Nor once it is processed, or is a dead letter of the user that it names.
        (await database.CountAsync("users", mine.Id)).ShouldBe(0);
        var holder = await mine.Http.CreateAsync("""{"email":"canary-taken@example.org"}""");
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(
            ClerkSender.User("user.created", "user_canarysecond", 0, "Canarysecond", holder.Email),
            "msg_canarysecond"
        );
        var worker = await database.StartClerkNodeAsync(mine, other);
        await database.DrainedAsync(mine.Id);
        (await database.CountAsync("inbox", mine.Id, "state = 'dead' and user_id is not null")).ShouldBe(1);
        (await mine.Http.FindAsync(Email))!.ExternalSubject.ShouldBe(Subject);
        await NothingIsReadableAsync(
            worker,
            Email,
            Subject,
            "Canaryname",
            id,
            holder.Email!,
            "user_canarysecond",
            "Canarysecond",
            "msg_canarysecond"
        );
    }

    // Rows of every table as text and bytes; on SQLite the files themselves.
    private async Task NothingIsReadableAsync(Node node, params string[] canaries)
    {
        var files =
            database.Name == "sqlite" ? Directory.GetFiles(database.Folder, "hatcheck.db*").Select(ReadShared).ToList() : [];
        (database.Name == "sqlite").ShouldBe(files.Count > 1);
        await using var behind = await RawSql.OpenAsync(database);
        var rows = new List<string>();
        foreach (var table in StoredRows.Tables)
            rows.AddRange(
                await behind.RowsAsync(database.Name == "sqlite" ? $"select * from {table}" : $"select t::text from {table} t")
            );
        var text = string.Join('\n', rows);
        foreach (var canary in canaries)
        {
            text.ShouldNotContain(canary, Case.Insensitive);
            text.ShouldNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(canary)), Case.Insensitive);
            files.Exists(file => file.AsSpan().IndexOf(Encoding.UTF8.GetBytes(canary)) >= 0).ShouldBeFalse(canary);
        }

        node.Log.ToString().ShouldNotContain("canary", Case.Insensitive);
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    [Fact]
    public async Task A_node_that_died_at_work_is_followed_by_another_when_its_lease_is_over()
    {
        var (mine, other, taker) = await database.StartClerkAsync(("Inbox:Work", "false"));
        using var http = taker.Client();
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        // A node claims and is lost.
        var queue = taker.Services.GetRequiredService<InboxQueue>();
        var claim = (await queue.ClaimAsync(mine.Id, untried: true, 10, default)).ShouldHaveSingleItem();
        (await queue.ClaimAsync(mine.Id, untried: true, 10, default)).ShouldBeEmpty();
        (await queue.ClaimAsync(other.Id, untried: true, 10, default)).ShouldBeEmpty();
        await database.ExecuteAsync(
            database.Name == "sqlite" ? "update inbox set lease_until = 0" : "update inbox set lease_until = 'epoch'"
        );
        await database.StartClerkNodeAsync(mine, other);
        await database.DrainedAsync(mine.Id);
        (await mine.Http.FindAsync("user_1@example.org")).ShouldNotBeNull();
        // The lost node comes back: its lease has ended.
        (
            await taker
                .Services.GetRequiredService<Database>()
                .WriteAsync(mine.Id, (db, stop) => InboxQueue.HoldAsync(db, [claim], stop), default)
        ).ShouldBeEmpty();
    }

    [Fact]
    public async Task Events_of_one_subject_are_worked_one_after_the_other_and_do_not_hold_up_another()
    {
        var (mine, _, node) = await database.StartClerkAsync(("Inbox:Work", "false"));
        using var http = node.Client();
        var clerk = new ClerkSender(http, InboxLook.Mine);
        foreach (var (subject, second) in new[] { ("user_1", 0), ("user_1", 1), ("user_2", 0), ("user_1", 2) })
            await clerk.GiveAsync(ClerkSender.User("user.updated", subject, second));
        var queue = node.Services.GetRequiredService<InboxQueue>();
        var first = await queue.ClaimAsync(mine.Id, untried: true, 10, default);
        first.Select(claim => claim.SubjectHash).Distinct(StringComparer.Ordinal).Count().ShouldBe(2);
        first.Count.ShouldBe(2);
        (await queue.ClaimAsync(mine.Id, untried: true, 10, default)).ShouldBeEmpty();
        // While it waits for its next attempt, it still delays those behind it.
        (await queue.TryPostponeAsync(first.OrderBy(claim => claim.EventAt).First(), "test", default)).ShouldBeTrue();
        (await queue.ClaimAsync(mine.Id, untried: true, 10, default)).ShouldBeEmpty();
        (await queue.ClaimAsync(mine.Id, untried: false, 10, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_fails_again_and_again_becomes_a_dead_letter_that_holds_up_nobody()
    {
        var (mine, other, taker) = await database.StartClerkAsync(("Inbox:Work", "false"));
        using var http = taker.Client();
        var clerk = new ClerkSender(http, InboxLook.Mine);
        await clerk.GiveAsync(ClerkSender.User("user.created", "user_1", 0, "First"));
        await database.ExecuteAsync(
            database.Name == "sqlite"
                ? "update inbox set body = zeroblob(200)"
                : "update inbox set body = decode(repeat('00', 200), 'hex')"
        );
        await clerk.GiveAsync(ClerkSender.User("user.updated", "user_1", 1, "Second"));
        var worker = await database.StartClerkNodeAsync(
            mine,
            other,
            ("Inbox:MaxAttempts", "2"),
            ("Inbox:FirstRetry", "00:00:00.1")
        );
        await database.DrainedAsync(mine.Id);
        (await database.CountAsync("inbox", mine.Id, "state = 'dead' and attempts = 2 and fault = 'body.cannot_open'")).ShouldBe(
            1
        );
        (await mine.Http.FindAsync("user_1@example.org"))!.FirstName.ShouldBe("Second");
        worker.Log.ToString().ShouldContain("dead letter");
    }

    [Fact]
    public async Task An_event_of_a_person_whose_key_can_not_be_opened_comes_to_an_end_too()
    {
        var (mine, other, first) = await database.StartClerkAsync();
        using (var http = first.Client())
            await new ClerkSender(http, InboxLook.Mine).GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        await database.DrainedAsync(mine.Id);
        await first.DisposeAsync();
        var broken = database.Name == "sqlite" ? "zeroblob(60)" : "decode(repeat('00', 60), 'hex')";
        await database.ExecuteAsync($"update user_keys set wrapped = {broken} where tenant_id = {RawSql.Literal(mine.Id)}");
        var worker = await database.StartClerkNodeAsync(mine, other, ("Inbox:MaxAttempts", "1"));
        using var again = worker.Client();
        await new ClerkSender(again, InboxLook.Mine).GiveAsync(ClerkSender.User("user.updated", "user_1", 1, "Second"));
        await database.DrainedAsync(mine.Id);
        (
            await database.CountAsync(
                "inbox",
                mine.Id,
                "state = 'dead' and fault = 'body.cannot_open' and day is not null and user_id is null"
            )
        ).ShouldBe(1);
        (await database.CountAsync("inbox", other.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task What_an_end_point_had_brought_is_forgotten_also_when_the_end_point_is_gone()
    {
        var (mine, other, taker) = await database.StartClerkAsync(("Inbox:Work", "false"));
        using (var http = taker.Client())
        {
            await new ClerkSender(http, InboxLook.Mine).GiveAsync(ClerkSender.User("user.created", "user_1", 0));
            await new ClerkSender(http, InboxLook.Others).GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        }

        await taker.DisposeAsync();
        foreach (var table in new[] { "day_keys", "inbox" })
            await database.ExecuteAsync($"update {table} set day = day - 10 where tenant_id = {RawSql.Literal(mine.Id)}");
        var worker = await database.StartClerkNodeAsync([(InboxLook.Others, other)], null);
        // The fixture's node has had its run of this hour.
        (await worker.VerbAsync("jobs", "run", "inbox-cleaning")).Succeeded();
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(0);
        (await database.CountAsync("day_keys", mine.Id)).ShouldBe(0);
        (await database.CountAsync("day_keys", other.Id)).ShouldBe(1);
        await worker.DisposeAsync();
        worker.Log.ToString().ShouldContain("discarded unprocessed");
    }

    [Fact]
    public async Task An_address_that_is_taken_leaves_a_dead_letter_which_an_operator_reads_and_replays()
    {
        var (mine, other, node) = await database.StartClerkAsync(("Inbox:FirstRetry", "00:00:00.1"));
        using var http = node.Client();
        var holder = await mine.Http.CreateAsync($$"""{"email":"{{Email}}"}""");
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(
            $$"""{"type":"user.created","data":{"id":"{{Subject}}","first_name":"Ada","""
                + $$""" "email_addresses":[{"id":"a","email_address":"{{Email}}"}],"""
                + """ "phone_numbers":[{"id":"p","phone_number":"+491701234567"}]} }"""
        );
        await database.DrainedAsync(mine.Id);
        var user = (
            await mine.Http.PostJsonAsync("/users/search", """{"phone":"+491701234567"}""").ReadAsync<UserSearchResponse>()
        ).Items.ShouldHaveSingleItem();
        (user.FirstName, user.Email).ShouldBe(("Ada", null));

        var inbox = node.Services.GetRequiredService<InboxEntries>();
        (await inbox.ListAsync(other.Id, onlyDead: false, 10, default)).ShouldBeEmpty();
        var entry = (await inbox.ListAsync(mine.Id, onlyDead: true, 10, default)).ShouldHaveSingleItem();
        (entry.Fault, entry.UserId, entry.Body).ShouldBe(("email.taken", user.Id, null));
        await Should.ThrowAsync<Platform.OperatorException>(() =>
            inbox.OpenAsync(mine.Id, entry.Id, "short", Actor.Operator(1000), default)
        );
        await Should.ThrowAsync<Platform.OperatorException>(() =>
            inbox.OpenAsync(other.Id, entry.Id, "a long enough reason", Actor.Operator(1000), default)
        );
        (await inbox.OpenAsync(mine.Id, entry.Id, "a long enough reason", Actor.Operator(1000), default))
            .Body.ShouldNotBeNull()
            .ShouldContain(Email);
        (await database.AuditDetailsAsync(mine.Id, user.Id))
            .Contains("a long enough reason", StringComparer.Ordinal)
            .ShouldBeTrue();
        // Sealed under the user's own key, so it is in their export.
        var export = JsonSerializer.Serialize(
            await mine.Http.GetAsync($"/users/{user.Id}/export").ReadAsync<UserExport>(),
            HatcheckJson.Default.UserExport
        );
        export.ShouldContain("inbox_events");
        export.ShouldContain(Subject);
        (await database.CountAsync("inbox", mine.Id, "day is null and user_id is not null")).ShouldBe(1);

        (await mine.Http.DeleteAsync($"/users/{holder.Id}?confirm=true")).EnsureSuccessStatusCode();
        await inbox.ReplayAsync(mine.Id, entry.Id, Actor.Operator(1000), default);
        await database.DrainedAsync(mine.Id);
        (await mine.Http.FindAsync(Email))!.Id.ShouldBe(user.Id);
        (await inbox.ListAsync(mine.Id, onlyDead: false, 10, default)).ShouldBeEmpty();
        (
            await database.CountAsync(
                "audit_pending",
                mine.Id,
                "act in ('inbox.show', 'inbox.replay') and actor = 'operator:1000'"
            )
        ).ShouldBe(2);
    }

    [Fact]
    public async Task An_erasure_takes_what_waits_and_what_is_dead_with_it()
    {
        var (mine, other, node) = await database.StartClerkAsync();
        using var http = node.Client();
        await mine.Http.CreateAsync($$"""{"email":"{{Email}}"}""");
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(ClerkSender.User("user.created", Subject, 0));
        await database.DrainedAsync(mine.Id);
        var user = (await mine.Http.FindAsync($"{Subject}@example.org"))!;
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(ClerkSender.User("user.updated", Subject, 1, "Ada", Email));
        await database.DrainedAsync(mine.Id);
        (await database.CountAsync("inbox", mine.Id, "state = 'dead'")).ShouldBe(1);
        await node.DisposeAsync();
        var taker = await database.StartClerkNodeAsync(mine, other, ("Inbox:Work", "false"));
        using var again = taker.Client();
        await new ClerkSender(again, InboxLook.Mine).GiveAsync(ClerkSender.User("user.updated", Subject, 2));
        await new ClerkSender(again, InboxLook.Mine).GiveAsync(ClerkSender.User("user.updated", "user_neighbour", 2));
        (await mine.Http.DeleteAsync($"/users/{user.Id}?confirm=true")).EnsureSuccessStatusCode();
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(1);
        (await database.CountAsync("inbox_subjects", mine.Id, "state = 'erased'")).ShouldBe(1);
    }

    [Fact]
    public async Task Day_keys_are_destroyed_after_eight_days_and_hashes_are_kept_longer()
    {
        var (mine, other, _) = await database.StartClerkAsync(("Inbox:Work", "false"));
        var time = new PassingTime(database);
        Task PassAsync(TimeSpan span) =>
            time.PassAsync(span, "day_keys.day", "inbox.day", "inbox_seen.received_at", "inbox_subjects.touched_at");
        var taker = await database.StartClerkNodeAsync(
            [(InboxLook.Mine, mine), (InboxLook.Others, other)],
            time.Use,
            ("Inbox:Work", "false")
        );
        using var http = taker.Client();
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        await new ClerkSender(http, InboxLook.Others).GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        var cleaning = taker.Services.GetRequiredService<InboxCleaning>();
        await PassAsync(TimeSpan.FromDays(8));
        await cleaning.RunAsync(JobRun.PerNode, mine.Id, default);
        (await database.CountAsync("day_keys", mine.Id)).ShouldBe(1);
        await PassAsync(TimeSpan.FromDays(1));
        await cleaning.RunAsync(JobRun.PerNode, mine.Id, default);
        (await database.CountAsync("day_keys", mine.Id)).ShouldBe(0);
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(0);
        (await database.CountAsync("inbox_seen", mine.Id)).ShouldBe(1);
        await PassAsync(TimeSpan.FromDays(82));
        await cleaning.RunAsync(JobRun.PerNode, mine.Id, default);
        (await database.CountAsync("inbox_seen", mine.Id)).ShouldBe(0);
        foreach (var table in new[] { "day_keys", "inbox", "inbox_seen" })
            (await database.CountAsync(table, other.Id)).ShouldBe(1, table);
    }

    [Fact]
    public async Task An_event_older_than_what_is_remembered_is_acknowledged_and_not_kept()
    {
        var (mine, _, node) = await database.StartClerkAsync(("Inbox:RememberFor", "4.00:00:00"));
        using var http = node.Client();
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(ClerkSender.User("user.created", "user_1", -5 * 86_400));
        (await database.CountAsync("inbox_seen", mine.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task The_verbs_list_show_replay_and_drop()
    {
        var (mine, other, taker) = await database.StartClerkAsync(("Inbox:Work", "false"));
        using var http = taker.Client();
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        string[] settings =
        [
            .. database
                .Settings.Where(setting => setting.Key != "Urls")
                .SelectMany(setting => (string[])["--set", $"{setting.Key}={setting.Value}"]),
        ];
        if (database.Name == "sqlite")
        {
            // The verbs open the same file as the nodes of this process: fine, since no one holds its lock.
            settings = ["--data", database.Folder];
        }

        Task<CommandResult> RunAsync(params string[] arguments) => CommandLine.RunAsync([.. arguments, .. settings]);
        var listed = JsonDocument
            .Parse((await RunAsync("inbox", "list", $"{mine.Id}", "--json")).Succeeded())
            .RootElement.EnumerateArray()
            .ShouldHaveSingleItem();
        var id = listed.GetProperty("id").GetString()!;
        const string Headings = "id\tendpoint\ttype\tstate\ttries\tfault\treceived\tdue\n";
        (await RunAsync("inbox", "list", $"{mine.Id}", "--dead")).Succeeded().ShouldBe(Headings);
        (await RunAsync("inbox", "list", $"{other.Id}")).Succeeded().ShouldBe(Headings);
        (await RunAsync("inbox", "show", id, "--tenant", $"{mine.Id}")).Succeeded().ShouldContain("user.created");
        var opened = await RunAsync("inbox", "show", id, "--tenant", $"{mine.Id}", "--reason", "a long enough reason", "--json");
        opened.Succeeded().ShouldContain("user_1@example.org");
        opened.Error.ShouldContain("recorded");
        (await RunAsync("inbox", "replay", id, "--tenant", $"{mine.Id}")).Succeeded().ShouldBeEmpty();
        (await RunAsync("inbox", "drop", id, "--tenant", $"{other.Id}")).ExitCode.ShouldBe(1);
        (await RunAsync("inbox", "drop", id, "--tenant", $"{mine.Id}", "--json")).Succeeded().ShouldContain("drop");
        (
            await database.CountAsync(
                "audit_pending",
                mine.Id,
                $"act in ('inbox.show', 'inbox.replay', 'inbox.drop') and subject = 'inbox:{Guid.Parse(id):N}'"
            )
        ).ShouldBe(3);
        var gone = await RunAsync("inbox", "show", id, "--tenant", $"{mine.Id}");
        (gone.ExitCode, gone.Error.Contains("no such entry", StringComparison.Ordinal)).ShouldBe((1, true));
    }
}
