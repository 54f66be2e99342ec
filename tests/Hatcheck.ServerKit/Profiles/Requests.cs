using System.Net;
using System.Text;
using Hatcheck.Contracts;

namespace Hatcheck.ServerKit.Profiles;

/// <summary>Requests about profiles, like a foreign client's.</summary>
internal static class Requests
{
    public static Task<UserResponse> CreateAsync(this HttpClient http, string json) =>
        http.PostJsonAsync("/users", json).ReadAsync<UserResponse>(HttpStatusCode.Created);

    public static Task<HttpResponseMessage> SendAsync(
        this HttpClient http,
        HttpMethod method,
        Guid user,
        string? json,
        string? ifMatch = null,
        string type = "application/json"
    )
    {
        var request = new HttpRequestMessage(method, $"/users/{user}");
        if (json is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type).ShouldBeTrue();
        }

        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch).ShouldBeTrue();
        return http.SendAsync(request);
    }

    public static Task<HttpResponseMessage> PutAsync(this HttpClient http, Guid user, string json, string? ifMatch) =>
        http.SendAsync(HttpMethod.Put, user, json, ifMatch);

    public static Task<HttpResponseMessage> PatchAsync(this HttpClient http, Guid user, string json, string? ifMatch = null) =>
        http.SendAsync(HttpMethod.Patch, user, json, ifMatch, "application/merge-patch+json");

    public static Task<HttpResponseMessage> DeleteAsync(this HttpClient http, Guid user) =>
        http.SendAsync(HttpMethod.Delete, user, null);

    public static Task<HttpResponseMessage> RestoreAsync(this HttpClient http, Guid user) =>
        http.PostJsonAsync($"/users/{user}/restore", "");

    public static Task<UserResponse> GetAsync(this HttpClient http, Guid user) =>
        http.GetAsync($"/users/{user}").ReadAsync<UserResponse>();

    public static async Task<IReadOnlyList<Guid>> SearchAsync(this HttpClient http, string json) =>
        [.. (await http.PostJsonAsync("/users/search", json).ReadAsync<UserSearchResponse>()).Items.Select(user => user.Id)];

    public static async Task<Guid> MergeAsync(this HttpClient http, Guid user, Guid into)
    {
        var code = await http.PostJsonAsync($"/users/{into}/link-codes", "").ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        return (await http.PostJsonAsync($"/users/{user}/merge", $$"""{"code":"{{code.Code}}"}""").ReadAsync<UserResponse>()).Id;
    }
}
