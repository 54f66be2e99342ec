using System.Text.Json;
using Hatcheck.Crypto;

namespace MusicBot.Tests;

public sealed class ConversationTests : IAsyncLifetime
{
    private const string Hostile = "<b onload=x>\"Bobby\" & 'Tables';--</b>";
    private MusicBotRun run = null!;
    private long ada;

    public async ValueTask InitializeAsync()
    {
        run = await MusicBotRun.StartAsync();
        ada = await run.Page.AddPersonAsync("Ada");
    }

    public ValueTask DisposeAsync() => run.DisposeAsync();

    [Fact]
    public async Task Start_greets_says_what_is_kept_and_knows_the_person_the_next_time()
    {
        var first = (await AskAsync("/start")).Text!;
        var second = (await AskAsync("/start")).Text!;

        first.ShouldStartWith("Hi Ada! I'm the music bot.");
        first.ShouldContain("sealed ticket");
        second.ShouldStartWith("Hi Ada! Good to see you again.");
        run.Hatcheck.Actions(MusicBotRun.Known(ada)).ShouldBe(["command.start", "command.start"]);
    }

    [Fact]
    public async Task A_name_that_is_markup_is_shown_as_typed_and_a_long_one_is_cut()
    {
        var bobby = await run.Page.AddPersonAsync(Hostile);

        (await run.AskAsync(bobby, "/start")).Text!.ShouldStartWith($"Hi {Hostile}! ");

        var faces = string.Concat(Enumerable.Repeat("😀", 40));
        Conversation.Texts.Welcome($"x{faces}", isNew: false).ShouldStartWith($"Hi <b>x{faces[..62]}</b>! ");
        Conversation.Texts.Welcome("\u0000\n ", isNew: false).ShouldStartWith("Hi! ");
    }

    [Fact]
    public async Task Help_and_privacy_answer_anybody_and_keep_nobody_who_did_not_start()
    {
        (await AskAsync("/help")).Text!.ShouldContain("/exportdata – everything");
        (await AskAsync("/privacy")).Text!.ShouldContain("Your Telegram id, sealed");

        await Eventually.UntilAsync(() => run.Log.Count(l => l.Contains(" finished", StringComparison.Ordinal)) == 2);
        ShouldHaveMadeNobody();
    }

