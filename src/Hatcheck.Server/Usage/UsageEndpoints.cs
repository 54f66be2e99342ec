using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Hatcheck.Server.Usage;

/// <summary>The usage log of a person, by user and time.</summary>
internal static class UsageEndpoints
{
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
        UserId id, UsageRequest request, IdempotencyKey key, Call call, UsageLog log)
    {
        var stored = await log.AppendAsync(call.Caller, id, request, key.Value, call.Cancellation);
        return stored.ToResult(usage =>
        {
            if (usage.IsReplayed) IdempotencyKey.Replayed(call.Http);
            return TypedResults.Created((string?)null, usage.Entry);
        });
    }

    private static async Task<Results<Ok<UsagePage>, Problem>> PageAsync(
        UserId id, Period period, Page<PageCursor> page, Call call, [AsParameters] UsageReading services)
    {
        var (log, people) = services;
        var lookup = await people.FindAsync(call.Tenant, id, call.Cancellation);
        if (lookup is not PersonLookup.Found person) return lookup.Problem();
        var scope = await people.ScopeAsync(call.Tenant, person.User, call.Cancellation);
        var entries = await log.PageAsync(call.Tenant, scope, period.Start, period.End, page.After, page.Most, call.Cancellation);
        var next = page.Cut(entries, entry => new PageCursor(entry.At, entry.Id));
        return TypedResults.Ok(new UsagePage(entries, next));
    }

    /// <summary>What reading needs.</summary>
    internal readonly record struct UsageReading(
        [property: FromServices] UsageLog Log, [property: FromServices] People People);
}
