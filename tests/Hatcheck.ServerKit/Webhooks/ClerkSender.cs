using System.Globalization;
using System.Text;
using Hatcheck.Crypto;

namespace Hatcheck.ServerKit.Webhooks;

/// <summary>Signs and sends like Clerk, correctly or with any mistake.</summary>
internal sealed class ClerkSender(HttpClient http, string endpoint, string secret = ClerkSender.Secret)
{
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static int counter;

    public static string NewId() =>
        string.Create(CultureInfo.InvariantCulture, $"msg_{Guid.NewGuid():N}{Interlocked.Increment(ref counter)}");

    public static string Sign(string secret, string id, string timestamp, byte[] body)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return $"v1,{Convert.ToBase64String(Mac.HmacSha256(key, signed))}";
    }

    public async Task<HttpResponseMessage> SendAsync(
        byte[] body,
        string? id = null,
        string prefix = "svix",
        DateTimeOffset? at = null
    )
    {
        id ??= NewId();
        var timestamp = (at ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/clerk/{endpoint}".TrimEnd('/'))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add($"{prefix}-id", id);
        request.Headers.Add($"{prefix}-timestamp", timestamp);
        request.Headers.Add($"{prefix}-signature", Sign(secret, id, timestamp, body));
        return await http.SendAsync(request);
    }

    /// <summary>Sends, and expects an acknowledgement.</summary>
    public async Task GiveAsync(string body, string? id = null)
    {
        using var response = await SendAsync(Encoding.UTF8.GetBytes(body), id);
        ((int)response.StatusCode).ShouldBe(200, await response.Content.ReadAsStringAsync());
    }

    /// <summary>
    /// An event about a user with one verified address, <paramref name="seconds"/> after noon of a day of the tests' own.
    /// </summary>
    public static string User(string type, string subject, int seconds, string first = "Ada", string? email = null) =>
        $$"""
            {
              "type": "{{type}}",
              "object": "event",
              "timestamp": {{At(seconds) + 40}},
              "instance_id": "ins_1",
              "data": {
                "id": "{{subject}}",
                "object": "user",
                "first_name": "{{first}}",
                "last_name": "Lovelace",
                "image_url": "https://img.clerk.com/{{subject}}",
                "email_addresses": [
                  {
                    "id": "idn_1",
                    "email_address": "{{email ?? $"{subject}@example.org"}}",
                    "verification": { "status": "verified", "strategy": "email_code" }
                  }
                ],
                "primary_email_address_id": "idn_1",
                "phone_numbers": [],
                "primary_phone_number_id": null,
                "created_at": {{At(0)}},
                "updated_at": {{At(seconds)}},
                "public_metadata": { "plan": "free" }
              }
            }
            """;

    public static string Deleted(string subject, int seconds) =>
        $$"""
            {"type":"user.deleted","object":"event","timestamp":{{At(seconds)}},"instance_id":"ins_1",
            "data":{"deleted":true,"id":"{{subject}}","object":"user"} }
            """;

    // An hour ago: not in the future, and recent enough to be stored.
    private static readonly long Noon = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeMilliseconds();

    private static long At(int seconds) => Noon + (seconds * 1000L);
}
