using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Limits;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Webhooks;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.Webhooks;

/// <summary><c>POST /webhooks/clerk/{endpoint}</c>.</summary>
internal static class ClerkRoutes
{
    private static readonly SignedByWebhook ByClerk = new(
        """
        {
          "type": "user.created",
          "timestamp": 1763805600000,
          "data": {
            "id": "user_29w83sxmDNGwOuEthce5gg56FcC",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "updated_at": 1763805600000,
            "primary_email_address_id": "idn_1",
            "email_addresses": [
              { "id": "idn_1", "email_address": "ada@example.org", "verification": { "status": "verified" } }
            ]
          }
        }
        """
    );

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/webhooks/clerk/{endpoint}", TakeAsync)
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(ClerkIntake.LargestBody + 1), ByClerk)
            .WithTags("Webhooks")
            .WithName("takeClerkWebhook")
            .WithSummary(
                "Receives an event of Clerk, signed as in Standard Webhooks. "
                    + "200: it is stored, was stored before, or is of a type that is ignored."
            )
            .Accepts<System.Text.Json.JsonElement>("application/json")
            .Fails(400, "Signed, but not an event.")
            .Fails(401, "Not signed by a live secret, or for another time.")
            .Fails(404, "There is no such endpoint.")
            .Fails(413, "The body is larger than 256 KiB.")
            .Fails(415, "The body is not JSON.")
            .Fails(429, "Too many requests from this address that no live secret signed. Signed requests are never limited.")
            .Fails(500, "A fault of the server; the trace id finds it in the log.")
            .Fails(503, "The database is away or full; `Retry-After` says when to try again.");
        // A single endpoint needs no name.
        routes
            .MapPost(
                "/webhooks/clerk",
                (HttpRequest request, ClerkIntake intake, RateLimits limits, CancellationToken cancellation) =>
                    TakeAsync(null, request, intake, limits, cancellation)
            )
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(ClerkIntake.LargestBody + 1), ByClerk)
            .ExcludeFromDescription();
    }

    // Takes the raw request: the signature covers the bytes as received.
    private static async Task<Results<Ok, Problem>> TakeAsync(
        [Described("The endpoint's name in the settings.", "clerk"), RegularExpression(CodeAttribute.CodePattern)]
            string? endpoint,
        HttpRequest request,
        ClerkIntake intake,
        RateLimits limits,
        CancellationToken cancellation
    ) =>
        await intake.TakeAsync(endpoint, request, cancellation) switch
        {
            IntakeResult.Taken => TypedResults.Ok(),
            IntakeResult.NoEvent => Problems.Malformed("The body is not a valid event for this endpoint."),
            IntakeResult.Unverified unverified => await limits.UnverifiedAsync(request.HttpContext) ?? unverified.Problem,
            _ => throw new UnreachableException(),
        };
}

internal abstract record IntakeResult
{
    /// <summary>Stored, now or before; or of a type that Hatcheck ignores.</summary>
    internal sealed record Taken : IntakeResult;

    /// <summary>Signed, but not an event.</summary>
    internal sealed record NoEvent : IntakeResult;

    /// <summary>The sender is not verified.</summary>
    internal sealed record Unverified(Problem Problem) : IntakeResult;
}

/// <summary>
/// Takes Clerk's deliveries: verifies the raw bytes, stores them, and only then acknowledges. The inbox processes them
/// later.
/// </summary>
internal sealed class ClerkIntake(
    ClerkEndpoints endpoints,
    InboxArrivals inbox,
    TenantKeys keys,
    IOptions<WebhookOptions> options,
    IOptions<InboxOptions> remembering,
    TimeProvider time
)
{
    /// <summary>The largest body: 256 KiB. Svix sends less; a user's metadata may be large.</summary>
    public const int LargestBody = 256 * 1024;

    /// <summary>Once this returns <see cref="IntakeResult.Taken"/>, a power cut loses nothing.</summary>
    public async Task<IntakeResult> TakeAsync(string? name, HttpRequest request, CancellationToken cancellation)
    {
        if (endpoints.Find(name) is not { } endpoint)
            return new IntakeResult.Unverified(
                Problems.NotFound(ProblemCodes.NoSuchEndpoint, "There is no webhook endpoint of this name.")
            );
        if (await ReadAsync(request, cancellation) is not { } body)
            return new IntakeResult.Unverified(
                new Problem(
                    StatusCodes.Status413PayloadTooLarge,
                    ProblemCodes.TooLarge,
                    "The body is larger than this endpoint takes."
                )
            );
        var now = time.GetUtcNow();
        var verification = StandardWebhook.Verify(
            request.Headers,
            body.Span,
            endpoint.Secrets.Live(),
            options.Value.Tolerance,
            now
        );
        if (verification is not Verification.Genuine genuine)
            return new IntakeResult.Unverified(Refusal(verification));
        switch (ClerkEvent.Read(body, genuine.SentAt))
        {
            case ClerkBody.User { Event: var happened } when happened.At >= now - remembering.Value.RememberFor:
                await KeepAsync(endpoint, genuine, happened, body, cancellation);
                return new IntakeResult.Taken();
            case ClerkBody.Malformed:
                return new IntakeResult.NoEvent();
            default:
                // Acknowledged, so that the sender does not repeat an event that Hatcheck ignores.
                return new IntakeResult.Taken();
        }
    }

    private async Task KeepAsync(
        ClerkEndpoint endpoint,
        Verification.Genuine genuine,
        ClerkEvent happened,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellation
    )
    {
        var set =
            await keys.KnownAsync(endpoint.Tenant, cancellation) ?? throw new InvalidOperationException("The tenant is gone.");
        var subject = InboxSubjects.Hash(set, endpoint.Channel.Kind, happened.Subject);
        await inbox.TakeAsync(
            new Delivery(
                endpoint.Tenant,
                endpoint.Name,
                set.Hash("inbox-event", endpoint.Name, genuine.Id),
                happened.Type,
                subject,
                Instants.Truncate(happened.At),
                body
            ),
            cancellation
        );
    }

    private static Problem Refusal(Verification verification) =>
        verification is Verification.Stale
            ? new Problem(
                StatusCodes.Status401Unauthorized,
                ProblemCodes.WebhookTimestamp,
                "The delivery is signed, but its time is too far from this server's. Unless it is a replay, one "
                    + "of the two clocks is wrong."
            )
            : new Problem(
                StatusCodes.Status401Unauthorized,
                ProblemCodes.WebhookSignature,
                "The delivery has no signature of a live secret: `webhook-id`, `webhook-timestamp` and `webhook-signature`, "
                    + "or the same of `svix-`, over the body as it was sent."
            );

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var body = new ArrayBufferWriter<byte>(
            Math.Clamp((int)Math.Min(request.ContentLength ?? 0, LargestBody) + 1, 1024, LargestBody + 1)
        );
        while (true)
        {
            var read = await request.Body.ReadAsync(body.GetMemory(), cancellation);
            if (read == 0)
                return body.WrittenMemory;
            body.Advance(read);
            if (body.WrittenCount > LargestBody)
                return null;
        }
    }
}
