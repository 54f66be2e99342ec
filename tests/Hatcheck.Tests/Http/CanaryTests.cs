using System.Net;
using System.Net.Sockets;
using System.Text;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hatcheck.Tests.Http;

public sealed class CanaryOnSqlite(OnSqlite database) : CanaryTests(database), IClassFixture<OnSqlite>
{
    protected override async Task<List<(string Place, byte[] Bytes)>> StoredAsync()
    {
        var stored = new List<(string, byte[])>();
        foreach (var file in Directory.EnumerateFiles(Folder))
        {
            // The server holds them open.
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            stored.Add((Path.GetFileName(file), copy.ToArray()));
        }

        stored.Exists(file => file.Item1 == "hatcheck.db-wal").ShouldBeTrue();
        return stored;
    }
}

public sealed class CanaryOnPostgres(OnPostgres database) : CanaryTests(database), IClassFixture<OnPostgres>
{
    protected override async Task<List<(string Place, byte[] Bytes)>> StoredAsync()
    {
        await using var connection = new NpgsqlConnection(database.Database.SuperUser);
        await connection.OpenAsync();
        var tables = new List<string>();
        await using (
            var command = new NpgsqlCommand(
                "select format('%I.%I', schemaname, tablename) from pg_tables "
                    + "where schemaname not in ('pg_catalog', 'information_schema')",
                connection
            )
        )
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                tables.Add(reader.GetString(0));
        }

        tables.Count.ShouldBeGreaterThanOrEqualTo(StoredRows.Tables.Count);
        var stored = new List<(string, byte[])>();
        foreach (var table in tables)
        {
            await using var command = new NpgsqlCommand($"select string_agg(t::text, E'\\n') from {table} t", connection);
            stored.Add((table, Encoding.UTF8.GetBytes(await command.ExecuteScalarAsync() as string ?? "")));
        }

        return stored;
    }
}

/// <summary>Calls every endpoint with planted values, at the most verbose log level, and searches everywhere for them.</summary>
public abstract class CanaryTests(TestedDatabase database)
{
    private const string TelegramId = "4242424242424242";
    private const string Phone = "+4915199887766";
    private const string Attribute = "canary Zürich, said the person";
    private const string Action = "canary.action.q7x";
    private const string IdempotencyKey = "canary-idempotency-key-1";

    protected string Folder => database.Folder;

    protected abstract Task<List<(string Place, byte[] Bytes)>> StoredAsync();

    [Fact]
    public async Task Nothing_that_a_caller_sends_is_readable_in_log_or_database()
    {
        database.Settings["Logging:Level"] = "Trace";
        var node = await database.StartNodeAsync();
        var canaries = new Canaries();
        foreach (
            var (name, value) in new[]
            {
                ("telegram id", TelegramId),
                ("phone", Phone),
                ("attribute", Attribute),
                ("action", Action),
                ("idempotency key", IdempotencyKey),
            }
        )
            canaries.Plant(name, value);
        canaries
            .FoundIn($"xx{Convert.ToBase64String(Encoding.UTF8.GetBytes("y" + Attribute + "z"))}")
            .ShouldNotBeEmpty("the search itself works");

        var tenant = await node.NewTenantAsync();
        canaries.Plant("api key", tenant.Key);
        await LiveAsync(tenant, canaries);
        await MisuseAsync(node, tenant);
        foreach (var line in RawRequests(tenant.Key))
            await SendRawAsync(node.Address, line);

        node.Services.GetRequiredService<ILoggerFactory>()
            .CreateLogger("Hatcheck.Tests")
            .Log<KeyValuePair<string, object?>[]>(
                LogLevel.Trace,
                default,
                [new("{OriginalFormat}", "the log was at its most talkative")],
                null,
                static (_, _) => ""
            );
        node.Log.ToString().ShouldContain("the log was at its most talkative");
        canaries.FoundIn(node.Log.ToString()).ShouldBeEmpty();
        foreach (var (place, bytes) in await StoredAsync())
            canaries.FoundIn(bytes).ShouldBeEmpty(place);
        await DropAsync(tenant);
        canaries.FoundIn(node.Log.ToString()).ShouldBeEmpty();
    }

