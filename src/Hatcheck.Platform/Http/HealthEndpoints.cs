using System.Text.Json.Serialization;
using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Hatcheck.Platform.Http;

/// <summary>The response of <c>/health/ready</c>: each check by name, with <c>ok</c> or what to do.</summary>
internal sealed record HealthReport(string Status, IReadOnlyDictionary<string, string> Checks)
{
    [JsonIgnore]
    public bool IsReady => Status == "ok";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthJson : JsonSerializerContext;

/// <summary>Health checks for load balancers and orchestrators. Nothing here names a tenant or a user.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").AllowAnonymous().WithMetadata(ForOrchestrators.Instance).WithTags("Health");
        health
            .MapGet(
                "/live",
                () =>
                    TypedResults.Json(
                        new HealthReport("ok", new Dictionary<string, string>(StringComparer.Ordinal)),
                        HealthJson.Default.HealthReport
                    )
            )
            .WithName("live")
            .WithSummary("The process answers.")
            .Produces<HealthReport>();
        health
            .MapGet("/ready", ReadyAsync)
            .WithName("ready")
            .WithSummary("Database, schema and keys are available; 503 if not.")
            .Produces<HealthReport>()
            .Produces<HealthReport>(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<JsonHttpResult<HealthReport>> ReadyAsync(
        HttpContext context,
        [FromServices] Readiness readiness,
        CancellationToken cancellation
    )
    {
        var report = await readiness.AskAsync(cancellation);
        if (!report.IsReady)
            context.Response.Headers.RetryAfter = "2";
        return TypedResults.Json(
            report,
            HealthJson.Default.HealthReport,
            statusCode: report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable
        );
    }
}

/// <summary>Checks whether this node can serve: database, schema, keys, clock.</summary>
internal sealed class Readiness(Migrator migrator, NodeClock clock, IEngine engine, IKeyEncryptionKey kek)
{
    public async Task<HealthReport> AskAsync(CancellationToken cancellation)
    {
        var checks = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            var state = await migrator.StateAsync(cancellation);
            checks["database"] = "ok";
            checks["migrations"] = state.Refusal(migrator.Known) ?? "ok";
            // A database that was restored or replaced under a running node may belong to another key. The remedy is only
            // for the operator, not for the public.
            checks["keys"] = await KekCheck.RefusalAsync(engine, kek, cancellation) is null
                ? "ok"
                : "the data belongs to another key";
            checks["clock"] = (await clock.ReadAsync(cancellation)).IsOff ? "more than 2 minutes off the database's" : "ok";
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            checks["database"] = "does not answer";
        }

        return new HealthReport(checks.Values.All(value => value == "ok") ? "ok" : "unavailable", checks);
    }
}
