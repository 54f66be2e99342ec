using System.Net;
using System.Net.Http.Headers;
using Hatcheck.Platform.Outbound;
using Hatcheck.Platform.Outbox;

namespace Hatcheck.Platform.Webhooks;

/// <summary>
/// Sends events as webhooks, signed by Standard Webhooks 1.0.0. Any 2xx is an acknowledgement; the body is not read. Every
/// other status is a failure, including a redirect; 410 means that the receiver wants no more events.
/// </summary>
internal sealed class WebhookSender : IOutboxSender, IDisposable
{
    public const string KindName = "webhook";

    private readonly HttpClient http;

    // The worker sets the time-out of a try.
    public WebhookSender(OutboundHandler outbound) => http = outbound.NewClient(Timeout.InfiniteTimeSpan, largestAnswer: 1);

    public string Kind => KindName;

    public async Task<SendResult> SendAsync(OutboxDelivery delivery, CancellationToken cancellation)
    {
        if (WebhookAddress.Read(delivery.Target) is not { } address)
            return new SendResult.Refused("address.invalid");
        using var request = Request(delivery, address);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return Read(response, delivery.At);
        }
        catch (OutboundRefusedException)
        {
            return new SendResult.Again("network.refused");
        }
        catch (HttpRequestException fault)
        {
            // A code, because the message may name the address.
            return new SendResult.Again($"connection.{fault.HttpRequestError}".ToLowerInvariant());
        }
    }

    public void Dispose() => http.Dispose();

    private static HttpRequestMessage Request(OutboxDelivery delivery, Uri address)
    {
        var (id, timestamp) = (delivery.Id.ToString(), WebhookSignature.Timestamp(delivery.At));
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ReadOnlyMemoryContent(delivery.Payload) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "hatcheck");
        request.Headers.TryAddWithoutValidation(WebhookSignature.IdHeader, id);
        request.Headers.TryAddWithoutValidation(WebhookSignature.TimestampHeader, timestamp);
        request.Headers.TryAddWithoutValidation(
            WebhookSignature.SignatureHeader,
            WebhookSignature.Sign(id, timestamp, delivery.Payload, delivery.Secrets)
        );
        request.Options.Set(OutboundHandler.DeclaredOnly, address.Scheme == Uri.UriSchemeHttp);
        return request;
    }

    private static SendResult Read(HttpResponseMessage response, DateTimeOffset now)
    {
        if (response.IsSuccessStatusCode)
            return new SendResult.Delivered();
        var fault = $"status.{(int)response.StatusCode}";
        if (response.StatusCode == HttpStatusCode.Gone)
            return new SendResult.Gone(fault);
        var after = response.Headers.RetryAfter;
        return new SendResult.Again(fault, after?.Delta ?? (after?.Date - now));
    }
}
