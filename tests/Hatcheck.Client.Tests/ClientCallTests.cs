using System.Net;
using Hatcheck.Contracts;

namespace Hatcheck.Client.Tests;

public sealed class ClientCallTests : IDisposable
{
    private const long Telegram = 4_503_599_627_370_496;
    private const string UserJson = """
        {"id":"11111111-1111-1111-1111-111111111111","created_at":"2026-11-22T10:00:00Z",
        "identities":[{"id":"22222222-2222-2222-2222-222222222222","channel":"telegram","kind":"user",
        "blind_only":false,"linked_at":"2026-11-22T10:00:00Z"}]}
        """;

    private static readonly Guid User = new("11111111-1111-1111-1111-111111111111");
    private static readonly Guid Identity = new("22222222-2222-2222-2222-222222222222");
    private readonly ScriptedHatcheck server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task Resolving_sends_the_id_as_text_with_the_key_in_the_header()
    {
        using var client = server
            .Expect("POST /users/resolve", """{"id":"11111111-1111-1111-1111-111111111111","created":true}""")
            .Client();

        var user = await client.ResolveTelegramAsync(Telegram);

        user.ShouldBe(new ResolvedUser(User, Created: true));
        server.Requests[0].Body.ShouldBe("""{"channel":"telegram","id":"4503599627370496"}""");
        server.Requests[0].Authorization.ShouldBe($"Bearer {ScriptedHatcheck.Key}");
    }

    [Fact]
    public async Task A_phone_number_is_made_canonical_before_it_is_sent()
    {
        using var client = server
            .Expect("POST /users/resolve", """{"id":"11111111-1111-1111-1111-111111111111","created":false}""")
            .Client();

        await client.ResolveWhatsAppAsync("+49 170 1234567");

        server.Requests[0].Body.ShouldBe("""{"channel":"whatsapp","id":"\u002B491701234567"}""");
    }

    [Fact]
    public async Task Finding_sends_the_same_as_resolving_and_gives_null_for_a_stranger_after_an_outage_too()
    {
        using var client = server
            .Expect("POST /users/find", UserJson)
            .ExpectProblem("POST /users/find", HttpStatusCode.ServiceUnavailable, ProblemCodes.DatabaseUnavailable)
            .ExpectProblem("POST /users/find", HttpStatusCode.NotFound, ProblemCodes.UserNotFound)
            .Client();

        (await client.FindTelegramAsync(Telegram))!.Id.ShouldBe(User);
        (await server.RunAsync(client.FindWhatsAppAsync("+49 170 1234567"))).ShouldBeNull();

        server.Requests[0].Body.ShouldBe("""{"channel":"telegram","id":"4503599627370496"}""");
        server.ShouldBeSpent();
    }

