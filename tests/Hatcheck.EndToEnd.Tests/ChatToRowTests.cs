using System.Text;
using System.Text.Json;
using Hatcheck.Simulator;
using Hatcheck.TestKit;

namespace Hatcheck.EndToEnd.Tests;

/// <summary>
/// From a chat message to the stored row: server and bot as real processes with a simulated messenger, then a thief's
/// search of all that they left.
/// </summary>
public sealed class ChatToRowTests : IAsyncLifetime
{
    private const long PersonId = 3_141_592_653_589;
    private const long StrangerId = 1_618_033_988_749;
    private const string People = "select count(*) from users";
    private const string Erasures = "select count(*) from audit_pending where act = 'user.erase'";
    private const string PersonName = "Zaphodina Canaryfeather";
    private const string Typed = "a secret that only the chat knows 7361";
    private const string Zone = "America/Argentina/Ushuaia";
    private const string EarlierZone = "Antarctica/Troll";
    private const string BotToken = "123456789:AAcanarytokencanarytokencanarytoken";
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-e2e-").FullName;
    private SimulatorHost telegram = null!;

    public async ValueTask InitializeAsync()
    {
        var options = new SimulatorOptions();
        options.Bots.Add(new SimulatedBot(BotToken, "canary_music_bot", "Music bot"));
        telegram = await SimulatorHost.StartAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        await telegram.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_chat_message_ends_as_sealed_rows_in_sqlite()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        var (printed, control) = await ChatAsync(environment, first: null);
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        files.ShouldContain(file => file.EndsWith("hatcheck.db", StringComparison.Ordinal));
        foreach (var file in files)
            ShouldHoldNothingReadable(File.ReadAllBytes(file), file);
        ShouldHoldNothingReadable(Encoding.UTF8.GetBytes(printed), "what the programs printed");
        var database = Path.Combine(folder, "data", "hatcheck.db");
        (await LeftBehind.CountAsync(database, People)).ShouldBe(1, "no user and no tombstone of the stranger");
        (await LeftBehind.CountAsync(database, Erasures)).ShouldBe(0);
        // Control: the search finds the random user id, which is stored in the clear.
        files
            .Any(file => LeftBehind.Find(File.ReadAllBytes(file), Encoding.UTF8.GetBytes(control.ToString().ToUpperInvariant())))
            .ShouldBeTrue();
    }

