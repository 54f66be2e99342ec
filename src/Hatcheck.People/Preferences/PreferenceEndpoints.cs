using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.People.Preferences;

/// <summary>A user's preferences, their history, and rollback.</summary>
internal static class PreferenceEndpoints
{
    public static IServiceCollection AddPreferences(this IServiceCollection services) =>
        services
            .AddSingleton<TenantSchemas>()
            .AddSingleton<PreferenceStore>()
            .AddSingleton<PreferenceHistory>()
            .AddSingleton<PreferenceMigrations>();

    public static async Task<Results<Ok<PreferencesResponse>, StatusCodeHttpResult, Problem>> GetAsync(
        UserId id,
        [Described("`true`: the answer also names the source of each value.")] Flag explain,
        Call call,
        PreferenceStore store
    ) =>
        await store.ReadAsync(call.Tenant, id, call.Cancellation) switch
        {
            Outcome<PreferenceState>.Done(var now) => EntityTags.IsKnown(call.Http, now.Etag)
                ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
                : TypedResults.Ok(now.ToResponse(explain.Value is true)),
            var refused => refused.ToProblem(),
        };

    public static async Task<Results<Ok<PreferencesResponse>, Problem>> PutAsync(
        UserId id,
        PreferenceBody body,
        IfMatch match,
        Call call,
        PreferenceStore store
    ) => (await store.ReplaceAsync(Terms(id, match, call), body.Document, call.Cancellation)).ToResult(now => Shown(now, call));

    public static async Task<Results<Ok<PreferencesResponse>, Problem>> PatchAsync(
        UserId id,
        PreferenceBody body,
        IfMatch match,
        Call call,
        PreferenceStore store
    ) => (await store.PatchAsync(Terms(id, match, call), body.Document, call.Cancellation)).ToResult(now => Shown(now, call));

    public static async Task<Results<Ok<PreferencesResponse>, Problem>> ResetAsync(
        UserId id,
        PreferenceResetRequest request,
        IfMatch match,
        Call call,
        PreferenceStore store
    ) => (await store.ResetAsync(Terms(id, match, call), request.Keys, call.Cancellation)).ToResult(now => Shown(now, call));

    public static async Task<Results<Ok<PreferencesResponse>, Problem>> RollBackAsync(
        UserId id,
        PreferenceRollbackRequest request,
        IfMatch match,
        Call call,
        PreferenceStore store
    ) =>
        (await store.RollBackAsync(Terms(id, match, call), request.Version!.Value, call.Cancellation)).ToResult(now =>
            Shown(now, call)
        );

    public static async Task<Results<Ok<PreferenceHistoryPage>, Problem>> HistoryAsync(
        UserId id,
        Page<VersionCursor> page,
        Call call,
        PreferenceHistory history
    )
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
        ChangeTerms.Of(call.Caller, id) with
        {
            Match = PreferenceRefusal.NotMatched(match.Allowed),
        };

    private static Ok<PreferencesResponse> Shown(PreferenceState now, Call call)
    {
        call.Http.Response.Headers.ETag = now.Etag;
        return TypedResults.Ok(now.ToResponse(explain: false));
    }
}
