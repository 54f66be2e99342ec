using System.Net;
using Hatcheck.Contracts;

namespace Hatcheck.Client.Tests;

public sealed class ClientProfileTests : IDisposable
{
    private const string UserJson = """
        {"id":"11111111-1111-1111-1111-111111111111","created_at":"2026-11-22T10:00:00Z","identities":[],
        "version":3,"updated_at":"2026-11-22T11:00:00Z","email":"ada@example.org","email_verified":true,
        "attributes":{"plan":"family"},"mood":1}
        """;

    private static readonly Guid User = new("11111111-1111-1111-1111-111111111111");
    private readonly ScriptedHatcheck server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task A_profile_is_made_read_and_replaced_at_the_version_that_was_read()
    {
        using var client = server
            .Expect("POST /users", UserJson, HttpStatusCode.Created)
            .Expect($"PUT /users/{User}", UserJson)
            .Client();

        var made = await client.CreateUserAsync(new ProfileRequest(Email: "ada@example.org", EmailVerified: true), "one");
        (made.Id, made.Version, made.Email, made.EmailVerified, made.Attributes!["plan"]).ShouldBe(
            (User, 3, "ada@example.org", true, "family")
        );
        await client.ReplaceProfileAsync(User, new ProfileRequest(FirstName: "Ada"), made.Version);

        server.Requests[0].Body.ShouldBe("""{"email":"ada@example.org","email_verified":true}""");
        server.Requests[1].Body.ShouldBe("""{"first_name":"Ada"}""");
    }

    [Fact]
    public async Task An_update_names_what_it_sets_and_what_it_empties_and_nothing_else()
    {
        using var client = server.Expect($"PATCH /users/{User}", UserJson).Client();

        await client.UpdateProfileAsync(
            User,
            new ProfileRequest(
                FirstName: "Ada",
                Attributes: new Dictionary<string, string?>(StringComparer.Ordinal) { ["since"] = "1843" }
            ),
            clear: ["phone", "attributes.plan"]
        );

        server.Requests[0].Body.ShouldBe("""{"first_name":"Ada","attributes":{"since":"1843","plan":null},"phone":null}""");
    }

    [Fact]
    public async Task Lists_and_searches_never_put_anything_personal_into_an_address()
    {
        using var client = server
            .Expect("GET /users?deleted=false&limit=1", $$"""{"items":[{{UserJson}}],"next_cursor":"abc"}""")
            .Expect("GET /users?deleted=true&cursor=abc", """{"items":[]}""")
            .Expect("POST /users/search", $$"""{"items":[{{UserJson}}]}""")
            .Expect("POST /users/search", """{"items":[]}""")
            .Client();

        (await client.ListUsersAsync(1)).NextCursor.ShouldBe("abc");
        (await client.ListUsersAsync(cursor: "abc", deleted: true)).Items.ShouldBeEmpty();
        (await client.FindByEmailAsync("ada@example.org"))!.Id.ShouldBe(User);
        (await client.FindByPhoneAsync("+491701234567", includeDeleted: true)).ShouldBeEmpty();

        server.Requests[2].Body.ShouldBe("""{"email":"ada@example.org","include_deleted":false}""");
        server.Requests[3].Body.ShouldBe("""{"phone":"\u002B491701234567","include_deleted":true}""");
    }

    [Fact]
    public async Task Deleting_and_restoring_name_the_user_and_resolving_a_deleted_person_says_whom_to_restore()
    {
        using var client = server
            .Expect($"DELETE /users/{User}", "", HttpStatusCode.NoContent)
            .Expect("POST /users/resolve", $$"""{"status":410,"code":"user.deleted","user_id":"{{User}}"}""", HttpStatusCode.Gone)
            .Expect($"POST /users/{User}/restore", UserJson)
            .Client();

        await client.DeleteUserAsync(User);
        var deleted = await Should.ThrowAsync<HatcheckException>(() => client.ResolveTelegramAsync(4711));
        (deleted.Code, deleted.User).ShouldBe((ProblemCodes.UserDeleted, User));
        (await client.RestoreUserAsync(deleted.User!.Value)).Version.ShouldBe(3);
    }

    [Fact]
    public void What_is_known_of_a_person_is_masked_where_it_might_be_logged()
    {
        var request = new ProfileRequest(Email: "ada@example.org", FirstName: "Ada");
        request.ToString().ShouldNotContain("da");
        new UserSearchRequest(Phone: "+491701234567").ToString().ShouldNotContain("49");
        new UserResponse(User, DateTimeOffset.UnixEpoch, null, []) { Email = "ada@example.org" }
            .ToString()
            .ShouldNotContain("ada");
    }
}
