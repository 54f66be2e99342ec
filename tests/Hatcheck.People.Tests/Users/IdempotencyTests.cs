using System.Net;
using System.Text;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Webhooks;

namespace Hatcheck.People.Tests.Users;

public sealed class IdempotencyOnSqlite(OnSqlite database) : IdempotencyTests(database), IClassFixture<OnSqlite>;

public sealed class IdempotencyOnPostgres(OnPostgres database) : IdempotencyTests(database), IClassFixture<OnPostgres>;

/// <summary>One Idempotency-Key, used by both operations that take it.</summary>
public abstract class IdempotencyTests(TestedDatabase database)
{
    [Theory]
    [InlineData("/users", """{"display_name":"Ada"}""", """{"display_name":"Eve"}""")]
    [InlineData("usage", """{"action":"a"}""", """{"action":"b"}""")]
    public async Task A_key_is_the_callers_own(string operation, string body, string other)
    {
        var tenant = await database.Node.NewTenantAsync();
        var path = operation == "usage" ? $"/users/{(await tenant.Http.ResolveAsync("1")).Id}/usage" : operation;
        var second = await database.StartNodeAsync();
        var key = await database.Node.NewKeyAsync(tenant.Id, "another", Composition.Permissions.Names);
        using var another = second.Client(key.Key);

        var mine = await SendAsync(tenant.Http, path, body);
        var theirs = await SendAsync(another, path, other);
        (mine.Replayed, theirs.Replayed).ShouldBe((false, false));
        theirs.Id.ShouldNotBe(mine.Id);
        // Each is answered with what it created, on either node.
        (await SendAsync(second.Client(tenant.Key), path, body)).ShouldBe((mine.Id, true));
        (await SendAsync(another, path, other)).ShouldBe((theirs.Id, true));
        await PostAsync(tenant.Http, path, other).ShouldFailAsync(422, ProblemCodes.IdempotencyMismatch);
        await PostAsync(another, path, body).ShouldFailAsync(422, ProblemCodes.IdempotencyMismatch);
        (await database.CountAsync("idempotency_keys", tenant.Id)).ShouldBe(2);

        var stranger = await database.Node.NewTenantAsync();
        if (operation == "usage")
            await PostAsync(stranger.Http, path, body).ShouldFailAsync(404, ProblemCodes.UserNotFound);
        else
            (await SendAsync(stranger.Http, path, body)).Replayed.ShouldBeFalse();
        (await database.CountAsync("idempotency_keys", tenant.Id)).ShouldBe(2);
    }

    [Fact]
    public async Task A_refused_request_leaves_its_key_for_another_try()
    {
        var tenant = await database.Node.NewTenantAsync();
        (await tenant.Http.PostJsonAsync("/users", """{"email":"ada@example.org"}""")).EnsureSuccessStatusCode();
        await PostAsync(tenant.Http, "/users", """{"email":"ada@example.org"}""").ShouldFailAsync(409, ProblemCodes.EmailTaken);
        (await database.CountAsync("idempotency_keys", tenant.Id)).ShouldBe(0);
        (await SendAsync(tenant.Http, "/users", """{"email":"eve@example.org"}""")).Replayed.ShouldBeFalse();
        (await database.CountAsync("idempotency_keys", tenant.Id)).ShouldBe(1);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, string body)
    {
        var content = new StringContent(body, Encoding.UTF8, "application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Add("Idempotency-Key", "one");
        return http.SendAsync(request);
    }

    private static async Task<(Guid Id, bool Replayed)> SendAsync(HttpClient http, string path, string body)
    {
        using var answer = await PostAsync(http, path, body);
        var id =
            path == "/users"
                ? (await Task.FromResult(answer).ReadAsync<UserResponse>(HttpStatusCode.Created)).Id
                : (await Task.FromResult(answer).ReadAsync<UsageEntry>(HttpStatusCode.Created)).Id;
        return (id, answer.Headers.Contains("Idempotency-Replayed"));
    }
}
