using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MusicBot.Tests;

public sealed class SettingsTests
{
    private const string Secret = "a-webhook-secret-of-32-letters-x";

    [Fact]
    public void An_empty_configuration_lists_everything_that_is_needed_at_once()
    {
        var faults = Should.Throw<MusicBotConfigurationException>(() => Read([])).Faults;

        faults
            .Select(f => f[..f.IndexOf(':', StringComparison.Ordinal)])
            .ShouldBe(["Bot__Token", "Hatcheck__ApiKey", "Hatcheck__Url"]);
        faults.ShouldContain(f =>
            f.Contains("BotFather", StringComparison.Ordinal) && f.Contains("Bot__TokenFile", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Every_wrong_value_is_named_with_what_to_do_and_not_shown()
    {
        var wrong = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Bot:Token"] = "wrongtoken",
            ["Bot:TelegramUrl"] = "http://telegram.example",
            ["Bot:Mode"] = "carrierpigeon",
            ["Bot:OwnerChatId"] = "@me",
            ["Bot:ListenUrl"] = "8090",
            ["Hatcheck:Url"] = "http://hatcheck.example",
            ["Hatcheck:ApiKey"] = "wrongkey",
            ["Hatcheck:IndexKeyFile"] = "/nowhere/index.key",
        };

        var message = Should.Throw<MusicBotConfigurationException>(() => Read(wrong)).Message;

        foreach (
            var name in new[]
            {
                "Bot__Token",
                "Bot__TelegramUrl",
                "Bot__Mode",
                "Bot__OwnerChatId",
                "Bot__ListenUrl",
                "Hatcheck__Url",
                "Hatcheck__IndexKeyFile",
            }
        )
        {
            message.ShouldContain($"  {name}: ");
        }

        message.ShouldContain("polling, webhook");
        message.ShouldNotContain("wrongtoken");
        message.ShouldNotContain("wrongkey");
    }

    [Fact]
    public void Secrets_come_from_files_too_but_not_from_both()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, MusicBotRun.Token + "\n");
            var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Bot:TokenFile"] = file,
                ["Hatcheck:Url"] = "http://127.0.0.1:8080",
                ["Hatcheck:ApiKey"] = FakeHatcheck.ApiKey,
            };
            Read(settings).Bot.Token.Reveal().ShouldBe(MusicBotRun.Token);

            settings["Bot:Token"] = MusicBotRun.Token;
            Should
                .Throw<MusicBotConfigurationException>(() => Read(settings))
                .Faults.Single()
                .ShouldBe("Bot__Token: set this or Bot__TokenFile, not both");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void An_index_key_that_others_can_read_or_of_another_form_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("File modes are a matter of Unix.");
            return;
        }

        var file = Path.GetTempFileName();
        try
        {
            var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Bot:Token"] = MusicBotRun.Token,
                ["Hatcheck:Url"] = "http://127.0.0.1:8080",
                ["Hatcheck:ApiKey"] = FakeHatcheck.ApiKey,
                ["Hatcheck:IndexKeyFile"] = file,
            };
            foreach (
                var (content, mode) in new[]
                {
                    (
                        $"hatcheck-index:1:1:{Convert.ToBase64String(new byte[32])}",
                        UnixFileMode.UserRead | UnixFileMode.OtherRead
                    ),
                    ("just a key", UnixFileMode.UserRead),
                    ("hatcheck-index:0:1:AAAA", UnixFileMode.UserRead),
                    ("hatcheck-index:1:9:AAAA", UnixFileMode.UserRead),
                    ("hatcheck-index:1:1:####", UnixFileMode.UserRead),
                }
            )
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                File.WriteAllText(file, content);
                File.SetUnixFileMode(file, mode);
                Should
                    .Throw<MusicBotConfigurationException>(() => Read(settings))
                    .Faults.Single()
                    .ShouldStartWith("Hatcheck__IndexKeyFile: ");
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Arguments_other_than_help_are_refused()
    {
        (await MusicBotHost.RunAsync(["--help"])).ShouldBe(0);
        (await MusicBotHost.RunAsync(["--Bot:Token=x"])).ShouldBe(2);
    }

    [Fact]
    public void The_bot_can_be_added_to_another_host()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMusicBot(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    new Dictionary<string, string?>(StringComparer.Ordinal)
                    {
                        ["Bot:Token"] = MusicBotRun.Token,
                        ["Hatcheck:Url"] = "http://127.0.0.1:8080",
                        ["Hatcheck:ApiKey"] = FakeHatcheck.ApiKey,
                    }
                )
                .Build()
        );

        using var provider = services.BuildServiceProvider();

        provider.GetServices<IHostedService>().Single().ShouldBeOfType<Hatcheck.Bots.TelegramBot>();
    }

    [Fact]
    public async Task In_webhook_mode_the_bot_listens_for_Telegram_and_for_health_checks()
    {
        await using var run = await MusicBotRun.StartAsync(startBot: false);
        var port = FreePort();
        await run.StartBotAsync(
            ("Bot:Mode", "webhook"),
            ("Bot:WebhookUrl", $"http://127.0.0.1:{port}/telegram"),
            ("Bot:WebhookSecret", Secret),
            ("Bot:ListenUrl", $"http://127.0.0.1:{port}")
        );
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var ada = await run.Page.AddPersonAsync("Ada");

        await Eventually.UntilAsync(async () =>
            (await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode
        );
        (await http.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var nothing = new StringContent("{}", Encoding.UTF8, "application/json");
        (await http.PostAsync(new Uri("/telegram", UriKind.Relative), nothing)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await run.AskAsync(ada, "/start")).Text!.ShouldStartWith("Hi Ada!");
    }

    [Fact]
    public async Task The_program_answers_stops_on_SIGTERM_and_prints_no_secret()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        await using var run = await MusicBotRun.StartAsync(startBot: false);
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(MusicBotHost).Assembly.Location);
        foreach (var (key, value) in run.Settings())
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            var ada = await run.Page.AddPersonAsync("Ada");
            (await run.AskAsync(ada, "/start")).Text!.ShouldStartWith("Hi Ada!");
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync();

            process.ExitCode.ShouldBe(0);
            var printed = await output + await errors;
            printed.ShouldContain("is ready");
            printed.ShouldNotContain("AAHdqTcvCH1");
            printed.ShouldNotContain(FakeHatcheck.ApiKey);
            printed.ShouldNotContain(MusicBotRun.Known(ada));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static MusicBotSettings Read(Dictionary<string, string?> settings) =>
        MusicBotSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
