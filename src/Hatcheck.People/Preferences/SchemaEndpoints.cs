using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.People.Preferences;

/// <summary>The schema of preferences: the built-in keys and the tenant's own.</summary>
internal static class SchemaEndpoints
{
    public static void MapPreferenceSchema(this IEndpointRouteBuilder routes)
    {
        var schema = routes.MapGroup("/preferences/schema").WithTags("Preferences");
        schema
            .MapGet("", GetAsync)
            .RequirePermission(PreferencePermissions.Read)
            .WithName("getPreferenceSchema")
            .WithSummary("The schema of preferences, built in and the tenant's own; the current version or an older one.")
            .Produces(StatusCodes.Status304NotModified)
            .Fails(404, "No such version.")
            .Fails(422, "A parameter is out of its range; see `errors`.");
        schema
            .MapPut("", PutAsync)
            .RequirePermission(PreferencePermissions.Admin)
            .WithName("putPreferenceSchema")
            .WithSummary("Stores a new version of the tenant's own schema, with a migration for each removed key.")
            .Fails(412, "The schema has changed since the ETag in If-Match.");
        schema
            .MapPost("/migrate", MigrateAsync)
            .RequirePermission(PreferencePermissions.Admin)
            .WithName("migratePreferences")
            .WithSummary("Migrates the stored values of further users to the current schema; call again until none remains.")
            .Fails(422, "A parameter is out of its range; see `errors`.");
    }

    private static async Task<Results<Ok<PreferenceSchemaResponse>, StatusCodeHttpResult, Problem>> GetAsync(
        [Described("An older version; absent: the current one."), Range(0, TenantSchemas.MostVersions)] WholeNumber version,
        Call call,
        TenantSchemas schemas
    ) =>
        await schemas.ShowAsync(call.Tenant, version.Value, call.Cancellation) switch
        {
            Outcome<PreferenceSchemaResponse>.Done(var schema) => EntityTags.IsKnown(call.Http, schema.Etag)
                ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
                : TypedResults.Ok(schema),
            var refused => refused.ToProblem(),
        };

    private static async Task<Results<Ok<PreferenceSchemaResponse>, Problem>> PutAsync(
        PreferenceSchemaRequest request,
        IfMatch match,
        Call call,
        TenantSchemas schemas
    )
    {
        if (NotReadable("properties", request.Properties) is { } properties)
            return properties;
        if (NotReadable("defaults", request.Defaults) is { } defaults)
            return defaults;
        var cleaned = request with { Properties = OrNull(request.Properties), Defaults = OrNull(request.Defaults) };
        return (await schemas.PutAsync(call.Caller, cleaned, match.Allowed, call.Cancellation)).ToResult(schema =>
        {
            call.Http.Response.Headers.ETag = schema.Etag;
            return TypedResults.Ok(schema);
        });
    }

    private static async Task<Ok<PreferenceMigrationResult>> MigrateAsync(
        Limit limit,
        Caller caller,
        PreferenceMigrations migrations,
        CancellationToken cancellation
    ) => TypedResults.Ok(await migrations.RunAsync(caller, limit.Most, cancellation));

    private static Problem? NotReadable(string field, JsonElement? part) =>
        part is { } json && !JsonText.IsReadable(json)
            ? DocumentScan.Fault(JsonMarshal.GetRawUtf8Value(json), field) ?? DocumentScan.NotUnicode(field)
            : null;

    private static JsonElement? OrNull(JsonElement? part) => part is { ValueKind: JsonValueKind.Null } ? null : part;
}
