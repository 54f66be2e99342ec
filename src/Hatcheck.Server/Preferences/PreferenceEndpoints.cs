using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Preferences.Schemas;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Hatcheck.Server.Preferences;

/// <summary>A person's preferences, their history, and the way back.</summary>
internal static class PreferenceEndpoints
{
    private const int DefaultLimit = 50;
    private const int LargestLimit = 200;
    private const int MostKeys = 250;

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
        Guid id, bool? explain, HttpContext context, Caller caller, PreferenceStore store, CancellationToken cancellation)
    {
        var result = await store.ReadAsync(caller.Tenant, id, cancellation);
        if (result is PreferenceResult.Now now && EntityTags.IsKnown(context, now.State.Etag)) return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        return result is PreferenceResult.Now { State: var state } ? TypedResults.Ok(View(state, explain ?? false)) : Failed(result);
    }

    private static Task<Results<Ok<PreferencesResponse>, Problem>> PutAsync(
        Guid id, PreferenceBody body, [FromHeader(Name = "If-Match")] string? ifMatch, HttpContext context, Caller caller, PreferenceStore store, CancellationToken cancellation) =>
        ChangeAsync(id, ifMatch, PreferenceActs.Replace, (state, _) => ValueTask.FromResult(PreferenceActs.ReplaceWith(state, body.Document)), context, caller, store, cancellation);

    private static Task<Results<Ok<PreferencesResponse>, Problem>> PatchAsync(
        Guid id, PreferenceBody body, [FromHeader(Name = "If-Match")] string? ifMatch, HttpContext context, Caller caller, PreferenceStore store, CancellationToken cancellation) =>
        ChangeAsync(id, ifMatch, PreferenceActs.Update, (state, _) => ValueTask.FromResult(PreferenceActs.Merge(state, body.Document)), context, caller, store, cancellation);

    private static async Task<Results<Ok<PreferencesResponse>, Problem>> ResetAsync(
        Guid id, PreferenceResetRequest request, [FromHeader(Name = "If-Match")] string? ifMatch, HttpContext context, Caller caller, PreferenceStore store, CancellationToken cancellation)
    {
        if (request.Keys is { } keys && (keys.Count is 0 or > MostKeys || keys.Any(key => key is null))) return Problems.Invalid("keys", $"1 to {MostKeys} names; leave it out to reset all.");
        return await ChangeAsync(id, ifMatch, PreferenceActs.Reset, (state, _) => ValueTask.FromResult(PreferenceActs.ResetOf(state, request.Keys)), context, caller, store, cancellation);
    }

    private static async Task<Results<Ok<PreferencesResponse>, Problem>> RollBackAsync(
        Guid id, PreferenceRollbackRequest request, [FromHeader(Name = "If-Match")] string? ifMatch, HttpContext context, Caller caller, PreferenceStore store, PreferenceHistory history,
        CancellationToken cancellation)
    {
        if (request.Version is not { } version || version < 0) return Problems.Invalid("version", "A version of the history: 0 or more.");
        return await ChangeAsync(id, ifMatch, PreferenceActs.RollBack, (state, stop) => history.RollBackAsync(caller.Tenant, state, version, stop), context, caller, store, cancellation);
    }

    private static async Task<Results<Ok<PreferenceHistoryPage>, Problem>> HistoryAsync(
        Guid id, int? limit, string? cursor, Caller caller, People people, PreferenceHistory history, CancellationToken cancellation)
    {
        var most = limit ?? DefaultLimit;
        if (most is < 1 or > LargestLimit) return Problems.Invalid("limit", $"1 to {LargestLimit}.");
        var before = int.MaxValue;
        if (cursor is not null && !TryCursor(cursor, out before)) return Problems.Invalid("cursor", "Give next_cursor of the page before, as it was.");
        var lookup = await people.FindAsync(caller.Tenant, id, cancellation);
        if (lookup is not PersonLookup.Found person) return lookup.Problem();
        var changes = await history.PageAsync(caller.Tenant, person, before, most, cancellation);
        var more = changes.Count > most;
        if (more) changes.RemoveAt(most);
        return TypedResults.Ok(new PreferenceHistoryPage(changes, more ? Cursor(changes[^1].Version) : null));
    }

    private static async Task<Results<Ok<PreferencesResponse>, Problem>> ChangeAsync(
        Guid id, string? ifMatch, string act, Func<PreferenceState, CancellationToken, ValueTask<Proposal>> propose, HttpContext context, Caller caller, PreferenceStore store,
        CancellationToken cancellation)
    {
        if (Precondition.TryRead(ifMatch, out var precondition) is { } problem) return problem;
        var result = await store.ChangeAsync(caller, id, precondition, act, propose, cancellation);
        if (result is not PreferenceResult.Now { State: var state }) return Failed(result);
        context.Response.Headers.ETag = state.Etag;
        return TypedResults.Ok(View(state, explain: false));
    }

    private static Problem Failed(PreferenceResult result) => result switch
    {
        PreferenceResult.Absent absent => absent.Person.Problem(),
        PreferenceResult.Refused refused => Problems.Invalid(refused.Errors),
        PreferenceResult.Changed => new Problem(StatusCodes.Status412PreconditionFailed, ProblemCodes.PreferencesChanged, "The preferences or their schema have changed since. Read them again and decide anew."),
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

    // As long as the cursors of other lists; the version is all that it needs.
    private static string Cursor(int version)
    {
        Span<byte> bytes = stackalloc byte[24];
        bytes.Clear();
        BinaryPrimitives.WriteInt32BigEndian(bytes, version);
        return Base64Url.EncodeToString(bytes);
    }

    private static bool TryCursor(string text, out int version)
    {
        Span<byte> bytes = stackalloc byte[24];
        version = 0;
        if (!PageCursor.TryDecode(text, bytes)) return false;
        version = BinaryPrimitives.ReadInt32BigEndian(bytes);
        return version > 0 && bytes[4..].IndexOfAnyExcept((byte)0) < 0;
    }
}
