using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Simulator;
using Hatcheck.TestKit;
using Microsoft.Data.Sqlite;

namespace Hatcheck.EndToEnd.Tests;

/// <summary>
/// The bot and the API of examples/python-telegram-bot, run like by their owner: a real server, the simulated Telegram,
/// and the key and table of the owner's older system.
/// </summary>
public sealed class PythonBotTests : IAsyncLifetime
{
    private const long Ada = 3_141_592_653_589;
    private const long Migrated = 2_718_281_828_459;
    private const long Stranger = 1_618_033_988_749;
    private const string Typed = "a secret that only the chat knows 7361";
    private const string BotToken = "123456789:AAcanarytokencanarytokencanarytoken";
    private const string IndexKey = "canary: the text that the older system passed to hmac.new";
    private const string AliceKey = "canary-what-bot-and-api-share";
    private const string Away = "Sorry, I can't reach my storage right now. Please try again in a few minutes.";
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-python-").FullName;
    private readonly StringBuilder printed = new();
    private readonly Uri hatcheckUrl = new($"http://127.0.0.1:{RunningProgram.FreePort()}");
    private readonly Uri aliceUrl = new($"http://127.0.0.1:{RunningProgram.FreePort()}");
    private readonly Dictionary<string, string> environment = new(StringComparer.Ordinal);
    private SimulatorHost telegram = null!;

