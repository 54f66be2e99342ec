using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Preferences.Schemas;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Preferences;

/// <summary>A person's preferences, their history, and the way back.</summary>
internal static class PreferenceEndpoints
{

    public static IServiceCollection AddPreferences(this IServiceCollection services)
    {
        return services.AddSingleton<TenantSchemas>().AddSingleton<PreferenceStore>().AddSingleton<PreferenceWriter>().AddSingleton<PreferenceHistory>()
            .AddSingleton<PreferenceMigrations>();
    }

    public static void MapPreferences(this IEndpointRouteBuilder routes)
    {
        var preferences = routes.MapGroup("/users/{id}/preferences").WithTags("Preferences");
        preferences.MapGet("", GetAsync).RequirePermission(PreferencePermissions.Read, Reach.OwnUser).WithName("getPreferences")
            .WithSummary("The preferences that count: the person's own, else the tenant's, else the built-in ones. With ?explain=true also whose each is.")
            .Produces(StatusCodes.Status304NotModified).Fails(404, "No such user.").Fails(410, "The user was erased, or was deleted and may be restored.");
        Changing(preferences.MapPut("", PutAsync)).WithName("putPreferences").WithSummary("Replaces all own values; what is left out is inherited.");
        Changing(preferences.MapPatch("", PatchAsync)).WithName("patchPreferences").WithSummary("Changes own values by JSON Merge Patch (RFC 7396); null goes back to the inherited value.");
        Changing(preferences.MapPost("/reset", ResetAsync)).WithName("resetPreferences").WithSummary("Goes back to the inherited values: all, or those of categories and keys.");
        Changing(preferences.MapPost("/rollback", RollBackAsync)).WithName("rollBackPreferences").WithSummary("Goes back to the own values of a version that the history still has; what today's schema does not take is told and left out.");
        preferences.MapGet("/history", HistoryAsync).RequirePermission(PreferencePermissions.Read, Reach.OwnUser).WithName("listPreferenceHistory")
            .WithSummary("Who changed what and when, newest first.").Fails(404, "No such user.").Fails(410, "The user was erased, or was deleted and may be restored.").Fails(422, "A parameter is out of its range; see `errors`.");
    }

    private static RouteHandlerBuilder Changing(RouteHandlerBuilder route) => route.RequirePermission(PreferencePermissions.Write, Reach.OwnUser)
        .Fails(404, "No such user, or no such version.").Fails(410, "The user was erased, or was deleted and may be restored.").Fails(412, "The preferences are not those of `If-Match`.");

    private static async Task<Results<Ok<PreferencesResponse>, StatusCodeHttpResult, Problem>> GetAsync(
        UserId id, [Described("`true`: the answer also says whose each value is.")] bool? explain, Call call, PreferenceStore store)
    {
        var result = await store.ReadAsync(call.Tenant, id, call.Cancellation);
        if (result is PreferenceResult.Now now && EntityTags.IsKnown(call.Http, now.State.Etag)) return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        return result is PreferenceResult.Now { State: var state } ? TypedResults.Ok(View(state, explain ?? false)) : Failed(result, null);
    }

    private static Task<Results<Ok<PreferencesResponse>, Problem>> PutAsync(
        UserId id, PreferenceBody body, IfMatch match, Call call, PreferenceStore store) =>
        ChangeAsync(id, match, PreferenceActs.Replace, (state, _) => ValueTask.FromResult(PreferenceActs.ReplaceWith(state, body.Document)), call, store);

    private static Task<Results<Ok<PreferencesResponse>, Problem>> PatchAsync(
        UserId id, PreferenceBody body, IfMatch match, Call call, PreferenceStore store) =>
        ChangeAsync(id, match, PreferenceActs.Update, (state, _) => ValueTask.FromResult(PreferenceActs.Merge(state, body.Document)), call, store);

    private static async Task<Results<Ok<PreferencesResponse>, Problem>> ResetAsync(
        UserId id, PreferenceResetRequest request, IfMatch match, Call call, PreferenceStore store)
    {
        return await ChangeAsync(id, match, PreferenceActs.Reset, (state, _) => ValueTask.FromResult(PreferenceActs.ResetOf(state, request.Keys)), call, store);
    }

    private static async Task<Results<Ok<PreferencesResponse>, Problem>> RollBackAsync(
        UserId id, PreferenceRollbackRequest request, IfMatch match, Call call, [AsParameters] RollbackServices services)
    {
        var version = request.Version!.Value;
        return await ChangeAsync(id, match, PreferenceActs.RollBack, (state, stop) => services.History.RollBackAsync(call.Tenant, state, version, stop), call, services.Store);
    }

    private static async Task<Results<Ok<PreferenceHistoryPage>, Problem>> HistoryAsync(
        UserId id, Page<VersionCursor> page, Call call, People people, PreferenceHistory history)
    {
        var lookup = await people.FindAsync(call.Tenant, id, call.Cancellation);
        if (lookup is not PersonLookup.Found person) return lookup.Problem();
        var changes = await history.PageAsync(call.Tenant, person, page.After?.Version ?? int.MaxValue, page.Most, call.Cancellation);
        var next = page.Cut(changes, change => new VersionCursor(change.Version));
        return TypedResults.Ok(new PreferenceHistoryPage(changes, next));
    }

    private static async Task<Results<Ok<PreferencesResponse>, Problem>> ChangeAsync(
        UserId id, IfMatch match, Act act, Func<PreferenceState, CancellationToken, ValueTask<Proposal>> propose, Call call, PreferenceStore store)
    {
        var result = await store.ChangeAsync(call.Caller, id, match.Allowed, act, propose, call.Cancellation);
        if (result is not PreferenceResult.Now { State: var state }) return Failed(result, match);
        call.Http.Response.Headers.ETag = state.Etag;
        return TypedResults.Ok(View(state, explain: false));
    }

    private static Problem Failed(PreferenceResult result, IfMatch? match) => result switch
    {
        PreferenceResult.Absent absent => absent.Person.Problem(),
        PreferenceResult.Refused refused => Problems.Invalid(refused.Errors),
        PreferenceResult.Changed => match!.Failed(ProblemCodes.PreferencesChanged, "The preferences or their schema have changed since. Read them again and decide anew."),
        PreferenceResult.NotKept => Problems.NotFound(ProblemCodes.PreferencesVersion, "The history has no such version, or has it no more; GET …/preferences/history shows those there are."),
        _ => Problems.Unavailable(TimeSpan.FromSeconds(1)),
    };

    private static PreferencesResponse View(PreferenceState state, bool explain)
    {
        var sources = explain ? new JsonObject() : null;
        var effective = state.Schema.Keys.Values.Select(key => (key.Path, Effective: state.Schema.Effective(key, state.Own))).ToList();
        var values = PreferenceSchema.Nest(effective.Select(one => KeyValuePair.Create(one.Path, one.Effective.Value)));
        foreach (var (path, (_, source)) in explain ? effective : []) PreferenceSchema.Place(sources!, path, source);
        return new PreferencesResponse(
            state.User, state.Version, state.Schema.Version, state.Etag, state.UpdatedAt, values, sources,
            state.Unfit.Count == 0 ? null : [.. state.Unfit.Select(unfit => new UnfitPreference(unfit.Key, unfit.Value, unfit.Reason))]);
    }

    /// <summary>What a roll-back needs.</summary>
    internal readonly record struct RollbackServices(PreferenceStore Store, PreferenceHistory History);
}
