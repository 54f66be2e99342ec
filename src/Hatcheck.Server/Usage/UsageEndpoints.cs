using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Hatcheck.Server.Usage;

/// <summary>The usage log of a person, by user and time.</summary>
internal static class UsageEndpoints
{
    private const int DefaultLimit = 50;
    private const int LargestLimit = 200;
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);
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
        Guid id,
        UsageRequest request,
        [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey,
        HttpContext context,
        Caller caller,
        UsageLog log,
        People people,
        TimeProvider time,
        CancellationToken cancellation)
    {
        if (Check(request, idempotencyKey, time.GetUtcNow()) is { } problem) return problem;
        var lookup = await people.FindAsync(caller.Tenant, id, cancellation);
        if (lookup is not PersonLookup.Found person) return lookup.Problem();
        switch (await log.AppendAsync(caller, person, request with { Attributes = Normal(request.Attributes) }, idempotencyKey, cancellation))
        {
            case UsageWrite.Stored stored:
                if (stored.Replayed) context.Response.Headers["Idempotency-Replayed"] = "true";
                return TypedResults.Created((string?)null, stored.Entry);
            case UsageWrite.KeyReused:
                return Problems.Unprocessable(ProblemCodes.IdempotencyMismatch, "This Idempotency-Key was used with another request; make a new key for each.");
            case UsageWrite.InFlight:
                return Problems.Conflict(ProblemCodes.IdempotencyInFlight, "Others write at the same moment. Nothing was stored; repeat it with the same Idempotency-Key.");
            default:
                return (await people.FindAsync(caller.Tenant, id, cancellation)).Problem();
        }
    }

    private static async Task<Results<Ok<UsagePage>, Problem>> PageAsync(
        Guid id, string? from, string? to, int? limit, string? cursor, Caller caller, UsageLog log, People people, CancellationToken cancellation)
    {
        if (!TryInstant(from, Earliest, out var start)) return Problems.Invalid("from", InstantText.Form);
        if (!TryInstant(to, Latest, out var end)) return Problems.Invalid("to", InstantText.Form);
        var most = limit ?? DefaultLimit;
        if (most is < 1 or > LargestLimit) return Problems.Invalid("limit", $"1 to {LargestLimit}.");
        PageCursor after = default;
        if (cursor is not null && !PageCursor.TryParse(cursor, out after)) return Problems.Invalid("cursor", "Give next_cursor of the page before, as it was.");
        var lookup = await people.FindAsync(caller.Tenant, id, cancellation);
        if (lookup is not PersonLookup.Found person) return lookup.Problem();
        var scope = await people.ScopeAsync(caller.Tenant, person.User, cancellation);
        var entries = await log.PageAsync(caller.Tenant, scope, start, end, cursor is null ? null : after, most, cancellation);
        var more = entries.Count > most;
        if (more) entries.RemoveAt(most);
        return TypedResults.Ok(new UsagePage(entries, more ? new PageCursor(entries[^1].At, entries[^1].Id).ToString() : null));
    }

    private static Problem? Check(UsageRequest request, string? idempotencyKey, DateTimeOffset now)
    {
        if (!BoundedText.IsCode(request.Action)) return Problems.Invalid("action", "1 to 64 of a-z 0-9 . _ - as command.start.");
        if (request.At is { } at && (at < Earliest || at > now + ClockSkew)) return Problems.Invalid("at", "Not before 2000 and not more than 5 minutes ahead.");
        if (idempotencyKey is not null && (idempotencyKey.Length is < 1 or > 128 || !idempotencyKey.All(char.IsAscii)))
            return Problems.Invalid("Idempotency-Key", "1 to 128 ASCII characters.");
        if (request.Attributes is not { } attributes) return null;
        if (attributes.Count > 16) return Problems.Invalid("attributes", "At most 16.");
        foreach (var (name, value) in attributes)
        {
            if (!BoundedText.IsCode(name)) return Problems.Invalid("attributes", "Names are 1 to 64 of a-z 0-9 . _ -");
            if (value is null || BoundedText.Accept(value, 256) is null) return Problems.Invalid($"attributes.{name}", "Text of at most 256 characters, without control characters.");
        }

        return null;
    }

    private static Dictionary<string, string>? Normal(IReadOnlyDictionary<string, string>? attributes) =>
        attributes?.ToDictionary(pair => pair.Key, pair => BoundedText.Accept(pair.Value, 256)!, StringComparer.Ordinal);

    private static bool TryInstant(string? text, DateTimeOffset absent, out DateTimeOffset at)
    {
        at = absent;
        if (text is null) return true;
        if (!InstantText.TryParse(text, out at)) return false;
        at = at < Earliest ? Earliest : at > Latest ? Latest : at;
        return true;
    }
}