    public async ValueTask InitializeAsync()
    {
        var options = new SimulatorOptions { Pace = false };
        options.Bots.Add(new SimulatedBot(BotToken, "alice_bot", "Alice"));
        telegram = await SimulatorHost.StartAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        await telegram.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_Python_bot_keeps_its_people_by_hash_on_sqlite()
    {
        await LiveAsync(first: null);
        var database = Path.Combine(folder, "data", "hatcheck.db");
        (await LeftBehind.CountAsync(database, "select count(*) from users")).ShouldBe(
            2,
            "a person who did not start was never created, not even for a moment"
        );
        (await LeftBehind.CountAsync(database, "select count(*) from users where erased_at is not null")).ShouldBe(1);
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        foreach (var file in files)
            ShouldHoldNothingReadable(File.ReadAllBytes(file), file);
        // Control: the search finds the hash in Hatcheck's file and in the owner's.
        files.Count(file => LeftBehind.Find(File.ReadAllBytes(file), Encoding.UTF8.GetBytes(Hash(Migrated)))).ShouldBe(2);
        files.ShouldAllBe(
            file => !LeftBehind.Find(File.ReadAllBytes(file), Encoding.UTF8.GetBytes(Hash(Ada))),
            "who left is gone from both"
        );
    }

    [Fact]
    public async Task A_Python_bot_keeps_its_people_by_hash_on_postgresql()
    {
        var server = await PostgresServer.SharedAsync();
        await using var database = await server.CreateDatabaseAsync();
        environment["Database__Provider"] = "postgres";
        environment["Database__ConnectionString"] = database.App;
        environment["Database__MaintenanceConnectionString"] = database.Maintenance;
        environment["Database__OwnerConnectionString"] = database.Owner;
        await LiveAsync(first: ["migrate"]);
        (await database.ScalarAsync("select count(*) from users")).ShouldBe(
            2L,
            "a person who did not start was never created, not even for a moment"
        );
        (await database.ScalarAsync("select count(*) from users where erased_at is not null")).ShouldBe(1L);
        var rows = await LeftBehind.EveryRowAsync(database);
        ShouldHoldNothingReadable(Encoding.UTF8.GetBytes(rows), "the tables");
        // Control: the search finds the hash.
        rows.ShouldContain(Hash(Migrated));
    }

    private async Task LiveAsync(string[]? first)
    {
        environment["Urls"] = hatcheckUrl.ToString();
        environment["Data__Folder"] = Path.Combine(folder, "data");
        // The most detailed logs that an operator can set.
        environment["Logging__Level"] = "Trace";
        if (first is not null)
            await RunAsync(null, first);
        var migrated = await LeaveAnOlderTableAsync();
        Owner owner;
        await using (var server = await ServeAsync())
        {
            owner = await PrepareAsync();
            using var http = Client(owner.Key);
            // The move of the older table registers the same hash, computed by the older system.
            (await ResolveAsync(http, Hash(Migrated))).Created.ShouldBeTrue();
            await using var api = RunningProgram.Start(RunningProgram.PythonExample("api.py"), folder, Settings(owner));
            await api.UntilAnswersAsync(aliceUrl, HttpStatusCode.Unauthorized);
            await using var bot = RunningProgram.Start(RunningProgram.PythonExample("bot.py"), folder, Settings(owner));
            using var ada = await new SimulatedChat(telegram, Ada, "alice_bot").JoinAsync("Ada Canaryfeather");

            await StrangersLeaveNoTraceAsync();
            var ticket = await AdaIsKeptByHashAsync(ada, owner);
            await RepeatedUpdatesDoNoHarmAsync(ada, http, ticket);
            await TheOlderTableIsFoundAgainAsync(migrated);
            await StopAsync(server);
            (await ada.AskAsync("/whoami")).ShouldBe(Away);
            await using var again = await ServeAsync();
            (await ada.AskAsync("/whoami")).ShouldStartWith("What I keep about you");
            await AdaLeavesAsync(ada, http);
            foreach (var program in new[] { bot, api, again })
                await StopAsync(program);
        }

        var everything = printed.ToString();
        everything.ShouldContain("PUT /users/by-telegram/{hash} 200");
        ShouldHoldNothingReadable(Encoding.UTF8.GetBytes(everything), "what the programs printed");
        foreach (var hash in new[] { Hash(Ada), Hash(Migrated) })
            everything.ShouldNotContain(hash);
        foreach (var secret in new[] { owner.Key, owner.OtherKey, AliceKey, IndexKey })
            everything.ShouldNotContain(secret);
    }

    private async Task StrangersLeaveNoTraceAsync()
    {
        using var stranger = await new SimulatedChat(telegram, Stranger, "alice_bot").JoinAsync("Nobody");
        foreach (var command in new[] { "/whoami", "/exportdata", "/logout" })
            (await stranger.AskAsync(command)).ShouldStartWith("I keep nothing about you.");
        (await stranger.AskAsync(Typed)).ShouldStartWith("I know these:");
    }

    private async Task<Guid> AdaIsKeptByHashAsync(SimulatedChat ada, Owner owner)
    {
        (await ada.AskAsync("/start")).ShouldStartWith("Hello! I know you by a hash");
        (await ada.AskAsync("/whoami")).ShouldContain("identities: 1");
        using var http = Client(owner.Key);
        using var others = Client(owner.OtherKey);
        var kept = (await http.GetFromJsonAsync($"users/by-telegram/{Hash(Ada)}", HatcheckJson.Default.UserResponse))!;
        kept.Identities.Single().BlindOnly.ShouldBeTrue();
        (await others.GetAsync($"users/by-telegram/{Hash(Ada)}")).StatusCode.ShouldBe(
            HttpStatusCode.NotFound,
            "another tenant under the same key sees nothing"
        );
        (await others.GetAsync($"users/{kept.Id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await AliceAsync(Hash(Ada))).GetProperty("ticket").GetGuid().ShouldBe(kept.Id);
        using var export = JsonDocument.Parse(await ada.DownloadAsync(await ada.SayAsync("/exportdata")));
        export.RootElement.GetProperty("hatcheck").GetProperty("user_id").GetGuid().ShouldBe(kept.Id);
        export.RootElement.GetProperty("alice").GetProperty("ticket").GetGuid().ShouldBe(kept.Id);
        return kept.Id;
    }

    private static async Task RepeatedUpdatesDoNoHarmAsync(SimulatedChat ada, HttpClient http, Guid ticket)
    {
        await ada.SetFaultsAsync(new { duplicate_update_every = 1, too_many_requests_every = 3 });
        var (replies, lines) = (await ada.RepliesAsync(), await UsageAsync(http, ticket));
        foreach (var command in new[] { "/start", "/whoami", "/start" })
            await ada.SayAsync(command);
        await ada.SetFaultsAsync(new { });
        // Handled after the repeats, so their effects are complete.
        await ada.SayAsync("/whoami");
        (await ada.RepliesAsync()).ShouldBe(replies + 4);
        (await UsageAsync(http, ticket)).ShouldBe(lines + 4);
    }

    private async Task TheOlderTableIsFoundAgainAsync(long row)
    {
        using var chat = await new SimulatedChat(telegram, Migrated, "alice_bot").JoinAsync("Grace");
        (await chat.AskAsync("/start")).ShouldStartWith("Hello again!");
        (await chat.AskAsync("/whoami")).ShouldContain($"row {row}, language fi, since 2019-05-01");
    }

    private async Task AdaLeavesAsync(SimulatedChat ada, HttpClient http)
    {
        (await ada.PressAsync(await ada.SayAsync("/logout"), button: 1)).ShouldBe("Nothing was deleted.");
        (await ada.PressAsync(await ada.SayAsync("/logout"), button: 0)).ShouldStartWith(
            "Done. Everything I kept about you is deleted."
        );
        (await ada.AskAsync("/whoami")).ShouldStartWith("I keep nothing about you.");
        (await http.GetAsync($"users/by-telegram/{Hash(Ada)}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await AliceAsync(Hash(Ada))).GetProperty("code").GetString().ShouldBe("user.not_found");
        (await AliceAsync($"{Ada}")).GetProperty("code").GetString().ShouldBe("user.hash_expected");
    }

    /// <summary>The owner's table after its ids were hashed in place; returns the number of its one row.</summary>
    private async Task<long> LeaveAnOlderTableAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "alice.db")}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            "create table alice_user (id integer primary key, telegram_user_id varchar(64) not null unique, language "
            + "varchar(8) not null default 'en', "
            + "joined_at varchar(32) not null, ticket char(36) null); "
            + "insert into alice_user (id, telegram_user_id, language, joined_at) "
            + $"values (77, '{Hash(Migrated)}', 'fi', '2019-05-01T00:00:00+00:00')";
        await command.ExecuteNonQueryAsync();
        return 77;
    }

    private async Task<Owner> PrepareAsync()
    {
        string[] hashing = ["--blind-only", "--scheme", "0", "--index-key-file", "-", "--index-key-encoding", "text"];
        await RunAsync(IndexKey, ["tenants", "add", "alice", .. hashing]);
        await RunAsync(IndexKey, ["tenants", "add", "other", .. hashing]);
        string[] scopes = ["--scopes", "users:read", "users:write", "users:erase", "usage:write", "usage:read", "export:read"];
        var key = await RunAsync(null, ["apikeys", "add", "alice", "--name", "bot", .. scopes]);
        return new Owner(key.Trim(), (await RunAsync(null, ["apikeys", "add", "other", "--name", "bot", .. scopes])).Trim());
    }

    private Dictionary<string, string> Settings(Owner owner) =>
        new(StringComparer.Ordinal)
        {
            ["TELEGRAM_BOT_TOKEN"] = BotToken,
            ["TELEGRAM_URL"] = telegram.Address.ToString(),
            ["TELEGRAM_ID_HMAC_KEY"] = IndexKey,
            ["HATCHECK_URL"] = hatcheckUrl.ToString(),
            ["HATCHECK_API_KEY"] = owner.Key,
            ["ALICE_URL"] = aliceUrl.ToString(),
            ["ALICE_API_KEY"] = AliceKey,
            ["ALICE_PORT"] = $"{aliceUrl.Port}",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
            ["PYTHONWARNINGS"] = "error",
        };

    private async Task<RunningProgram> ServeAsync()
    {
        var server = RunningProgram.Start(RunningProgram.Hatcheck, folder, environment, "serve");
        await server.UntilAnswersAsync(new Uri(hatcheckUrl, "/health/ready"));
        return server;
    }

    private async Task StopAsync(RunningProgram program)
    {
        await program.DisposeAsync();
        printed.Append(program.Printed);
    }

    private async Task<string> RunAsync(string? input, string[] arguments) =>
        (
            await Command.RunAsync(
                "env",
                [.. environment.Select(pair => $"{pair.Key}={pair.Value}"), "dotnet", RunningProgram.Hatcheck, .. arguments],
                input
            )
        ).Succeeded();

    private HttpClient Client(string key) =>
        new()
        {
            BaseAddress = hatcheckUrl,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
        };

    private async Task<JsonElement> AliceAsync(string hash)
    {
        using var http = new HttpClient
        {
            BaseAddress = aliceUrl,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", AliceKey) },
        };
        using var answer = await http.GetAsync($"/users/by-telegram/{hash}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task<ResolvedUser> ResolveAsync(HttpClient http, string hash)
    {
        using var answer = await http.PostAsJsonAsync(
            "users/resolve",
            new IdentityRequest("telegram", Hash: hash, KeyVersion: 1),
            HatcheckJson.Default.IdentityRequest
        );
        return (await answer.Content.ReadFromJsonAsync(HatcheckJson.Default.ResolvedUser))!;
    }

    private static async Task<int> UsageAsync(HttpClient http, Guid ticket) =>
        (await http.GetFromJsonAsync($"users/{ticket}/usage?limit=200", HatcheckJson.Default.UsagePage))!.Items.Count;

    /// <summary>Hatcheck's own hash, to compare with the Python bot's.</summary>
    private static string Hash(long person)
    {
        using var bytes = new SecretBytes(Encoding.UTF8.GetBytes(IndexKey));
        using var key = new BlindIndexKey(bytes, 1, BlindIndexKey.PlainScheme);
        return key.Compute("telegram", "user", $"{person}");
    }

    private static void ShouldHoldNothingReadable(byte[] bytes, string where)
    {
        foreach (var person in new[] { Ada, Migrated, Stranger })
            LeftBehind.ShouldHoldNothingReadable(bytes, where, person, Typed, "Canaryfeather", BotToken);
    }

    private sealed record Owner(string Key, string OtherKey);
}
