using System.Text.Json;

namespace MusicBot.Tests;

public sealed class SettingsCommandTests : IAsyncLifetime
{
    private const string NothingKept = "I don't have anything about you. Send /start if you would like to begin.";
    private MusicBotRun run = null!;
    private long ada;

    public async ValueTask InitializeAsync()
    {
        run = await MusicBotRun.StartAsync();
        ada = await run.Page.AddPersonAsync("Ada");
        await run.AskAsync(ada, "/start");
    }

    public ValueTask DisposeAsync() => run.DisposeAsync();

    private FakePreferences Kept => run.Hatcheck.Preferences;

    private Guid Ada => run.Hatcheck.UserOf(MusicBotRun.Known(ada))!.Value;

    [Fact]
    public async Task Settings_shows_each_value_and_whose_it_is()
    {
        Kept.Set(Ada, "locale.hour_cycle", "h12");

        var screen = await AskAsync("/settings");

        screen.Text!.ShouldContain("• Time zone: UTC – default\n");
        screen.Text!.ShouldMatch(
            @"• Dates: \d{4}-\d\d-\d\d – default\n• Hours: \d{1,2}:\d\d [AP]M – your choice\n"
                + @"• Notifications: on – default\n"
        );
        screen.Text!.ShouldContain("Last change, 2026-11-22 1:05 PM: hours.");
        screen.Buttons!.Select(row => row.Length).ShouldBe([1, 1, 2, 2, 1, 2]);
        screen.Buttons![3][1].Text.ShouldStartWith("✓ ");
    }

    [Fact]
    public async Task A_press_changes_its_one_setting_and_redraws_the_message()
    {
        var screen = await AskAsync("/settings");
        screen
            .Buttons!.SelectMany(row => row)
            .ShouldNotContain(
                b => b.Text == "Back to defaults" || b.Text == "Undo last change",
                "there is nothing to go back from"
            );

        await PressAsync(screen, 2, 0);
        await PressAsync(screen, 4, 0);

        var after = await NowAsync(screen);
        after.Text!.ShouldMatch(@"• Dates: \d{1,2} \w+ \d{4} – your choice\n");
        after.Text!.ShouldContain("• Notifications: off – your choice\n");
        after.Text!.ShouldContain("• Hours: ");
        after.Buttons![2][0].Text.ShouldStartWith("✓ ");
        after.Buttons![4][0].Text.ShouldBe("Turn notifications on");
        Kept.OwnValue(Ada, "locale.date_format").ShouldBe("\"dmy\"");
        Kept.OwnValue(Ada, "notifications.enabled").ShouldBe("false");
        Kept.OwnValue(Ada, "locale.hour_cycle").ShouldBeNull();
    }

    [Fact]
    public async Task A_zone_is_chosen_from_a_list_and_one_can_go_back_without_choosing()
    {
        var screen = await AskAsync("/settings");
        await PressAsync(screen, 0, 0);
        var zones = await NowAsync(screen);
        zones.Text!.ShouldStartWith("Where are you?");

        await PressAsync(zones, zones.Buttons!.Length - 1, 1);
        (await NowAsync(screen)).Text!.ShouldContain("• Time zone: UTC – default\n");
        await PressAsync(screen, 0, 0);
        await PressAsync(zones, 2, 1);

        (await NowAsync(screen)).Text!.ShouldContain("• Time zone: Europe/Berlin – your choice\n");
        (await AskAsync("/settings time_zone")).Text!.ShouldStartWith("Where are you?");
    }

    [Fact]
    public async Task Every_zone_that_has_a_button_is_one()
    {
        var screen = await AskAsync("/settings time_zone");
        foreach (var zone in screen.Buttons!.SelectMany(row => row).Where(b => b.Text != "Back"))
        {
            screen = await AskAsync("/settings time_zone");
            await run.Page.PressAsync(ada, MusicBotRun.Bot, screen, zone.CallbackData!);
            Kept.OwnValue(Ada, "locale.time_zone").ShouldBe($"\"{zone.CallbackData!["settings:set.time_zone.".Length..]}\"");
            (await NowAsync(screen)).Text!.ShouldNotContain("in UTC.\n", Case.Sensitive, "its clock is known");
        }
    }

    [Fact]
    public async Task Each_setting_can_be_typed()
    {
        (await AskAsync("/settings time_zone America/Argentina/Buenos_Aires")).Text!.ShouldContain(
            "• Time zone: America/Argentina/Buenos_Aires – your choice\n"
        );
        (await AskAsync("/settings date_format mdy")).Text!.ShouldMatch(@"• Dates: \w+ \d{1,2}, \d{4} – your choice\n");
        (await AskAsync("/settings HOUR_CYCLE h12")).Text!.ShouldMatch(@"• Hours: \d{1,2}:\d\d [AP]M – your choice\n");
        (await AskAsync("/settings notifications OFF")).Text!.ShouldContain("• Notifications: off – your choice\n");
        Kept.Version(Ada).ShouldBe(4);
    }

