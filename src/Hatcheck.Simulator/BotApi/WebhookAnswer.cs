using System.Text.Json;
using Hatcheck.Simulator.Requests;
using Hatcheck.Simulator.Updates;
using Hatcheck.Simulator.World;

namespace Hatcheck.Simulator.BotApi;

/// <summary>
/// Performs the method that a webhook's answer may name in <c>method</c>; the bot never learns the result.
/// </summary>
internal sealed class WebhookAnswer(WebhookSender sender, MethodMap methods)
{
    public void Attach() => sender.Answered = PerformAsync;

    private async Task PerformAsync(Bot bot, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return;
            var raw = new RawArguments();
            RequestReader.ReadObject(document.RootElement, raw);
            if (!raw.Elements.Remove("method", out var method) || method.ValueKind != JsonValueKind.String)
                return;
            if (!MayPerform(method.GetString()!))
                return;
            await methods.PerformAsync(bot, method.GetString()!, raw, CancellationToken.None);
        }
        catch (JsonException)
        {
            // "OK" and the like: no method.
        }
        catch (Refusal)
        {
            // Telegram does not report this either.
        }
    }

    /// <summary>Telegram performs neither queries nor methods that change the webhook itself.</summary>
    private static bool MayPerform(string method) =>
        method.ToUpperInvariant() switch
        {
            "SETWEBHOOK" or "DELETEWEBHOOK" or "CLOSE" or "LOGOUT" => false,
            var name => !name.StartsWith("GET", StringComparison.Ordinal),
        };
}
