using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Platform.Limits;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Hatcheck.Server.Webhooks;

/// <summary>What others tell us by webhook.</summary>
internal static class WebhookSetup
{
    private static readonly SignedByWebhook ByClerk = new(
        """
        { "type": "user.created", "timestamp": 1763805600000, "data": { "id": "user_29w83sxmDNGwOuEthce5gg56FcC", "first_name": "Ada", "last_name": "Lovelace", "updated_at": 1763805600000,
          "primary_email_address_id": "idn_1", "email_addresses": [{ "id": "idn_1", "email_address": "ada@example.org", "verification": { "status": "verified" } }] } }
        """);

    public static IServiceCollection AddWebhooks(this IServiceCollection services) => services
        .AddSingleton<ClerkEndpoints>().AddSingleton<ClerkIntake>().AddSingleton<ClerkUsers>();

    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/webhooks/clerk/{endpoint}", TakeAsync)
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(ClerkIntake.LargestBody + 1), ByClerk)
            .WithTags("Webhooks").WithName("takeClerkWebhook")
            .WithSummary("Takes an event of Clerk, signed as Standard Webhooks say. 200: it is stored, or was before, or is of a type that is not kept.")
            .Accepts<System.Text.Json.JsonElement>("application/json")
            .Fails(400, "Signed, but not an event.").Fails(401, "Not signed by a live secret, or for another time.").Fails(404, "There is no such end point.")
            .Fails(413, "The body is larger than 256 KiB.").Fails(415, "The body is not JSON.").Fails(429, "Not signed by a live secret, and more of such from this address than its limit allows; what is signed is never limited.")
            .Fails(500, "A fault of the server; the trace id finds it in the log.").Fails(503, "The database is away or full; `Retry-After` says when to try again.");
        // The same where there is one end point only, which then needs no name.
        routes.MapPost("/webhooks/clerk", (HttpRequest request, ClerkIntake intake, RateLimits limits, CancellationToken cancellation) => TakeAsync(null, request, intake, limits, cancellation))
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(ClerkIntake.LargestBody + 1), ByClerk)
            .ExcludeFromDescription();
    }

    // The raw request: what is verified is the bytes as they came.
    private static async Task<Results<Ok, Problem>> TakeAsync(
        [Described("The end point's name in the settings.", "clerk"), RegularExpression(CodeAttribute.CodePattern)] string? endpoint, HttpRequest request, ClerkIntake intake, RateLimits limits, CancellationToken cancellation) =>
        await intake.TakeAsync(endpoint, request, cancellation) switch
        {
            IntakeResult.Taken => TypedResults.Ok(),
            IntakeResult.NoEvent => Problems.Malformed("The body is not an event in the form that this end point takes."),
            IntakeResult.Unverified unverified => await limits.UnverifiedAsync(request.HttpContext) ?? unverified.Problem,
            _ => throw new UnreachableException(),
        };
}