    [Fact]
    public async Task A_zone_that_does_not_exist_is_refused_in_words_with_what_may_have_been_meant_and_nothing_is_lost()
    {
        await AskAsync("/settings time_zone Asia/Tokyo");

        var unknown = (await AskAsync("/settings time_zone <b>Atlantis</b>")).Text!;
        var close = (await AskAsync("/settings time_zone buenos aires")).Text!;

        unknown.ShouldBe(
            "I can't set time_zone to that, so nothing was changed. What it takes: A name of the IANA time zone "
                + "database, such as Europe/Berlin."
        );
        close.ShouldEndWith("\n/settings time_zone America/Argentina/Buenos_Aires");
        Kept.OwnValue(Ada, "locale.time_zone").ShouldBe("\"Asia/Tokyo\"");
        Kept.Version(Ada).ShouldBe(1);
    }

    [Theory]
    [InlineData("/settings colour blue", "“what” must be one of: time_zone, date_format, hour_cycle, notifications, reset.")]
    [InlineData("/settings date_format", "Say which: /settings date_format iso, dmy or mdy.")]
    [InlineData("/settings hour_cycle", "Say which: /settings hour_cycle h23 or h12.")]
    [InlineData("/settings notifications", "Say which: /settings notifications on or off.")]
    [InlineData("/settings notifications sometimes", "Type on or off.")]
    [InlineData("/settings date_format ymd", "One of \"iso\", \"dmy\", \"mdy\".")]
    [InlineData("/settings reset everything", "/settings reset takes nothing more")]
    public async Task What_does_not_fit_is_told_and_changes_nothing(string typed, string told)
    {
        (await AskAsync(typed)).Text!.ShouldContain(told);

        Kept.Version(Ada).ShouldBe(0);
    }

    [Fact]
    public async Task Undo_takes_back_the_last_change_once_however_often_it_is_pressed()
    {
        await AskAsync("/settings time_zone Asia/Tokyo");
        var screen = await AskAsync("/settings time_zone Europe/Berlin");
        var undo = screen.Data(5, 0);

        await run.Page.PressAsync(ada, MusicBotRun.Bot, screen, undo);
        (await NowAsync(screen)).Text!.ShouldStartWith("Undone.\n");
        Kept.OwnValue(Ada, "locale.time_zone").ShouldBe("\"Asia/Tokyo\"");
        await InjectPressAsync(ada, ada, undo, screen.MessageId);

        await Eventually.UntilAsync(async () =>
            (await NowAsync(screen)).Text!.StartsWith(
                "Your settings have changed since that button was shown",
                StringComparison.Ordinal
            )
        );
        Kept.OwnValue(Ada, "locale.time_zone").ShouldBe("\"Asia/Tokyo\"");
        Kept.Version(Ada).ShouldBe(3);
    }

    [Fact]
    public async Task Undo_never_takes_back_what_somebody_changed_at_the_same_moment()
    {
        var screen = await AskAsync("/settings time_zone Europe/Berlin");
        Kept.BeforeTaggedChange = () => Kept.Set(Ada, "interface.theme", "dark");

        await PressAsync(screen, 5, 0);

        var after = (await NowAsync(screen)).Text!;
        after.ShouldStartWith("Your settings have changed since that button was shown, so nothing was undone.");
        after.ShouldContain("Last change, 2026-11-22 14:05: interface.theme.");
        Kept.OwnValue(Ada, "locale.time_zone").ShouldBe("\"Europe/Berlin\"");
        Kept.OwnValue(Ada, "interface.theme").ShouldBe("\"dark\"");
    }

    [Fact]
    public async Task What_the_history_has_no_more_cannot_be_undone_and_is_told_so()
    {
        var screen = await AskAsync("/settings hour_cycle h12");
        Kept.OldestKept = 1;

        await PressAsync(screen, 5, 0);

        (await NowAsync(screen)).Text!.ShouldStartWith("That was too long ago to be undone.");
        Kept.OwnValue(Ada, "locale.hour_cycle").ShouldBe("\"h12\"");
    }

