using System.Net;
using Hatcheck.Contracts;

namespace Hatcheck.Client.Tests;

public sealed class ClientAccessTests : IDisposable
{
    private const string Member = """
        {"id":"11111111-1111-1111-1111-111111111111","display_name":"Anna","issuer":"staff",
        "subject":"user_2abc","roles":["support"],"created_at":"2026-11-22T10:00:00Z"}
        """;
    private const string Role = """{"name":"desk one","permissions":["usage:write"],"built_in":false}""";

    private static readonly Guid Id = new("11111111-1111-1111-1111-111111111111");
    private readonly ScriptedHatcheck server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task Roles_are_added_changed_and_removed_under_an_escaped_name()
    {
        using var client = server
            .Expect("POST /roles", Role, HttpStatusCode.Created)
            .Expect("PUT /roles/desk%20one", Role)
            .Expect("DELETE /roles/desk%20one", HttpStatusCode.NoContent)
            .Client();

        (await client.AddRoleAsync(new RoleRequest("desk one", ["usage:write"]))).BuiltIn.ShouldBeFalse();
        await client.ChangeRoleAsync("desk one", new RoleChangeRequest(["usage:write"]));
        await client.RemoveRoleAsync("desk one");

        server.Requests[0].Body.ShouldBe("""{"name":"desk one","permissions":["usage:write"]}""");
        server.Requests[1].Body.ShouldBe("""{"permissions":["usage:write"]}""");
    }

    [Fact]
    public async Task A_lost_answer_repeats_a_change_and_a_removal_but_never_what_adds_something()
    {
        using var client = server
            .ExpectProblem(
                "PUT /members/11111111-1111-1111-1111-111111111111",
                HttpStatusCode.ServiceUnavailable,
                ProblemCodes.DatabaseUnavailable
            )
            .Expect("PUT /members/11111111-1111-1111-1111-111111111111", Member)
            .ExpectProblem(
                "DELETE /members/11111111-1111-1111-1111-111111111111",
                HttpStatusCode.ServiceUnavailable,
                ProblemCodes.DatabaseUnavailable
            )
            .ExpectProblem(
                "DELETE /members/11111111-1111-1111-1111-111111111111",
                HttpStatusCode.NotFound,
                ProblemCodes.MemberNotFound
            )
            .ExpectProblem("POST /members", HttpStatusCode.ServiceUnavailable, ProblemCodes.DatabaseUnavailable)
            .ExpectProblem("POST /api-keys", HttpStatusCode.ServiceUnavailable, ProblemCodes.DatabaseUnavailable)
            .Client();

        (await server.RunAsync(client.ChangeMemberAsync(Id, new MemberChangeRequest("Anna", ["support"])))).Roles.ShouldBe([
            "support",
        ]);
        await server.RunAsync(Done(client.RemoveMemberAsync(Id)));
        await Should.ThrowAsync<HatcheckUnavailableException>(() =>
            server.RunAsync(client.AddMemberAsync(new MemberRequest("Anna", "staff", "user_2abc", ["support"])))
        );
        await Should.ThrowAsync<HatcheckUnavailableException>(() =>
            server.RunAsync(client.AddApiKeyAsync(new ApiKeyRequest("bot", ["users:read"])))
        );
    }

    [Fact]
    public async Task Pages_are_asked_for_by_limit_and_cursor_and_a_new_key_is_masked_wherever_it_is_printed()
    {
        const string Key = """
            {"id":"11111111-1111-1111-1111-111111111111","name":"bot","hint":"wxyz",
            "permissions":["users:read"],"created_at":"2026-11-22T10:00:00Z"}
            """;
        using var client = server
            .Expect("GET /members?limit=1", $$"""{"items":[{{Member}}],"next_cursor":"a+b"}""")
            .Expect("GET /members?cursor=a%2Bb", """{"items":[]}""")
            .Expect("GET /api-keys", $$"""{"items":[{{Key}}]}""")
            .Expect("POST /api-keys", $$"""{"key":"hck_live_secret","api_key":{{Key}}}""", HttpStatusCode.Created)
            .Client();

        (await client.ListMembersAsync(cursor: (await client.ListMembersAsync(1)).NextCursor)).Items.ShouldBeEmpty();
        (await client.ListApiKeysAsync()).Items.Single().Hint.ShouldBe("wxyz");
        var made = await client.AddApiKeyAsync(new ApiKeyRequest("bot", ["users:read"]));
        made.Key.ShouldBe("hck_live_secret");
        $"{made}".ShouldNotContain("secret");
    }

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }
}