    [Fact]
    public async Task A_user_is_read_with_identities_and_members_of_a_newer_server_are_ignored()
    {
        using var client = server
            .Expect(
                $"GET /users/{User}",
                UserJson.Replace("{\"id\"", "{\"mood\":{\"good\":[1]},\"id\"", StringComparison.Ordinal)
            )
            .Client();

        var user = await client.GetUserAsync(User);

        user.Identities.Single()
            .ShouldBe(
                new IdentityResponse(
                    Identity,
                    "telegram",
                    "user",
                    BlindOnly: false,
                    new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero)
                )
            );
    }

    [Fact]
    public async Task The_tenant_is_read()
    {
        using var client = server
            .Expect(
                "GET /tenant",
                """
                {"id":"11111111-1111-1111-1111-111111111111","name":"n","blind_only":true,"index_scheme":1,
                "index_key_version":3}
                """
            )
            .Client();

        (await client.GetTenantAsync()).ShouldBe(new TenantResponse(User, "n", BlindOnly: true, 1, 3));
    }

    [Fact]
    public async Task Linking_and_unlinking_name_user_and_identity()
    {
        using var client = server
            .Expect(
                $"POST /users/{User}/identities",
                UserJson[UserJson.IndexOf("[{", StringComparison.Ordinal)..].Trim('[', ']', '}') + "}",
                HttpStatusCode.Created
            )
            .Expect($"DELETE /users/{User}/identities/{Identity}", HttpStatusCode.NoContent)
            .Client();

        (await client.LinkTelegramAsync(User, 42)).Id.ShouldBe(Identity);
        await client.UnlinkAsync(User, Identity);
        server.ShouldBeSpent();
    }

    [Fact]
    public async Task A_link_code_is_made_and_spent()
    {
        using var client = server
            .Expect(
                $"POST /users/{User}/link-codes",
                """{"code":"0123456789","expires_at":"2026-11-22T10:00:00Z"}""",
                HttpStatusCode.Created
            )
            .Expect($"POST /users/{User}/merge", UserJson)
            .Client();

        var code = await client.CreateLinkCodeAsync(User);
        (await client.MergeAsync(User, code.Code)).Id.ShouldBe(User);

        server.Requests[1].Body.ShouldBe("""{"code":"0123456789"}""");
    }

    [Fact]
    public async Task Usage_is_recorded_under_the_callers_key_or_a_random_one()
    {
        const string entry =
            """{"id":"22222222-2222-2222-2222-222222222222","at":"2026-11-22T10:00:00Z","action":"command.start"}""";
        using var client = server
            .Expect($"POST /users/{User}/usage", entry, HttpStatusCode.Created)
            .Expect($"POST /users/{User}/usage", entry, HttpStatusCode.Created)
            .Client();

        await client.RecordUsageAsync(User, new UsageRequest("command.start"), "tg-1-2-usage");
        await client.RecordUsageAsync(User, new UsageRequest("command.start"));

        server.Requests[0].IdempotencyKey.ShouldBe("tg-1-2-usage");
        server.Requests[1].IdempotencyKey.ShouldNotBeNullOrEmpty();
        server.Requests[0].Body.ShouldBe("""{"action":"command.start"}""");
    }

    [Fact]
    public async Task All_pages_of_a_usage_log_are_read()
    {
        static string Page(int day, string tail) =>
            $$"""
                {"items":[{"id":"22222222-2222-2222-2222-222222222222","at":"2026-11-{{day}}T10:00:00Z",
                "action":"a"}]{{tail}}}
                """;
        using var client = server
            .Expect(
                $"GET /users/{User}/usage?from=2026-11-01T00%3A00%3A00.0000000Z&limit=1",
                Page(22, ""","next_cursor":"a+b/c=" """)
            )
            .Expect($"GET /users/{User}/usage?from=2026-11-01T00%3A00%3A00.0000000Z&limit=1&cursor=a%2Bb%2Fc%3D", Page(21, ""))
            .Client();

        var days = new List<int>();
        var query = new UsageQuery { From = new DateTimeOffset(2026, 11, 1, 1, 0, 0, TimeSpan.FromHours(1)), Limit = 1 };
        await foreach (var entry in client.ReadUsageAsync(User, query))
            days.Add(entry.At.Day);

        days.ShouldBe([22, 21]);
    }

    [Fact]
    public async Task Summary_export_and_erasure_reach_their_end_points()
    {
        using var client = server
            .Expect(
                $"GET /users/{User}/summary",
                """
                {"user_id":"11111111-1111-1111-1111-111111111111","created_at":"2026-11-22T10:00:00Z",
                "sections":[{"name":"usage","description":"d","count":2}]}
                """
            )
            .Expect(
                $"GET /users/{User}/export",
                """
                {"format":"hatcheck-export/1","exported_at":"2026-11-22T10:00:00Z",
                "user_id":"11111111-1111-1111-1111-111111111111","sections":{"usage":[{"a":1}]}}
                """
            )
            .Expect($"DELETE /users/{User}?confirm=true", HttpStatusCode.NoContent)
            .Client();

        (await client.GetSummaryAsync(User)).Sections.Single().Count.ShouldBe(2);
        (await client.ExportAsync(User)).Sections["usage"].Single().GetProperty("a").GetInt32().ShouldBe(1);
        await client.EraseAsync(User);
        server.ShouldBeSpent();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(Telegram + 1)]
    public async Task An_impossible_Telegram_id_is_refused_without_being_repeated_or_sent(long id)
    {
        using var client = server.Client();

        var refusal = await Should.ThrowAsync<ArgumentException>(() => client.ResolveTelegramAsync(id));

        refusal.Message.ShouldNotContain($"{id}");
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancelled_call_ends_as_cancelled()
    {
        using var client = server.Client();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => client.GetTenantAsync(cancelled.Token));
    }
}
