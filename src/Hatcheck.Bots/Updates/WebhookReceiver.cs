using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hatcheck.Bots.Faults;
using Hatcheck.Crypto;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Bots.Updates;

/// <summary>
/// Receives updates by webhook. 200 means that the update was accepted and will be handled. While the bot starts, stops or
/// is full, the answer is 503, and Telegram sends the update again.
/// </summary>
internal sealed class WebhookReceiver(ChatLanes lanes, SecretText secret, ILogger logger)
{
    public const string SecretHeader = "X-Telegram-Bot-Api-Secret-Token";

    // Telegram's updates are a few kilobytes; rich messages can be larger.
    private const int LargestBody = 1024 * 1024;
    private const int Remembered = 10_000;

    private readonly Lock gate = new();
    private readonly RecentIds recent = new(Remembered);
    private readonly byte[] expected = Fingerprint(secret.Reveal());
    private volatile bool open;

    /// <summary>Starts accepting updates.</summary>
    public void Open() => open = true;

    /// <summary>Stops accepting updates.</summary>
    public void Close() => open = false;

    public bool IsOpen => open;

    public async Task ReceiveAsync(HttpContext context)
    {
        context.Response.StatusCode = await AcceptAsync(context.Request, context.RequestAborted);
    }

    private async Task<int> AcceptAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!IsTelegram(request))
        {
            BotLog.WebhookRefused(logger);
            return StatusCodes.Status401Unauthorized;
        }

        if (!open)
            return StatusCodes.Status503ServiceUnavailable;
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = LargestBody;
        try
        {
            using var body = await JsonDocument.ParseAsync(
                request.Body,
                new JsonDocumentOptions { MaxDepth = 256 },
                cancellation
            );
            return UpdateReader.Read(body.RootElement) is { } update ? Take(update) : StatusCodes.Status400BadRequest;
        }
        catch (BadHttpRequestException refusal)
        {
            return refusal.StatusCode;
        }
        catch (JsonException)
        {
            return StatusCodes.Status400BadRequest;
        }
    }

    private int Take(Update update)
    {
        lock (gate)
        {
            // Accepted before; Telegram did not get the answer.
            if (!recent.Add(update.Id))
                return StatusCodes.Status200OK;
            if (lanes.TryEnqueue(update))
                return StatusCodes.Status200OK;
            recent.Remove(update.Id);
            return StatusCodes.Status503ServiceUnavailable;
        }
    }

    // Fingerprints are of one length, so the comparison takes as long for every guess.
    private bool IsTelegram(HttpRequest request) =>
        request.Headers[SecretHeader] is [{ } given] && CryptographicOperations.FixedTimeEquals(Fingerprint(given), expected);

    private static byte[] Fingerprint(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
