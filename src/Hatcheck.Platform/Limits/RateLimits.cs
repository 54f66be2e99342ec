using System.Globalization;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Limits;

/// <summary>
/// A server's rate limits: per client address before authentication, per caller after it, and per user in the path after
/// authorization. Headers as in draft-ietf-httpapi-ratelimit-headers-11 (May 2026, work in progress).
/// </summary>
internal sealed class RateLimits
{
    private readonly PermitTable? address;
    private readonly PermitTable? caller;
    private readonly PermitTable? user;
    private readonly SecurityEvents events;

    public RateLimits(
        IOptions<LimitOptions> options,
        IEngine engine,
        PermitLedger ledger,
        SecurityEvents events,
        TimeProvider time,
        ILogger<RateLimits> logger
    )
    {
        var limits = options.Value;
        this.events = events;
        var nodes = engine.Nodes(limits.Nodes);
        PermitTable? Table(string name, int permits) =>
            permits == 0
                ? null
                : new PermitTable(
                    new LimitPolicy(name, permits, Whole(limits.Window), nodes),
                    limits.Remembered,
                    ledger,
                    time,
                    logger
                );
        (address, caller, user) = (
            Table("address", limits.AddressPermits),
            Table("caller", limits.CallerPermits),
            Table("user", limits.UserPermits)
        );
    }

    /// <summary>Runs before authentication.</summary>
    public async Task AddressAsync(HttpContext context, RequestDelegate next)
    {
        if (
            address is null
            || IsExempt(context)
            || context.Connection.RemoteIpAddress is not { } remote
            || await TakeAsync(context, address, LimitSubject.Of(remote))
        )
            await next(context);
    }

    /// <summary>Runs after authentication.</summary>
    public async Task CallerAsync(HttpContext context, RequestDelegate next)
    {
        if (caller is null || context.Features.Get<Caller>() is not { } who || await TakeAsync(context, caller, SubjectOf(who)))
            await next(context);
    }

    /// <summary>
    /// Runs after authorization: a caller without access to a user must neither use up that user's permits nor see in the
    /// headers how many are left.
    /// </summary>
    public async Task UserAsync(HttpContext context, RequestDelegate next)
    {
        if (
            user is null
            || context.Features.Get<Caller>() is not { } who
            || !context.Request.RouteValues.TryGetValue("id", out var id)
            || !Guid.TryParseExact(id as string, "D", out var about)
            || await TakeAsync(context, user, LimitSubject.Of(who.Tenant, about))
        )
            await next(context);
    }

    /// <summary>
    /// Counts a delivery whose signature was refused against its address. Verified deliveries never count: their senders
    /// repeat a refused one, and may eventually drop it. Null: within the limit, so refuse it for its signature.
    /// </summary>
    public async ValueTask<Problem?> UnverifiedAsync(HttpContext context) =>
        address is null || context.Connection.RemoteIpAddress is not { } remote
            ? null
            : await RefuseAsync(context, address, LimitSubject.Of(remote));

    // A delivery can be classified only after its signature was checked.
    private static bool IsExempt(HttpContext context) =>
        context.GetEndpoint()?.Metadata is { } metadata
        && (metadata.GetMetadata<ForOrchestrators>() is not null || metadata.GetMetadata<SignedByWebhook>() is not null);

    private static LimitSubject SubjectOf(Caller who) =>
        LimitSubject.Of(
            who.Tenant,
            who switch
            {
                Caller.ServiceKey service => service.Key,
                Caller.Member member => member.Id,
                Caller.Person person => person.User,
                _ => throw new System.Diagnostics.UnreachableException(),
            }
        );

    private async ValueTask<bool> TakeAsync(HttpContext context, PermitTable table, LimitSubject subject)
    {
        if (await RefuseAsync(context, table, subject) is not { } refusal)
            return true;
        await refusal.ExecuteAsync(context);
        return false;
    }

    private async ValueTask<Problem?> RefuseAsync(HttpContext context, PermitTable table, LimitSubject subject)
    {
        var state = await table.TakeAsync(subject);
        LimitHeaders.Of(context).Add(table.Policy, state);
        if (state.Allowed)
            return null;
        events.Refused(table.Policy.Name);
        // Section 6 of the draft: not before the end of the effective window.
        var wait = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(state.Reset.TotalSeconds)));
        return new Problem(
            StatusCodes.Status429TooManyRequests,
            ProblemCodes.RateLimited,
            $"More requests than the {table.Policy.Name} limit allows: "
                + $"{table.Policy.Permits.ToString(CultureInfo.InvariantCulture)} in "
                + $"{((int)table.Policy.Window.TotalSeconds).ToString(CultureInfo.InvariantCulture)} s. Try again after "
                + "the time in Retry-After.",
            retryAfter: wait
        );
    }

    private static TimeSpan Whole(TimeSpan window) => TimeSpan.FromSeconds(Math.Ceiling(window.TotalSeconds));
}

/// <summary>
/// The limits that applied to a request, for <c>RateLimit-Policy</c> (all of them) and <c>RateLimit</c> (the one closest to
/// exhaustion).
/// </summary>
internal sealed class LimitHeaders
{
    private string policies = "";
    private LimitPolicy? nearest;
    private PermitState state;

    /// <summary>Returns those of a request; the first applied limit creates them.</summary>
    public static LimitHeaders Of(HttpContext context)
    {
        if (context.Features.Get<LimitHeaders>() is { } headers)
            return headers;
        headers = new LimitHeaders();
        context.Features.Set(headers);
        context.Response.OnStarting(
            static state =>
            {
                var (http, limits) = ((HttpContext, LimitHeaders))state;
                limits.Write(http.Response.Headers);
                return Task.CompletedTask;
            },
            (context, headers)
        );
        return headers;
    }

    public void Add(LimitPolicy policy, PermitState permits)
    {
        policies = policies.Length == 0 ? policy.Header : string.Concat(policies, ", ", policy.Header);
        if (
            nearest is null
            || !permits.Allowed
            || (double)permits.Remaining / policy.Permits < (double)state.Remaining / nearest.Permits
        )
            (nearest, state) = (policy, permits);
    }

    private void Write(IHeaderDictionary headers)
    {
        headers["RateLimit-Policy"] = policies;
        headers["RateLimit"] = string.Create(
            CultureInfo.InvariantCulture,
            $"\"{nearest!.Name}\";r={state.Remaining};t={(int)Math.Ceiling(state.Reset.TotalSeconds)}"
        );
    }
}
