using System.Buffers;
using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Webhooks;

internal abstract record IntakeResult
{
    /// <summary>Stored, now or before; or nothing that Hatcheck keeps.</summary>
    internal sealed record Taken : IntakeResult;

    /// <summary>Signed, but not an event.</summary>
    internal sealed record NoEvent : IntakeResult;

    /// <summary>Nothing says that it comes from whom it should.</summary>
    internal sealed record Unverified(Problem Problem) : IntakeResult;
}

/// <summary>Takes Clerk's deliveries: verified over the raw bytes, stored, and only then acknowledged. The work is done afterwards.</summary>
internal sealed class ClerkIntake(ClerkEndpoints endpoints, InboxArrivals inbox, TenantKeys keys, IOptions<WebhookOptions> options, IOptions<InboxOptions> remembering, TimeProvider time)
{
    /// <summary>Of a body: 256 KiB. Svix sends less; a user's metadata may be large.</summary>
    public const int LargestBody = 256 * 1024;

    /// <summary>When this gives <see cref="IntakeResult.Taken"/>, a power cut loses nothing.</summary>
    public async Task<IntakeResult> TakeAsync(string? name, HttpRequest request, CancellationToken cancellation)
    {
        if (endpoints.Find(name) is not { } endpoint) return new IntakeResult.Unverified(Problems.NotFound(ProblemCodes.NoSuchEndpoint, "There is no webhook end point of this name."));
        if (await ReadAsync(request, cancellation) is not { } body)
            return new IntakeResult.Unverified(new Problem(StatusCodes.Status413PayloadTooLarge, ProblemCodes.TooLarge, "The body is larger than this end point takes."));
        var now = time.GetUtcNow();
        var verification = StandardWebhook.Verify(request.Headers, body.Span, endpoint.Secrets.Live(), options.Value.Tolerance, now);
        if (verification is not Verification.Genuine genuine) return new IntakeResult.Unverified(Refusal(verification));
        switch (ClerkEvent.Read(body, genuine.SentAt))
        {
            case ClerkBody.User { Event: var happened } when happened.At >= now - remembering.Value.RememberFor:
                await KeepAsync(endpoint, genuine, happened, body, cancellation);
                return new IntakeResult.Taken();
            case ClerkBody.Malformed:
                return new IntakeResult.NoEvent();
            default:
                // Acknowledged, so that the sender does not repeat what nobody here will want.
                return new IntakeResult.Taken();
        }
    }

    private async Task KeepAsync(ClerkEndpoint endpoint, Verification.Genuine genuine, ClerkEvent happened, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var set = await keys.KnownAsync(endpoint.Tenant, cancellation) ?? throw new InvalidOperationException("The tenant is gone.");
        var subject = InboxSubjects.Hash(set, endpoint.Channel.Kind, happened.Subject);
        await inbox.TakeAsync(
            new Delivery(endpoint.Tenant, endpoint.Name, set.Hash("inbox-event", endpoint.Name, genuine.Id), happened.Type, subject, Instants.Truncate(happened.At), body), cancellation);
    }

    private static Problem Refusal(Verification verification) => verification is Verification.Stale
        ? new Problem(StatusCodes.Status401Unauthorized, ProblemCodes.WebhookTimestamp, "The delivery is signed, but for another time than now. If it is not a recorded one, a clock is wrong: the sender's or this server's.")
        : new Problem(StatusCodes.Status401Unauthorized, ProblemCodes.WebhookSignature, "The delivery has no signature of a live secret: `webhook-id`, `webhook-timestamp` and `webhook-signature`, or the same of `svix-`, over the body as it was sent.");

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var body = new ArrayBufferWriter<byte>(Math.Clamp((int)Math.Min(request.ContentLength ?? 0, LargestBody) + 1, 1024, LargestBody + 1));
        while (true)
        {
            var read = await request.Body.ReadAsync(body.GetMemory(), cancellation);
            if (read == 0) return body.WrittenMemory;
            body.Advance(read);
            if (body.WrittenCount > LargestBody) return null;
        }
    }
}