    [Fact]
    public async Task Every_command_of_someone_who_started_is_in_the_usage_log_and_no_text_ever()
    {
        await AskAsync("/start deep-link-payload");
        foreach (
            var command in new[]
            {
                "/start",
                "/help",
                "/privacy",
                "/mydata",
                "/exportdata",
                "/logout",
                "/nonsense words",
                "my secret diary",
            }
        )
            await AskAsync(command);

        await Eventually.UntilAsync(() => run.Hatcheck.Actions(MusicBotRun.Known(ada)).Count == 6);
        run.Hatcheck.Actions(MusicBotRun.Known(ada))
            .ShouldBe([
                "command.start",
                "command.help",
                "command.privacy",
                "command.mydata",
                "command.exportdata",
                "command.logout",
            ]);
        run.Hatcheck.Requests.ShouldAllBe(r =>
            !r.Contains("diary", StringComparison.Ordinal)
            && !r.Contains("words", StringComparison.Ordinal)
            && !r.Contains("Ada", StringComparison.Ordinal)
        );
        run.Log.ShouldAllBe(l =>
            !l.Contains("diary", StringComparison.Ordinal) && !l.Contains(MusicBotRun.Known(ada), StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Unknown_commands_and_free_text_get_a_kind_hint()
    {
        (await AskAsync("/play something")).Text.ShouldBe("I don't know that command. /help shows what I can do.");
        (await AskAsync("hello there")).Text!.ShouldStartWith(
            "I only understand commands so far, and I don't keep what you write."
        );
        run.Hatcheck.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task My_data_counts_what_is_kept()
    {
        await AskAsync("/start");

        var text = (await AskAsync("/mydata")).Text!;

        text.ShouldContain("since 2026-11-22");
        text.ShouldContain("identities: 1 – How you are known <again>.");
        text.ShouldContain("usage: 2");
    }

    [Fact]
    public async Task Export_comes_as_a_readable_file_of_everything()
    {
        await AskAsync("/start");

        var message = await AskAsync("/exportdata");

        message.File!.Name.ShouldBe("my-data-2026-11-22.json");
        message.File.MimeType.ShouldBe("application/json");
        var file = await run.Page.DownloadAsync(message.File);
        file.ShouldContain("\n");
        var export = JsonSerializer.Deserialize<JsonElement>(file);
        export.GetProperty("format").GetString().ShouldBe("hatcheck-export/1");
        export
            .GetProperty("sections")
            .GetProperty("usage")
            .EnumerateArray()
            .Select(e => e.GetProperty("action").GetString())
            .ShouldBe(["command.start", "command.exportdata"]);
    }

    [Theory]
    [InlineData("/mydata")]
    [InlineData("/exportdata")]
    [InlineData("/logout")]
    public async Task Someone_who_never_started_hears_that_nothing_is_kept_and_nobody_is_ever_made(string command)
    {
        (await AskAsync(command)).Text.ShouldBe("I don't have anything about you. Send /start if you would like to begin.");

        ShouldHaveMadeNobody();
    }

    [Fact]
    public async Task In_a_group_personal_data_is_not_shown()
    {
        await AskAsync("/start");
        foreach (var command in new[] { "/mydata", "/exportdata" })
            await InjectInGroupAsync(command);

        await Eventually.UntilAsync(() =>
            run.Log.Count(l =>
                l.Contains("command.mydata finished", StringComparison.Ordinal)
                || l.Contains("command.exportdata finished", StringComparison.Ordinal)
            ) == 2
        );
        run.Hatcheck.Requests.ShouldAllBe(r =>
            !r.Contains("/summary", StringComparison.Ordinal) && !r.Contains("/export", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Two_people_at_once_never_mix()
    {
        var bob = await run.Page.AddPersonAsync("Bob");
        await Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => run.Page.WriteAsync(i % 2 == 0 ? ada : bob, MusicBotRun.Bot, "/start"))
        );
        var toAda = await run.Page.RepliesAsync(ada, MusicBotRun.Bot, 5);
        var toBob = await run.Page.RepliesAsync(bob, MusicBotRun.Bot, 5);

        toAda.ShouldAllBe(m => m.Text!.StartsWith("Hi Ada!", StringComparison.Ordinal));
        toBob.ShouldAllBe(m => m.Text!.StartsWith("Hi Bob!", StringComparison.Ordinal));
        run.Hatcheck.UserOf(MusicBotRun.Known(ada)).ShouldNotBe(run.Hatcheck.UserOf(MusicBotRun.Known(bob)));
        run.Hatcheck.Actions(MusicBotRun.Known(ada)).Count.ShouldBe(5);
        run.Hatcheck.Actions(MusicBotRun.Known(bob)).Count.ShouldBe(5);
    }

    [Fact]
    public async Task While_Hatcheck_is_down_people_hear_so_help_still_helps_and_afterwards_all_works_again()
    {
        run.Hatcheck.IsDown = true;

        (await AskAsync("/start")).Text.ShouldBe("Sorry, I can't reach my storage right now. Please try again in a few minutes.");
        (await AskAsync("/help")).Text!.ShouldContain("What I can do");
        run.Hatcheck.IsDown = false;
        (await AskAsync("/start")).Text!.ShouldStartWith("Hi Ada!");
    }

    [Fact]
    public async Task With_the_index_key_of_a_blind_only_tenant_no_id_ever_reaches_Hatcheck()
    {
        var folder = Directory.CreateTempSubdirectory("music-bot-");
        try
        {
            var file = Path.Combine(folder.FullName, "index.key");
            using var bytes = SecretBytes.Random(32);
            await File.WriteAllTextAsync(file, $"hatcheck-index:3:1:{Convert.ToBase64String(bytes.Reveal())}\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            using var key = new BlindIndexKey(bytes, 3, 1);
            var hash = key.Compute("telegram", "user", MusicBotRun.Known(ada));
            await run.StopBotAsync();
            run.Hatcheck.BlindOnly = true;
            await run.StartBotAsync(("Hatcheck:IndexKeyFile", file));

            (await AskAsync("/mydata")).Text.ShouldBe("I don't have anything about you. Send /start if you would like to begin.");
            (await AskAsync("/start")).Text!.ShouldStartWith("Hi Ada! I'm");
            (await AskAsync("/privacy")).Text!.ShouldContain("I don't keep the id itself.");

            await Eventually.UntilAsync(() => run.Hatcheck.Actions(hash).Count == 2);
            run.Hatcheck.Actions(hash).ShouldBe(["command.start", "command.privacy"]);
            run.Hatcheck.Requests.ShouldAllBe(r => !r.Contains(MusicBotRun.Known(ada), StringComparison.Ordinal));
            run.Hatcheck.Requests.ShouldNotContain(r => r.StartsWith("DELETE", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private Task<SeenMessage> AskAsync(string text) => run.AskAsync(ada, text);

    // Not even for a moment: an erased user leaves a tombstone and a line of the audit trail.
    private void ShouldHaveMadeNobody()
    {
        run.Hatcheck.Made.ShouldBe(0);
        run.Hatcheck.Requests.ShouldAllBe(r => r.StartsWith("POST /users/find ", StringComparison.Ordinal));
    }

    private Task InjectInGroupAsync(string text) =>
        run.Page.InjectAsync(
            MusicBotRun.Bot,
            new
            {
                message = new
                {
                    message_id = 5,
                    date = 1,
                    from = new
                    {
                        id = ada,
                        is_bot = false,
                        first_name = "Ada",
                    },
                    chat = new
                    {
                        id = -1001234567890,
                        type = "supergroup",
                        title = "Friends",
                    },
                    text,
                },
            }
        );
}
