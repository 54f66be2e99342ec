using System.Security.Cryptography;
using System.Text;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Http;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Access.Tests.Sessions;

public sealed class TelegramLoginOnSqlite(OnSqlite database) : TelegramLoginTests(database), IClassFixture<OnSqlite>;

public sealed class TelegramLoginOnPostgres(OnPostgres database) : TelegramLoginTests(database), IClassFixture<OnPostgres>;

public abstract class TelegramLoginTests(TestedDatabase database)
{
    private const string Token = "123456789:" + "AAE-abcdefghijklmnopqrstuvwxyz01234";
    private const string OtherToken = "987654321:" + "AAE-abcdefghijklmnopqrstuvwxyz43210";

    [Fact]
    public async Task Whom_Telegram_names_is_signed_in_as_the_user_whom_the_bot_resolves()
    {
        await using var world = await StartAsync();
        var known = await world.Service.ResolveAsync("4711");
        foreach (
            var (path, data, way) in new[]
            {
                ("login", Login(world, "4711"), "telegram.login"),
                ("webapp", WebApp(world, "4711"), "telegram.webapp"),
            }
        )
        {
            var tokens = await PostAsync(world, path, "shop", data).ReadAsync<SessionTokens>();
            using var http = world.Node.Client(tokens.AccessToken);
            (await http.GetAsync("/me").ReadAsync<CallerResponse>()).Id.ShouldBe(known.Id);
            (await http.GetAsync("/me/sessions").ReadAsync<SessionList>())
                .Items.Single(session => session.Current)
                .Way.ShouldBe(way);
        }

        // An unknown person becomes a user, as with the bot's own resolve, if the tenant's settings allow it.
        var stranger = await PostAsync(world, "login", "shop", Login(world, "4712")).ReadAsync<SessionTokens>();
        (await world.Node.Client(stranger.AccessToken).GetAsync("/me").ReadAsync<CallerResponse>()).Id.ShouldBe(
            (await world.Service.ResolveAsync("4712")).Id
        );
        await PostAsync(world, "login", "closed", Login(world, "4713", OtherToken)).ShouldFailAsync(401, ProblemCodes.LoginData);
        world.Node.Log.ToString().ShouldNotContain("4711");
    }

    [Fact]
    public async Task What_Telegram_did_not_sign_for_this_bot_and_this_way_signs_nobody_in()
    {
        await using var world = await StartAsync();
        var before = await database.CountAsync();
        var login = Login(world, "4711");
        string[] bad =
        [
            login.Replace("id=4711", "id=4712"),
            login.Replace("first_name=Ada", "first_name=Eve"),
            login + "&username=eve",
            login.Replace("&first_name=Ada%20L", ""),
            login + "&id=4712",
            login.Replace("hash=", "hash=0"),
            login[..^1] + (login[^1] == '0' ? '1' : '0'),
            login[..^64] + login[^64..].ToUpperInvariant(),
            login[..^65],
            login.Replace("&hash=", "&hash2="),
            Login(world, "4711", OtherToken),
            WebApp(world, "4711"),
            login + "&",
            "&" + login,
            login + "&x",
            login.Replace("Ada", "Ada%0Aid=4712"),
            login.Replace("Ada", "%ff"),
            login.Replace("Ada", "%4"),
            login.Replace("Ada", "Ädä"),
            Signed(world, Token, false, ("id", "4711"), ("first_name", "A\nid=4712")),
            Signed(world, Token, false, ("first_name", "Ada")),
            Signed(world, Token, false, ("id", "04711")),
            Signed(world, Token, false, ("id", "-4711")),
            Signed(world, Token, false, ("id", "4711x")),
            new('x', 4096),
            "=",
            "hash=",
            $"auth_date=1&hash={new string('0', 64)}",
        ];
        foreach (var data in bad)
            await PostAsync(world, "login", "shop", data).ShouldFailAsync(401, ProblemCodes.LoginData);
        string[] badApps =
        [
            login,
            WebApp(world, "4711").Replace("4711", "4712"),
            Signed(world, Token, true, ("query_id", "a")),
            Signed(world, Token, true, ("user", """{"id":"4711"}""")),
            Signed(world, Token, true, ("user", """{"id":4711.0}""")),
            Signed(world, Token, true, ("user", """{"id":4711,"id":4712}""")),
            Signed(world, Token, true, ("user", "[4711]")),
            Signed(world, Token, true, ("user", "4711")),
            Signed(world, Token, true, ("id", "4711")),
            Signed(world, Token, true, ("user", """{"id":-1}""")),
        ];
        foreach (var data in badApps)
            await PostAsync(world, "webapp", "shop", data).ShouldFailAsync(401, ProblemCodes.LoginData);
        await PostAsync(world, "login", "nobot", login).ShouldFailAsync(422, ProblemCodes.Invalid);
        await world
            .Node.Client()
            .PostJsonAsync("/auth/telegram/login", $$"""{"bot":"shop","data":"{{new string('x', 4097)}}"}""")
            .ShouldFailAsync(422, ProblemCodes.Invalid);
        (await database.CountAsync()).ShouldBe(before);
        (await PostAsync(world, "login", "shop", login)).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task Data_is_good_for_ten_minutes_and_a_replay_after_that_is_refused()
    {
        // Telegram signs times in whole seconds.
        var time = new ManualTime(DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()));
        await using var world = await StartAsync(time);
        var (login, app) = (Login(world, "4711"), WebApp(world, "4711"));
        time.Advance(TimeSpan.FromMinutes(10));
        (await PostAsync(world, "login", "shop", login)).EnsureSuccessStatusCode();
        (await PostAsync(world, "webapp", "shop", app)).EnsureSuccessStatusCode();
        time.Advance(TimeSpan.FromSeconds(1));
        await PostAsync(world, "login", "shop", login).ShouldFailAsync(401, ProblemCodes.LoginData);
        await PostAsync(world, "webapp", "shop", app).ShouldFailAsync(401, ProblemCodes.LoginData);
        // Telegram's clock may be ahead by half a minute.
        var early = Login(world, "4711");
        time.Advance(TimeSpan.FromSeconds(-30));
        (await PostAsync(world, "login", "shop", early)).EnsureSuccessStatusCode();
        time.Advance(TimeSpan.FromSeconds(-1));
        await PostAsync(world, "login", "shop", early).ShouldFailAsync(401, ProblemCodes.LoginData);
    }

