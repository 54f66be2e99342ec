using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Access.Sessions;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.ServerKit.Sessions;

internal static class SessionSupport
{
    /// <summary>Starts a session of a user through the tenant's service.</summary>
    public static Task<SessionTokens> SignInAsync(this HttpClient service, Guid user, string body = "{}") =>
        service.PostJsonAsync($"/users/{user}/sessions", body).ReadAsync<SessionTokens>(HttpStatusCode.Created);

    public static Task<HttpResponseMessage> RefreshAsync(this Node node, string refreshToken, string? forwardedFor = null) =>
        node.PostTokenAsync("/auth/refresh", refreshToken, forwardedFor);

    public static Task<HttpResponseMessage> LogOutAsync(this Node node, string refreshToken) =>
        node.PostTokenAsync("/auth/logout", refreshToken, null);

    /// <summary>The status of the answer to an access token.</summary>
    public static async Task<int> StatusAsync(this Node node, string accessToken, string? forwardedFor = null)
    {
        using var http = node.Client(accessToken);
        if (forwardedFor is not null)
            http.DefaultRequestHeaders.Add("X-Forwarded-For", forwardedFor);
        using var response = await http.GetAsync("/me");
        return (int)response.StatusCode;
    }

    /// <summary>Lets time pass for a session, by ageing all its times.</summary>
    public static Task<int> AgeAsync(this TestedDatabase database, Guid session, TimeSpan by)
    {
        var ago = database.Name == "sqlite" ? $"{(long)by.TotalMicroseconds}" : $"interval '{(long)by.TotalSeconds} seconds'";
        var columns = new[] { "rotated_at", "created_at", "used_at", "expires_at", "ends_at" };
        return database.ExecuteAsync(
            $"update sessions set {string.Join(", ", columns.Select(column => $"{column} = {column} - {ago}"))} "
                + $"where lower(cast(session_id as text)) = '{session}'"
        );
    }

    public static async Task<long> SessionsOfAsync(this TestedDatabase database, Guid user) =>
        Convert.ToInt64(
            await database.ScalarAsync($"select count(*) from sessions where lower(cast(user_id as text)) = '{user}'"),
            System.Globalization.CultureInfo.InvariantCulture
        );

    /// <summary>How often an act occurs in a tenant's pending entries.</summary>
    public static async Task<long> ActsAsync(this TestedDatabase database, Guid tenant, string act) =>
        Convert.ToInt64(
            await database.ScalarAsync(
                $"select count(*) from audit_pending where act = '{act}' and lower(cast(tenant_id as text)) = '{tenant}'"
            ),
            System.Globalization.CultureInfo.InvariantCulture
        );

    /// <summary>The payload of a token, unchecked.</summary>
    public static JsonObject PayloadOf(string token) =>
        JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!.AsObject();

    public static JsonObject HeaderOf(string token) => JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[0]))!.AsObject();

    /// <summary>A token of any content, signed with the node's key.</summary>
    public static async Task<string> SignAsync(this Node node, string header, string payload)
    {
        var signer = await node.Services.GetRequiredService<SigningKeys>().SignerAsync(CancellationToken.None);
        var parts = new[] { header, payload }.Select(part => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part)));
        var text = string.Join('.', parts);
        return $"{text}.{Base64Url.EncodeToString(signer.Sign(Encoding.ASCII.GetBytes(text)))}";
    }

    private static Task<HttpResponseMessage> PostTokenAsync(
        this Node node,
        string path,
        string refreshToken,
        string? forwardedFor
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(
                JsonSerializer.Serialize(new RefreshTokenRequest(refreshToken), HatcheckJson.Default.RefreshTokenRequest),
                Encoding.UTF8,
                "application/json"
            ),
        };
        if (forwardedFor is not null)
            request.Headers.Add("X-Forwarded-For", forwardedFor);
        return node.Client().SendAsync(request);
    }
}