    [Fact]
    public async Task Reset_by_word_and_by_button_takes_back_what_the_bot_heeds_and_nothing_else()
    {
        Kept.Set(Ada, "interface.theme", "dark");
        await AskAsync("/settings hour_cycle h12");
        (await AskAsync("/settings reset")).Text!.ShouldStartWith("Back to the defaults.");
        Kept.OwnValue(Ada, "locale.hour_cycle").ShouldBeNull();

        var screen = await AskAsync("/settings date_format dmy");
        screen.Buttons![5][1].Text.ShouldBe("Back to defaults");
        await PressAsync(screen, 5, 1);

        (await NowAsync(screen)).Text!.ShouldMatch(@"• Dates: \d{4}-\d\d-\d\d – default\n");
        Kept.OwnValue(Ada, "locale.date_format").ShouldBeNull();
        Kept.OwnValue(Ada, "interface.theme").ShouldBe("\"dark\"");
    }

    [Fact]
    public async Task The_same_button_pressed_twice_at_once_changes_once()
    {
        var screen = await AskAsync("/settings");

        await Task.WhenAll(
            InjectPressAsync(ada, ada, screen.Data(3, 1), screen.MessageId),
            InjectPressAsync(ada, ada, screen.Data(3, 1), screen.MessageId)
        );

        await FinishedAsync("button.settings", 2);
        Kept.OwnValue(Ada, "locale.hour_cycle").ShouldBe("\"h12\"");
        Kept.Version(Ada).ShouldBe(1);
    }

