using System.Net;
using System.Text;
using System.Text.Json;
using Hatcheck.Contracts;

namespace Hatcheck.ServerKit;

/// <summary>Calls the API like a foreign client: JSON text in, status and JSON out.</summary>
internal static class HttpExtensions
{
    public static Task<HttpResponseMessage> PostJsonAsync(this HttpClient http, string path, string json) =>
        http.PostAsync(new Uri(path, UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"));

    public static async Task<T> ReadAsync<T>(this Task<HttpResponseMessage> sent, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await sent;
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(expected, text);
        return (T)JsonSerializer.Deserialize(text, typeof(T), HatcheckJson.Default)!;
    }

    /// <summary>Asserts a problem with this status, code and the right media type.</summary>
    public static async Task<ProblemResponse> ShouldFailAsync(this Task<HttpResponseMessage> sent, int status, string code)
    {
        using var response = await sent;
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = JsonSerializer.Deserialize(text, ProblemJson.Default.ProblemResponse)!;
        problem.Code.ShouldBe(code, text);
        (Composition.Problems.All.Single(kind => kind.Code == code).Status ?? status).ShouldBe(
            status,
            $"{code} is declared with another status."
        );
        return problem;
    }

    public static Task<ResolvedUser> ResolveAsync(this HttpClient http, string id, string channel = "telegram") =>
        http.PostJsonAsync("/users/resolve", $$"""{"channel":"{{channel}}","id":"{{id}}"}""").ReadAsync<ResolvedUser>();
}
