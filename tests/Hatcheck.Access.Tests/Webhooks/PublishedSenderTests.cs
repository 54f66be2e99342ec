using System.Text.Json.Nodes;
using Hatcheck.ServerKit.Webhooks;
using Hatcheck.TestKit;

namespace Hatcheck.Access.Tests.Webhooks;

/// <summary>
/// The npm package <c>standardwebhooks</c> signs and Node.js sends: code that shares nothing with the server.
/// </summary>
public sealed class PublishedSenderTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("webhook")]
    [InlineData("svix")]
    public async Task What_the_published_library_signs_is_taken_and_what_is_changed_after_is_not(string prefix)
    {
        var (mine, _, node) = await database.StartClerkAsync();
        var other = "whsec_" + Convert.ToBase64String(new byte[32]);
        var body = ClerkSender.User("user.created", $"user_{prefix}", 0, "Zoë 🧨");
        JsonObject Delivery(string id, string? changed = null, params string[] secrets) =>
            new()
            {
                ["url"] = new Uri(node.Address, $"/webhooks/clerk/{InboxLook.Mine}").ToString(),
                ["prefix"] = prefix,
                ["id"] = id,
                ["secrets"] = new JsonArray([.. secrets.Select(secret => (JsonNode)secret)]),
                ["body"] = body,
                ["sent"] = changed ?? body,
            };
        JsonNode[] deliveries =
        [
            Delivery("msg_1", null, ClerkSender.Secret),
            Delivery("msg_1", null, ClerkSender.Secret),
            Delivery("msg_2", null, other, ClerkSender.Secret),
            Delivery("msg_3", null, other),
            Delivery("msg_4", body + " ", ClerkSender.Secret),
        ];
        var script = Repository.PathOf("tests", "webhook-sender", "send.mjs");
        Directory
            .Exists(Repository.PathOf("tests", "webhook-sender", "node_modules"))
            .ShouldBeTrue("run: npm ci --prefix tests/webhook-sender --ignore-scripts");
        var answer = await Command.RunAsync(Interpreters.Node(), [script], new JsonArray(deliveries).ToJsonString());
        answer.Succeeded().Trim().ShouldBe("200 200 200 401 401");
        await database.DrainedAsync(mine.Id);
        (await mine.Http.FindAsync($"user_{prefix}@example.org"))!.FirstName.ShouldBe("Zoë 🧨");
        (await database.CountAsync("inbox_seen", mine.Id)).ShouldBe(2);
    }
}