    [Fact]
    public async Task A_chat_message_ends_as_sealed_rows_in_postgresql()
    {
        var server = await PostgresServer.SharedAsync();
        await using var database = await server.CreateDatabaseAsync();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Database__Provider"] = "postgres",
            ["Database__ConnectionString"] = database.App,
            ["Database__MaintenanceConnectionString"] = database.Maintenance,
            ["Database__OwnerConnectionString"] = database.Owner,
        };
        var (printed, control) = await ChatAsync(environment, first: ["migrate"]);
        var rows = await LeftBehind.EveryRowAsync(database);
        ShouldHoldNothingReadable(Encoding.UTF8.GetBytes(rows + printed), "the tables and what the programs printed");
        rows.ShouldContain(control.ToString());
        (await database.ScalarAsync(People)).ShouldBe(1L, "no user and no tombstone of the stranger");
        (await database.ScalarAsync(Erasures)).ShouldBe(0L);
    }

    /// <summary>Starts server and bot, chats, stops both; returns their output and the user's random id.</summary>
    private async Task<(string Printed, Guid User)> ChatAsync(Dictionary<string, string> environment, string[]? first)
    {
        var address = new Uri($"http://127.0.0.1:{RunningProgram.FreePort()}");
        environment["Urls"] = address.ToString();
        environment["Data__Folder"] = Path.Combine(folder, "data");
        // The most detailed logs that an operator can set.
        environment["Logging__Level"] = "Trace";
        if (first is not null)
            await RunAsync(environment, first);
        var printed = new StringBuilder();
        await using (var server = RunningProgram.Start(RunningProgram.Hatcheck, folder, environment, "serve"))
        {
            await server.UntilAnswersAsync(new Uri(address, "/health/ready"));
            if (first is not null)
                await RunAsync(environment, "tenants", "add", "default");
            var key = (await RunAsync(environment, "apikeys", "add", "default", "--name", "bot")).Trim();
            var bot = new Dictionary<string, string>(environment, StringComparer.Ordinal)
            {
                ["Bot__Token"] = BotToken,
                ["Bot__TelegramUrl"] = telegram.Address.ToString(),
                ["Hatcheck__Url"] = address.ToString(),
                ["Hatcheck__ApiKey"] = key,
            };
            string export;
            await using (var music = RunningProgram.Start(RunningProgram.MusicBot, folder, bot))
            {
                export = await TalkAsync();
                printed.Append(music.Printed);
            }

            printed.Append(server.Printed);
            using var json = JsonDocument.Parse(export);
            var identity = json.RootElement.GetProperty("sections").GetProperty("identities")[0];
            identity.GetProperty("id").GetString().ShouldBe("3141592653589", "what is sealed can be opened for the person");
            json.RootElement.GetProperty("sections").GetProperty("preferences").GetRawText().ShouldContain(Zone);
            return (printed.ToString(), json.RootElement.GetProperty("user_id").GetGuid());
        }
    }

    /// <summary>One person only asks; another joins, chats, and downloads the export.</summary>
    private async Task<string> TalkAsync()
    {
        using var stranger = await new SimulatedChat(telegram, StrangerId, "canary_music_bot").JoinAsync("Nobody");
        foreach (var text in new[] { "/logout", "/exportdata", "/privacy", $"/settings time_zone {Zone}" })
            await stranger.SayAsync(text);
        using var chat = await new SimulatedChat(telegram, PersonId, "canary_music_bot").JoinAsync(PersonName);
        foreach (var text in new[] { "/start", Typed, "/mydata" })
            await chat.SayAsync(text);
        await SetAsync(chat);
        return await chat.DownloadAsync(await chat.SayAsync("/exportdata"));
    }

    /// <summary>
    /// Settings typed, refused, pressed, undone and reset: each time all the way to the stored row and back.
    /// </summary>
    private static async Task SetAsync(SimulatedChat chat)
    {
        (await chat.AskAsync($"/settings time_zone {EarlierZone}")).ShouldContain($"Time zone: {EarlierZone} – your choice");
        (await chat.AskAsync($"/settings time_zone {Zone.ToUpperInvariant()}")).ShouldEndWith($"/settings time_zone {Zone}");
        var screen = await chat.SayAsync($"/settings time_zone {Zone}");
        (await chat.PressAsync(screen, 0, row: 5)).ShouldContain($"Time zone: {EarlierZone} – your choice");
        (await chat.AskAsync("/settings reset")).ShouldContain("Time zone: UTC – default");
        await chat.SayAsync($"/settings time_zone {Zone}");
        screen = await chat.SayAsync("/settings date_format dmy");
        var pressed = await chat.PressAsync(screen, 1, row: 3);
        pressed.ShouldContain($"({Zone})");
        pressed.ShouldContain("Hours: ");
        pressed.ShouldContain("M – your choice");
        (await chat.AskAsync("/mydata")).ShouldMatch(@"since \d{1,2} \w+ 20\d\d:");
    }

    private async Task<string> RunAsync(Dictionary<string, string> environment, params string[] arguments) =>
        (
            await Command.RunAsync(
                "env",
                [.. environment.Select(pair => $"{pair.Key}={pair.Value}"), "dotnet", RunningProgram.Hatcheck, .. arguments]
            )
        ).Succeeded();

    private static void ShouldHoldNothingReadable(byte[] bytes, string where) =>
        LeftBehind.ShouldHoldNothingReadable(
            bytes,
            where,
            PersonId,
            PersonName,
            "Canaryfeather",
            Typed,
            BotToken,
            Zone,
            EarlierZone
        );
}
