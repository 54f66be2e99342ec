using System.Net;
using Hatcheck.Bots.Faults;
using Hatcheck.Bots.Sending;
using Hatcheck.Bots.Telegram;
using Hatcheck.Crypto;
using Hatcheck.TestKit;

namespace Hatcheck.Bots.Tests;

public sealed class OwnerNoticesTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly LogLines log = new();
    private readonly FakeTelegram telegram = new FakeTelegram().On(
        "sendMessage",
        _ => (HttpStatusCode.OK, """{"ok":true,"result":{"message_id":9}}""")
    );

    public void Dispose() => telegram.Dispose();

    [Fact]
    public async Task The_first_fault_is_told_at_once_and_the_next_ones_together_after_the_window()
    {
        using var stop = new CancellationTokenSource();
        using var owner = Notices();
        var running = owner.RunAsync(stop.Token);

        owner.Report("command.start", "HatcheckUnavailableException", "aaaa");
        await Eventually.UntilAsync(() => Texts.Length == 1);
        for (var i = 0; i < 40; i++)
            owner.Report("command.start", "HatcheckUnavailableException", $"t{i}");
        owner.Report("button.logout", "TelegramException", null);
        time.Advance(TimeSpan.FromMinutes(9));
        Texts.Length.ShouldBe(1);
        await Eventually.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(30));
            return Texts.Length == 2;
        });
        await stop.CancelAsync();
        await running;

        Texts[0].ShouldBe("Faults of your bot:\n• 1 × HatcheckUnavailableException in command.start, last trace aaaa\n");
        Texts[1]
            .ShouldBe(
                "Faults of your bot:\n• 40 × HatcheckUnavailableException in command.start, last trace t39\n• 1 × "
                    + "TelegramException in button.logout\n"
            );
    }

    [Fact]
    public async Task What_gathered_before_a_stop_is_told_as_the_last_word()
    {
        using var stop = new CancellationTokenSource();
        using var owner = Notices();
        var running = owner.RunAsync(stop.Token);
        owner.Report("a", "First", null);
        await Eventually.UntilAsync(() => Texts.Length == 1);
        owner.Report("b", "Second", null);

        await stop.CancelAsync();
        await running;

        Texts[1].ShouldContain("1 × Second in b");
    }

    [Fact]
    public async Task An_owner_who_cannot_be_told_ends_nothing()
    {
        telegram.On(
            "sendMessage",
            _ =>
                (
                    HttpStatusCode.Forbidden,
                    """{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"""
                )
        );
        using var stop = new CancellationTokenSource();
        using var owner = Notices();
        var running = owner.RunAsync(stop.Token);
        owner.Report("a", "First", null);
        await Eventually.UntilAsync(() => log.Lines.Any(l => l.Contains("could not be told", StringComparison.Ordinal)));

        await stop.CancelAsync();
        await running;
    }

    private string[] Texts => telegram.Bodies("sendMessage").Select(b => b.GetProperty("text").GetString()!).ToArray();

    private OwnerNotices Notices()
    {
        var transport = new TelegramTransport(
            BotToken.TryParse(new SecretText(FakeTelegram.Token))!,
            new Uri("https://telegram.example"),
            telegram,
            time,
            TimeSpan.FromMilliseconds(1)
        );
        return new OwnerNotices(
            new ChatSender(new TelegramClient(transport), new SendPacer(time)),
            99,
            time,
            log.For<OwnerNotices>()
        );
    }
}