    private static async Task LiveAsync(TestTenant tenant, Canaries canaries)
    {
        var user = await tenant.Http.ResolveAsync(TelegramId);
        var phone = await tenant.Http.ResolveAsync(Phone, "whatsapp");
        var body = $$"""{"action":"{{Action}}","attributes":{"city":"{{Attribute}}"} }""";
        var request = new HttpRequestMessage(HttpMethod.Post, $"/users/{user.Id}/usage")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", IdempotencyKey);
        await tenant.Http.SendAsync(request).ReadAsync<UsageEntry>(HttpStatusCode.Created);
        var code = await tenant
            .Http.PostJsonAsync($"/users/{phone.Id}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        canaries.Plant("link code", code.Code);
        await tenant.Http.PostJsonAsync($"/users/{user.Id}/merge", $$"""{"code":"{{code.Code}}"}""").ReadAsync<UserResponse>();
        var unused = await tenant
            .Http.PostJsonAsync($"/users/{phone.Id}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        canaries.Plant("unused link code", unused.Code);
        var linked = await tenant
            .Http.PostJsonAsync($"/users/{user.Id}/identities", """{"channel":"telegram","id":"77"}""")
            .ReadAsync<IdentityResponse>(HttpStatusCode.Created);
        (await tenant.Http.DeleteAsync($"/users/{user.Id}/identities/{linked.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (
            await tenant.Http.PatchAsync(
                $"/users/{user.Id}/preferences",
                new StringContent($$$"""{"assistant":{"instructions":"{{{Attribute}}}"}}""", Encoding.UTF8, "application/json")
            )
        ).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var path in new[] { "", "/preferences", "/preferences/history", "/usage", "/summary", "/export" })
            (await tenant.Http.GetAsync($"/users/{user.Id}{path}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        // The caller sees it, so the search above would find it.
        canaries.FoundIn(await tenant.Http.GetStringAsync($"/users/{user.Id}/export")).ShouldNotBeEmpty();
    }

    private static async Task MisuseAsync(Node node, TestTenant tenant)
    {
        foreach (
            var path in new[]
            {
                $"/users/by-telegram/{TelegramId}",
                $"/users/{TelegramId}",
                $"/users/{TelegramId}/usage",
                $"/{TelegramId}",
                $"/users?limit={TelegramId}&phone={Uri.EscapeDataString(Phone)}",
                $"/users/{Guid.NewGuid()}/usage?cursor={TelegramId}&from={Uri.EscapeDataString(Attribute)}",
                $"/users/{Guid.NewGuid()}/usage?limit={TelegramId}",
                $"/openapi/{TelegramId}.json",
            }
        )
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            foreach (
                var header in new[] { "Request-Id", "baggage", "tracestate", "X-Request-ID", "User-Agent", "Referer", "Cookie" }
            )
                request.Headers.TryAddWithoutValidation(header, $"a={TelegramId}");
            ((int)(await tenant.Http.SendAsync(request)).StatusCode).ShouldBeInRange(400, 499);
        }

        foreach (
            var body in new[]
            {
                $$"""{"channel":"{{TelegramId}}","id":"{{Attribute}}"}""",
                $$"""{"channel":"telegram","id":{{TelegramId}}}""",
                $$"""{"channel":"telegram","{{TelegramId}}":1}""",
                $$"""{"channel":"telegram","id":"{{Attribute}}""",
                $$"""{"channel":"telegram","id":"{{TelegramId}}","id":"{{TelegramId}}"}""",
                TelegramId,
                Attribute,
            }
        )
        {
            ((int)(await tenant.Http.PostJsonAsync("/users/resolve", body)).StatusCode).ShouldBeInRange(400, 499);
        }

        ((int)(await node.Client(tenant.Key + "x").GetAsync("/tenant")).StatusCode).ShouldBe(401);
        ((int)(await node.Client(TelegramId).GetAsync("/tenant")).StatusCode).ShouldBe(401);
    }

    private static async Task DropAsync(TestTenant tenant)
    {
        var user = await tenant.Http.ResolveAsync(TelegramId);
        (await tenant.Http.DeleteAsync($"/users/{user.Id}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    /// <summary>Input that never becomes a request of ASP.NET: Kestrel's own errors must not repeat it either.</summary>
    private static IEnumerable<string> RawRequests(string key)
    {
        yield return $"GET /users/by-telegram/{TelegramId} HTTP/9.9\r\nHost: x\r\n\r\n";
        yield return $"{TelegramId}\r\n\r\n";
        yield return $"GET {TelegramId} HTTP/1.1\r\nHost: x\r\n\r\n";
        yield return $"GET /users/{TelegramId}%00 HTTP/1.1\r\nHost: x\r\n\r\n";
        yield return $"GET /tenant HTTP/1.1\r\nHost: {TelegramId} {Phone}\r\n\r\n";
        yield return $"GET /tenant HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\0\r\n\r\n";
        yield return $"GET /tenant HTTP/1.1\r\nHost: x\r\n{TelegramId} no colon\r\n\r\n";
        yield return $"GET /{TelegramId}{new string('a', 5000)} HTTP/1.1\r\nHost: x\r\n\r\n";
        yield return $"POST /users/resolve HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: "
            + $"application/json\r\nTransfer-Encoding: chunked\r\n\r\n{TelegramId}zz\r\n";
        yield return $"POST /users/resolve HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: "
            + $"application/json\r\nContent-Length: {TelegramId}\r\n\r\n";
    }

    private static async Task SendRawAsync(Uri address, string text)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        socket.Client.Shutdown(SocketShutdown.Send);
        var buffer = new byte[8192];
        var length = await stream.ReadAsync(buffer);
        var answer = Encoding.Latin1.GetString(buffer, 0, length);
        if (length > 0)
            answer.ShouldMatch("^HTTP/1.1 (4..|505)");
        answer.ShouldNotContain(TelegramId);
    }
}
