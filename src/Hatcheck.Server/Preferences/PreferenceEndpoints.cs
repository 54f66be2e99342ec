using Hatcheck.Contracts;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Preferences;

/// <summary>A person's preferences, their history, and the way back.</summary>
internal static class PreferenceEndpoints
{
    private const string Gone = "The user was erased, or was deleted and may be restored.";

    public static IServiceCollection AddPreferences(this IServiceCollection services) => services
        .AddSingleton<TenantSchemas>().AddSingleton<PreferenceStore>().AddSingleton<PreferenceHistory>()
        .AddSingleton<PreferenceMigrations>();

    public static void MapPreferences(this IEndpointRouteBuilder routes)
    {
        var preferences = routes.MapGroup("/users/{id}/preferences").WithTags("Preferences");
        preferences.MapGet("", GetAsync).RequirePermission(PreferencePermissions.Read, Reach.OwnUser).WithName("getPreferences")
            .WithSummary(
                "The preferences that count: the person's own, else the tenant's, else the built-in ones. "
                + "With ?explain=true also whose each is.")
            .Produces(StatusCodes.Status304NotModified).Fails(404, "No such user.").Fails(410, Gone);
        Changing(preferences.MapPut("", PutAsync)).WithName("putPreferences")
            .WithSummary("Replaces all own values; what is left out is inherited.");
        Changing(preferences.MapPatch("", PatchAsync)).WithName("patchPreferences")
            .WithSummary("Changes own values by JSON Merge Patch (RFC 7396); null goes back to the inherited value.");
        Changing(preferences.MapPost("/reset", ResetAsync)).WithName("resetPreferences")
            .WithSummary("Goes back to the inherited values: all, or those of categories and keys.");
        Changing(preferences.MapPost("/rollback", RollBackAsync)).WithName("rollBackPreferences")
            .WithSummary(
                "Goes back to the own values of a version that the history still has; "
                + "what today's schema does not take is told and left out.");
        preferences.MapGet("/history", HistoryAsync)
            .RequirePermission(PreferencePermissions.Read, Reach.OwnUser).WithName("listPreferenceHistory")
            .WithSummary("Who changed what and when, newest first.").Fails(404, "No such user.").Fails(410, Gone)
            .Fails(422, "A parameter is out of its range; see `errors`.");
    }

    private static RouteHandlerBuilder Changing(RouteHandlerBuilder route) => route
        .RequirePermission(PreferencePermissions.Write, Reach.OwnUser).Fails(404, "No such user, or no such version.")
        .Fails(410, Gone).Fails(412, "The preferences are not those of `If-Match`.");

    private static async Task<Results<Ok<PreferencesResponse>, StatusCodeHttpResult, Problem>> GetAsync(
        UserId id,
        [Described("`true`: the answer also says whose each value is.")] Flag explain,
        Call call,
        PreferenceStore store) =>
        await store.ReadAsync(call.Tenant, id, call.Cancellation) switch
        {
            Outcome<PreferenceState>.Done(var now) => EntityTags.IsKnown(call.Http, now.Etag)
                ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
                : TypedResults.Ok(now.ToResponse(explain.Value is true)),
            var refused => refused.ToProblem(),
        };

    private static async Task<Results<Ok<PreferencesResponse>, Problem>> PutAsync(
        UserId id, PreferenceBody body, IfMatch match, Call call, PreferenceStore store) =>
        (await store.ReplaceAsync(Terms(id, match, call), body.Document, call.Cancellation)).ToResult(now => Shown(now, call));

    private static async Task<Results<Ok<PreferencesResponse>, Problem>> PatchAsync(
        UserId id, PreferenceBody body, IfMatch match, Call call, PreferenceStore store) =>
        (await store.PatchAsync(Terms(id, match, call), body.Document, call.Cancellation)).ToResult(now => Shown(now, call));

    private static async Task<Results<Ok<PreferencesResponse>, Problem>> ResetAsync(
        UserId id, PreferenceResetRequest request, IfMatch match, Call call, PreferenceStore store) =>
        (await store.ResetAsync(Terms(id, match, call), request.Keys, call.Cancellation)).ToResult(now => Shown(now, call));

    private static async Task<Results<Ok<PreferencesResponse>, Problem>> RollBackAsync(
        UserId id, PreferenceRollbackRequest request, IfMatch match, Call call, PreferenceStore store) =>
        (await store.RollBackAsync(Terms(id, match, call), request.Version!.Value, call.Cancellation))
            .ToResult(now => Shown(now, call));

    private static async Task<Results<Ok<PreferenceHistoryPage>, Problem>> HistoryAsync(
        UserId id, Page<VersionCursor> page, Call call, PreferenceHistory history)
    {
        var before = page.After?.Version ?? int.MaxValue;
        var found = await history.PageAsync(call.Tenant, id, before, page.Most, call.Cancellation);
        return found.ToResult(changes =>
        {
            var next = page.Cut(changes, change => new VersionCursor(change.Version));
            return TypedResults.Ok(new PreferenceHistoryPage(changes, next));
        });
    }

    private static ChangeTerms Terms(UserId id, IfMatch match, Call call) =>
        ChangeTerms.Of(call.Caller, id) with { Match = PreferenceRefusal.NotMatched(match.Allowed) };

    private static Ok<PreferencesResponse> Shown(PreferenceState now, Call call)
    {
        call.Http.Response.Headers.ETag = now.Etag;
        return TypedResults.Ok(now.ToResponse(explain: false));
    }
}
