using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Hatcheck.People.Usage;

/// <summary>The usage log of a user.</summary>
internal static class UsageEndpoints
{
    public static IServiceCollection AddUsage(this IServiceCollection services) => services.AddSingleton<UsageLog>();

    public static async Task<Results<Created<UsageEntry>, Problem>> AppendAsync(
        UserId id,
        UsageRequest request,
        IdempotencyKey key,
        Call call,
        UsageLog log
    )
    {
        var stored = await log.AppendAsync(call.Caller, id, request, key.Value, call.Cancellation);
        return stored.ToResult(usage =>
        {
            if (usage.IsReplayed)
                IdempotencyKey.Replayed(call.Http);
            return TypedResults.Created((string?)null, usage.Entry);
        });
    }

    public static async Task<Results<Ok<UsagePage>, Problem>> PageAsync(
        UserId id,
        Period period,
        Page<PageCursor> page,
        Call call,
        [AsParameters] UsageReader services
    )
    {
        var (log, people) = services;
        var lookup = await people.FindAsync(call.Tenant, id, call.Cancellation);
        if (lookup is not PersonLookup.Found person)
            return lookup.Problem();
        var scope = await people.ScopeAsync(call.Tenant, person.User, call.Cancellation);
        var entries = await log.PageAsync(call.Tenant, scope, period.Start, period.End, page.After, page.Most, call.Cancellation);
        var next = page.Cut(entries, entry => new PageCursor(entry.At, entry.Id));
        return TypedResults.Ok(new UsagePage(entries, next));
    }

    /// <summary>The services and parameters of reading the log.</summary>
    internal readonly record struct UsageReader(
        [property: FromServices] UsageLog Log,
        [property: FromServices] UserDirectory People
    );
}
