using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;

namespace Hatcheck.ServerKit.Preferences;

/// <summary>Calls the preference endpoints like a foreign client.</summary>
internal static class PreferenceCalls
{
    public static Task<HttpResponseMessage> SendJsonAsync(
        this HttpClient http,
        HttpMethod method,
        string path,
        string json,
        string? ifMatch = null,
        string type = "application/json"
    )
    {
        var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, type) };
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return http.SendAsync(request);
    }

    public static Task<HttpResponseMessage> PatchAsync(this HttpClient http, Guid user, string json, string? ifMatch = null) =>
        http.SendJsonAsync(HttpMethod.Patch, $"/users/{user}/preferences", json, ifMatch);

    public static Task<PreferencesResponse> PatchedAsync(this HttpClient http, Guid user, string json, string? ifMatch = null) =>
        http.PatchAsync(user, json, ifMatch).ReadAsync<PreferencesResponse>();

    public static Task<PreferencesResponse> PreferencesAsync(this HttpClient http, Guid user, string query = "") =>
        http.GetAsync($"/users/{user}/preferences{query}").ReadAsync<PreferencesResponse>();

    public static Task<PreferenceHistoryPage> HistoryAsync(this HttpClient http, Guid user, string query = "") =>
        http.GetAsync($"/users/{user}/preferences/history{query}").ReadAsync<PreferenceHistoryPage>();

    public static Task<HttpResponseMessage> PutSchemaAsync(this HttpClient http, string json, string? ifMatch = null) =>
        http.SendJsonAsync(HttpMethod.Put, "/preferences/schema", json, ifMatch);

    /// <summary>A value of a document by its path, as JSON; null if absent.</summary>
    public static string? At(this JsonObject document, string path)
    {
        JsonNode? node = document;
        foreach (var name in path.Split('.'))
            node = node?[name];
        return node?.ToJsonString();
    }

    public static string? At(this PreferencesResponse preferences, string path) => preferences.Values.At(path);

    public static async Task<(TestTenant Tenant, Guid User)> NewPersonAsync(this TestedDatabase database)
    {
        var tenant = await database.Node.NewTenantAsync();
        return (tenant, (await tenant.Http.ResolveAsync("4711")).Id);
    }

    /// <summary>Merges a user into another, through the two chats of one person.</summary>
    public static async Task MergeAsync(this HttpClient http, Guid merged, Guid survivor)
    {
        var code = await http.PostJsonAsync($"/users/{survivor}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        await http.PostJsonAsync($"/users/{merged}/merge", $$"""{"code":"{{code.Code}}"}""").ReadAsync<UserResponse>();
    }
}