    [Fact]
    public async Task Who_was_deleted_is_not_signed_in_and_who_was_erased_comes_as_somebody_new()
    {
        await using var world = await StartAsync();
        var user = (await world.Service.ResolveAsync("4711")).Id;
        (await world.Service.DeleteAsync($"/users/{user}")).EnsureSuccessStatusCode();
        await PostAsync(world, "login", "shop", Login(world, "4711")).ShouldFailAsync(401, ProblemCodes.LoginData);
        (await world.Service.DeleteAsync($"/users/{user}?confirm=true")).EnsureSuccessStatusCode();
        var tokens = await PostAsync(world, "login", "shop", Login(world, "4711")).ReadAsync<SessionTokens>();
        (await world.Node.Client(tokens.AccessToken).GetAsync("/me").ReadAsync<CallerResponse>()).Id.ShouldNotBe(user);
    }

    [Fact]
    public async Task A_profile_that_names_a_Telegram_id_opens_nothing()
    {
        await using var world = await StartAsync();
        var user = await world
            .Service.PostJsonAsync("/users", """{"attributes":{"telegram":"4711"},"phone":"+491701234711"}""")
            .ReadAsync<UserResponse>(System.Net.HttpStatusCode.Created);
        var tokens = await PostAsync(world, "login", "shop", Login(world, "4711")).ReadAsync<SessionTokens>();
        (await world.Node.Client(tokens.AccessToken).GetAsync("/me").ReadAsync<CallerResponse>()).Id.ShouldNotBe(user.Id);
    }

    [Theory]
    [InlineData("Tenant", "0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11", "which does not exist")]
    [InlineData("Tenant", "blind", "blind-only")]
    public async Task A_bot_whose_tenant_is_none_or_blind_stops_the_start(string setting, string value, string words)
    {
        var tenant = value == "blind" ? (await database.Node.NewTenantAsync(blindOnly: true)).Id : Guid.Parse(value);
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["TelegramLogin:Bots:0:Name"] = "shop",
            [$"TelegramLogin:Bots:0:{setting}"] = $"{tenant}",
            ["TelegramLogin:Bots:0:Token"] = Token,
        };
        (await Should.ThrowAsync<Platform.OperatorException>(() => Node.StartAsync(settings))).Message.ShouldContain(words);
    }

    private static Task<HttpResponseMessage> PostAsync(World world, string path, string bot, string data) =>
        world
            .Node.Client()
            .PostJsonAsync(
                $"/auth/telegram/{path}",
                System.Text.Json.JsonSerializer.Serialize(
                    new TelegramSignInRequest(bot, data),
                    HatcheckJson.Default.TelegramSignInRequest
                )
            );

    private static string Login(World world, string id, string token = Token) =>
        Signed(world, token, isWebApp: false, ("id", id), ("first_name", "Ada L"), ("photo_url", "https://t.me/i/a+b.jpg"));

    private static string WebApp(World world, string id) =>
        Signed(
            world,
            Token,
            isWebApp: true,
            ("query_id", "AAH"),
            ("user", $$"""{"id":{{id}},"first_name":"Ada & Ü","language_code":"de"}"""),
            ("signature", "x-y_z")
        );

    /// <summary>Signs as Telegram's servers do, written from Telegram's documentation alone.</summary>
    private static string Signed(World world, string token, bool isWebApp, params (string Name, string Value)[] fields)
    {
        var all = fields.Append(("auth_date", $"{world.Time.GetUtcNow().ToUnixTimeSeconds()}")).ToList();
        var text = string.Join(
            '\n',
            all.OrderBy(field => field.Item1, StringComparer.Ordinal).Select(field => $"{field.Item1}={field.Item2}")
        );
        var key = isWebApp
            ? HMACSHA256.HashData("WebAppData"u8, Encoding.UTF8.GetBytes(token))
            : SHA256.HashData(Encoding.UTF8.GetBytes(token));
        var hash = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
        return string.Join('&', all.Append(("hash", hash)).Select(field => $"{field.Item1}={Uri.EscapeDataString(field.Item2)}"));
    }

    private async Task<World> StartAsync(ManualTime? time = null)
    {
        var tenant = await database.Node.NewTenantAsync();
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["TelegramLogin:Bots:0:Name"] = "shop",
            ["TelegramLogin:Bots:0:Tenant"] = $"{tenant.Id}",
            ["TelegramLogin:Bots:0:Token"] = Token,
            ["TelegramLogin:Bots:1:Name"] = "closed",
            ["TelegramLogin:Bots:1:Tenant"] = $"{tenant.Id}",
            ["TelegramLogin:Bots:1:Token"] = OtherToken,
            ["TelegramLogin:Bots:1:CreateUsers"] = "false",
        };
        TimeProvider clock = time is null ? TimeProvider.System : time;
        var node = await Node.StartAsync(settings, services => services.AddSingleton(clock));
        return new World(node, clock, node.Client(tenant.Key));
    }

    private sealed record World(Node Node, TimeProvider Time, HttpClient Service) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Node.DisposeAsync();
    }
}
