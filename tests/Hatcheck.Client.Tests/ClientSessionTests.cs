using System.Net;
using Hatcheck.Contracts;

namespace Hatcheck.Client.Tests;

public sealed class ClientSessionTests : IDisposable
{
    private const string Tokens = """
        {"access_token":"eyJ.a.b","token_type":"Bearer","expires_in":600,"refresh_token":"hcr_next",
        "session_id":"22222222-2222-2222-2222-222222222222","session_expires_at":"2026-12-22T10:00:00Z",
        "session_ends_at":"2027-05-21T10:00:00Z","mood":1}
        """;

    private static readonly Guid User = new("11111111-1111-1111-1111-111111111111");
    private static readonly Guid Session = new("22222222-2222-2222-2222-222222222222");
    private readonly ScriptedHatcheck server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task A_service_signs_its_person_in_sees_where_and_ends_it()
    {
        using var client = server
            .Expect($"POST /users/{User}/sessions", Tokens, HttpStatusCode.Created)
            .Expect($"GET /users/{User}/sessions", """{"items":[]}""")
            .Expect($"DELETE /users/{User}/sessions/{Session}", "", HttpStatusCode.NoContent)
            .Expect($"DELETE /users/{User}/sessions", "", HttpStatusCode.NoContent)
            .Client();

        var tokens = await client.CreateSessionAsync(User, new SessionRequest("192.0.2.7"));
        (tokens.SessionId, tokens.ExpiresIn, tokens.RefreshToken).ShouldBe((Session, 600, "hcr_next"));
        tokens.ToString().ShouldNotContain("hcr_");
        (await client.ListSessionsAsync(User)).Items.ShouldBeEmpty();
        await client.EndSessionAsync(User, Session);
        await client.EndSessionsAsync(User);

        server.Requests[0].Body.ShouldBe("""{"client_address":"192.0.2.7"}""");
    }

    [Fact]
    public async Task Tokens_travel_in_bodies_and_an_exchange_brings_the_other_issuers_token_in_place_of_the_key()
    {
        using var client = server
            .Expect("POST /auth/refresh", Tokens)
            .Expect("POST /auth/logout", "", HttpStatusCode.NoContent)
            .Expect("POST /auth/exchange", Tokens)
            .Expect("POST /auth/telegram/login", Tokens)
            .Expect("POST /auth/telegram/webapp", Tokens)
            .Client();

        await client.RefreshSessionAsync("hcr_old");
        await client.LogOutAsync("hcr_old");
        await client.ExchangeAsync("eyJ.theirs");
        await client.SignInWithTelegramAsync("shop", "id=1&hash=a");
        await client.SignInWithTelegramWebAppAsync("shop", "query_id=1&hash=a");

        server.Requests[0].Body.ShouldBe("""{"refresh_token":"hcr_old"}""");
        server.Requests[2].Authorization.ShouldBe("Bearer eyJ.theirs");
        server.Requests[3].Body.ShouldBe("""{"bot":"shop","data":"id=1\u0026hash=a"}""");
    }
}
