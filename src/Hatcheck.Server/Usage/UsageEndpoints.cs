using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Usage;

/// <summary>The usage log of a person, by user and time.</summary>
internal static class UsageEndpoints
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    public static IServiceCollection AddUsage(this IServiceCollection services) =>
        services.AddSingleton<UsageLog>();

    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
        var usage = routes.MapGroup("/users/{id}/usage").WithTags("Usage");
        usage.MapPost("", AppendAsync).RequirePermission(UsagePermissions.Write).WithName("appendUsage")
            .WithSummary("Adds a line to the person's usage log. With an Idempotency-Key, a repeat within 24 hours stores nothing.")
            .Fails(404, "No such user.").Fails(409, "The same Idempotency-Key is being worked on; repeat it.").Fails(410, "The user was erased, or was deleted and may be restored.");
        usage.MapGet("", PageAsync).RequirePermission(UsagePermissions.Read, Reach.OwnUser).WithName("listUsage")
            .WithSummary("The person's usage log, newest first.").Fails(404, "No such user.").Fails(410, "The user was erased, or was deleted and may be restored.").Fails(422, "A parameter is out of its range; see `errors`.");
    }

    private static async Task<Results<Created<UsageEntry>, Problem>> AppendAsync(
        UserId id, UsageRequest request, IdempotencyKey key, Call call, [AsParameters] UsageServices services)
    {
        var (log, people, clock) = services;
        if (request.At is { } at && (at < Period.Earliest || at > await clock.DatabaseAsync(call.Cancellation) + ClockSkew))
            return Problems.Invalid("at", "Not before 2000 and not more than 5 minutes ahead.");
        var lookup = await people.FindAsync(call.Tenant, id, call.Cancellation);
        if (lookup is not PersonLookup.Found person) return lookup.Problem();
        switch (await log.AppendAsync(call.Caller, person, request, key.Value, call.Cancellation))
        {
            case UsageWrite.Stored stored:
                if (stored.Replayed) IdempotencyKey.Replayed(call.Http);
                return TypedResults.Created((string?)null, stored.Entry);
            case UsageWrite.KeyReused:
                return Problems.Unprocessable(ProblemCodes.IdempotencyMismatch, "This Idempotency-Key was used with another request; make a new key for each.");
            case UsageWrite.InFlight:
                return Problems.Conflict(ProblemCodes.IdempotencyInFlight, "Others write at the same moment. Nothing was stored; repeat it with the same Idempotency-Key.");
            default:
                return (await people.FindAsync(call.Tenant, id, call.Cancellation)).Problem();
        }
    }

    private static async Task<Results<Ok<UsagePage>, Problem>> PageAsync(
        UserId id, Period period, Page<PageCursor> page, Call call, [AsParameters] UsageServices services)
    {
        var (log, people, _) = services;
        var lookup = await people.FindAsync(call.Tenant, id, call.Cancellation);
        if (lookup is not PersonLookup.Found person) return lookup.Problem();
        var scope = await people.ScopeAsync(call.Tenant, person.User, call.Cancellation);
        var entries = await log.PageAsync(call.Tenant, scope, period.Start, period.End, page.After, page.Most, call.Cancellation);
        var next = page.Cut(entries, entry => new PageCursor(entry.At, entry.Id));
        return TypedResults.Ok(new UsagePage(entries, next));
    }

    /// <summary>What the log needs.</summary>
    internal readonly record struct UsageServices(UsageLog Log, People People, NodeClock Clock);
}
