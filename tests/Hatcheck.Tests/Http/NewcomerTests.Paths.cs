using Hatcheck.Access;
using Hatcheck.Access.Callers;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Http;

/// <summary>Mistakes in the path, its parameters, and the caller's key.</summary>
public sealed partial class NewcomerTests
{
    [Theory]
    [InlineData("GET /users/resolve", null, 405, null, "use POST")]
    [InlineData("GET /users/resolve/", null, 405, null, "use POST.")]
    [InlineData("OPTIONS /users/resolve", null, 405, null, "use POST.")]
    [InlineData("TRACE /users/resolve", null, 405, null, "use POST.")]
    [InlineData("DELETE /users/{id}/usage", null, 405, null, "use GET, POST")]
    [InlineData("DELETE /me/sessions/x", null, 400, "session_id", "UUID")]
    [InlineData("GET /v1/users/{id}", null, 404, null, "Paths have no /v1")]
    [InlineData("GET /api/users", null, 404, null, "Paths have no /api")]
    [InlineData("GET /user", null, 404, null, "/docs")]
    [InlineData("GET /users/42", null, 400, "id", "UUID")]
    [InlineData("DELETE /users/{id}?confirm=yes", null, 400, "confirm", "`confirm` is true or false")]
    [InlineData("DELETE /users/{id}?confirm=", null, 400, "confirm", "`confirm` is true or false")]
    [InlineData("DELETE /users/{id}?confirm", null, 400, "confirm", "`confirm` is true or false")]
    [InlineData("DELETE /users/{id}?confirm=true&confirm=true", null, 400, "confirm", "given once")]
    [InlineData("DELETE /users/{id}?confirm=true%20", null, 400, "confirm", "`confirm` is true or false")]
    [InlineData("DELETE /users/{id}?confirm=true%00", null, 400, "confirm", "`confirm` is true or false")]
    [InlineData("DELETE /me/sessions?all=", null, 400, "all", "`all` is true or false")]
    [InlineData("GET /users?deleted=", null, 400, "deleted", "`deleted` is true or false")]
    [InlineData("GET /users/{id}/preferences?explain=", null, 400, "explain", "`explain` is true or false")]
    [InlineData("GET /preferences/schema?version=", null, 400, "version", "a whole number")]
    [InlineData("GET /preferences/schema?version=1001", null, 422, "version", "0 to 1000")]
    [InlineData("GET /users?limit=ten", null, 400, "limit", "a whole number")]
    [InlineData("GET /users?limit=1000", null, 422, "limit", "1 to 200")]
    [InlineData("GET /users?cursor=2", null, 422, "cursor", "next_cursor")]
    [InlineData("GET /users?limit=1000&cursor=2", null, 422, "limit,cursor", "next_cursor")]
    [InlineData("GET /users?limit=ten&cursor=2", null, 400, "limit,cursor", "next_cursor")]
    [InlineData("GET /users?deleted=yes&limit=ten&cursor=x", null, 400, "deleted,limit,cursor", "`limit` is a whole number")]
    [InlineData("GET /preferences/schema?version=latest", null, 400, "version", "a whole number")]
    [InlineData("PUT /users/{id}", """{"first_name":"Ada"}""", 428, null, "If-Match")]
    public Task A_mistake_in_the_path_is_told_in_a_sentence_that_ends_it(
        string call,
        string? body,
        int status,
        string? field,
        string sentence
    ) => A_mistake_is_told_in_a_sentence_that_ends_it(call, body, status, field, sentence);

    [Theory]
    [InlineData(null, null, "There is no Authorization header")]
    [InlineData("X-Api-Key", "{key}", "never as X-Api-Key")]
    [InlineData("Authorization", "{key}", "does not begin with `Bearer`")]
    [InlineData("Authorization", "Basic e30=", "does not begin with `Bearer`")]
    [InlineData("Authorization", "Bearer {typo}", "its checksum does not match")]
    [InlineData("Authorization", "Bearer {unknown}", "with a live API key")]
    [InlineData("Authorization", "Bearer", "Nothing follows `Bearer`")]
    [InlineData("Authorization", "Bearer ", "Nothing follows `Bearer`")]
    [InlineData("Authorization", "Bearer \"{key}\"", "send the key alone")]
    [InlineData("Authorization", "Bearer $HATCHECK_KEY", "send the key alone")]
    [InlineData("Authorization", "Bearer Bearer {key}", "appears twice")]
    [InlineData("Authorization", "Bearer hkc_live_0", "begins with hck_live_")]
    [InlineData("Authorization", "Bearer HCK_LIVE_0", "begins with hck_live_")]
    [InlineData("Authorization", "Bearer hck-live-0", "begins with hck_live_")]
    public async Task A_wrong_way_to_bring_the_key_is_told(string? header, string? value, string sentence)
    {
        var tenant = await database.Node.NewTenantAsync();
        var key = ApiKeyText.Create(tenant.Id, demo: false);
        using var stranger = database.Node.Client();
        var request = Request("GET /tenant");
        var text = value
            ?.Replace("{key}", key, StringComparison.Ordinal)
            .Replace("{unknown}", key, StringComparison.Ordinal)
            .Replace("{typo}", key[..^1] + (key[^1] == 'a' ? 'b' : 'a'), StringComparison.Ordinal);
        if (header is not null)
            request.Headers.TryAddWithoutValidation(header, text).ShouldBeTrue();
        var problem = await SayAsync(stranger, request, 401, sentence);
        problem.Detail!.ShouldNotContain(key);
    }

    [Fact]
    public async Task A_demo_key_elsewhere_is_told()
    {
        var tenant = await database.Node.NewTenantAsync();
        var exposed = await database.StartNodeAsync(services => services.AddSingleton(new DemoKeys(false)));
        using var demo = exposed.Client(ApiKeyText.Create(tenant.Id, demo: true));
        await SayAsync(demo, Request("GET /tenant"), 401, "A demo key does not work here");
        // On loopback too, where this installation's own demo keys are valid.
        using var local = database.Node.Client(ApiKeyText.Create(tenant.Id, demo: true));
        await SayAsync(local, Request("GET /tenant"), 401, "A demo key works only for the demo that printed it");
    }
}