    [Fact]
    public async Task Somebody_elses_press_changes_and_shows_nobodys_settings()
    {
        var mallory = await run.Page.AddPersonAsync("Mallory");
        await run.AskAsync(mallory, "/start");
        var screen = await AskAsync("/settings time_zone Europe/Berlin");
        var before = run.Hatcheck.Requests.Count;

        foreach (var data in screen.Buttons!.SelectMany(row => row).Select(b => b.CallbackData!))
            await InjectPressAsync(mallory, ada, data, screen.MessageId);
        await FinishedAsync("button.settings", 9);

        run.Hatcheck.Requests.Count.ShouldBe(before, "not even asked");
        Kept.Version(Ada).ShouldBe(1);
        Kept.Version(run.Hatcheck.UserOf(MusicBotRun.Known(mallory))!.Value).ShouldBe(0);
        (await NowAsync(screen)).ShouldBeEquivalentTo(screen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("set")]
    [InlineData("set.time_zone")]
    [InlineData("set.time_zone.")]
    [InlineData("set.interface.theme.dark")]
    [InlineData("set.locale.time_zone")]
    [InlineData("set.time_zone.Europe/Atlantis")]
    [InlineData("set.notifications.perhaps")]
    [InlineData("undo.0")]
    [InlineData("undo.-1")]
    [InlineData("undo.99999999999")]
    [InlineData("reset.all")]
    public async Task A_made_up_payload_changes_nothing(string payload)
    {
        await InjectPressAsync(ada, ada, $"settings:{payload}", 1);
        await FinishedAsync("button.settings", 1);

        Kept.Version(Ada).ShouldBe(0);
        run.Log.ShouldAllBe(l => !l.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pressed_value_that_Hatcheck_refuses_is_told_to_the_one_who_pressed()
    {
        var screen = await AskAsync("/settings");
        // The simulator, like Telegram, accepts only presses of existing buttons, so injects a press of an older bot's
        // button.
        await InjectPressAsync(ada, ada, "settings:set.time_zone.Europe/Atlantis", screen.MessageId);
        await FinishedAsync("button.settings", 1);

        (await NowAsync(screen)).ShouldBeEquivalentTo(screen);
        Preferences.SettingsScreen.PlainRefusal([new string('x', 300)]).Length.ShouldBe(200);
    }

    [Fact]
    public async Task Strangers_hear_that_nothing_is_kept_and_nobody_is_made_by_asking_or_pressing()
    {
        var stranger = await run.Page.AddPersonAsync("Nobody");
        (await run.AskAsync(stranger, "/settings")).Text.ShouldBe(NothingKept);
        (await run.AskAsync(stranger, "/settings time_zone Asia/Tokyo")).Text.ShouldBe(NothingKept);
        var message = (await run.Page.RepliesAsync(stranger, MusicBotRun.Bot))[0];

        foreach (var payload in new[] { "show", "zones", "reset", "undo.1", "set.time_zone.Asia/Tokyo" })
            await InjectPressAsync(stranger, stranger, $"settings:{payload}", message.MessageId);
        await FinishedAsync("button.settings", 5);

        run.Hatcheck.Made.ShouldBe(1, "Ada");
        (await NowAsync(message, stranger)).Text.ShouldBe(NothingKept);
    }

    [Fact]
    public async Task Whoever_was_deleted_is_answered_as_if_nothing_were_kept()
    {
        var screen = await AskAsync("/settings");
        run.Hatcheck.Delete(MusicBotRun.Known(ada));

        (await AskAsync("/settings")).Text.ShouldBe(NothingKept);
        (await AskAsync("/mydata")).Text.ShouldBe(NothingKept);
        await PressAsync(screen, 2, 0);
        var after = await NowAsync(screen);
        after.Text.ShouldBe(NothingKept);
        (after.Buttons ?? []).ShouldBeEmpty();
        (await AskAsync("/start")).Text!.ShouldStartWith("What I kept about you was deleted and waits to be erased for good.");

        Kept.Version(Ada).ShouldBe(0);
        run.Hatcheck.Made.ShouldBe(1);
        run.Log.ShouldAllBe(l => !l.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_a_group_nothing_is_shown_or_changed_by_command_or_press()
    {
        const long Group = -1001234567890;
        var before = run.Hatcheck.Requests.Count;
        await run.Page.InjectAsync(
            MusicBotRun.Bot,
            new
            {
                message = new
                {
                    message_id = 5,
                    date = 1,
                    from = From(ada),
                    chat = new
                    {
                        id = Group,
                        type = "supergroup",
                        title = "Friends",
                    },
                    text = "/settings hour_cycle h12",
                },
            }
        );
        await InjectPressAsync(ada, Group, "settings:set.hour_cycle.h12", 6);

        await Eventually.UntilAsync(() =>
            run.Log.Count(l =>
                l.Contains("command.settings", StringComparison.Ordinal)
                || l.Contains("button.settings", StringComparison.Ordinal)
            ) >= 2
        );
        run.Hatcheck.Requests.Count.ShouldBe(before);
        Kept.Version(Ada).ShouldBe(0);
    }

    [Fact]
    public async Task While_the_storage_is_away_people_hear_so_and_the_buttons_work_afterwards()
    {
        var screen = await AskAsync("/settings");
        run.Hatcheck.IsDown = true;

        (await AskAsync("/settings")).Text!.ShouldStartWith("Sorry, I can't reach my storage");
        (await PressAsync(screen, 3, 1)).GetProperty("text").GetString()!.ShouldStartWith("Sorry, I can't reach my storage");
        run.Hatcheck.IsDown = false;
        await PressAsync(screen, 3, 1);

        Kept.OwnValue(Ada, "locale.hour_cycle").ShouldBe("\"h12\"");
    }

    [Fact]
    public async Task Dates_and_times_are_told_in_the_persons_zone_and_way()
    {
        // Ten in the morning in UTC is the next day's first minute there.
        foreach (var typed in new[] { "time_zone Pacific/Kiritimati", "date_format mdy", "hour_cycle h12" })
            await AskAsync($"/settings {typed}");

        (await AskAsync("/mydata")).Text!.ShouldContain("since Nov 23, 2026:");
        var export = await AskAsync("/exportdata");
        export.File!.Name.ShouldBe("my-data-11-23-2026.json");
        export.Text!.ShouldStartWith("Everything I keep about you, as of Nov 23, 2026 12:00 AM (Pacific/Kiritimati).");
    }

    [Fact]
    public async Task With_a_key_from_before_there_were_settings_everything_else_works_as_before()
    {
        run.Hatcheck.LacksPreferences = true;

        (await AskAsync("/mydata")).Text!.ShouldContain("since 2026-11-22:");
        (await AskAsync("/exportdata")).File!.Name.ShouldBe("my-data-2026-11-22.json");

        run.Log.ShouldContain(l => l.Contains("lacks preferences:read", StringComparison.Ordinal));
    }

    private static object From(long person) =>
        new
        {
            id = person,
            is_bot = false,
            first_name = "A",
        };

    private Task<SeenMessage> AskAsync(string text) => run.AskAsync(ada, text);

    private Task<JsonElement> PressAsync(SeenMessage screen, int row, int column) =>
        run.Page.PressAsync(ada, MusicBotRun.Bot, screen, screen.Data(row, column));

    private async Task<SeenMessage> NowAsync(SeenMessage screen, long? person = null) =>
        (await run.Page.RepliesAsync(person ?? ada, MusicBotRun.Bot)).Single(m => m.MessageId == screen.MessageId);

    private Task InjectPressAsync(long person, long chat, string data, long message) =>
        run.Page.InjectAsync(
            MusicBotRun.Bot,
            new
            {
                callback_query = new
                {
                    id = "424242",
                    from = From(person),
                    message = new
                    {
                        message_id = message,
                        date = 1,
                        chat = new
                        {
                            id = chat,
                            type = chat > 0 ? "private" : "supergroup",
                            first_name = "Ada",
                        },
                    },
                    chat_instance = "1",
                    data,
                },
            }
        );

    private Task FinishedAsync(string handler, int count) =>
        Eventually.UntilAsync(() => run.Log.Count(l => l.Contains($"{handler} finished", StringComparison.Ordinal)) >= count);
}
