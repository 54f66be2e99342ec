using Hatcheck.Contracts;
using Hatcheck.People.Privacy;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Hatcheck.People.Profiles;

/// <summary>Creates, changes, deletes and restores users with their profiles.</summary>
internal static class ProfileEndpoints
{
    private const string Confirm =
        "`true` erases at once, which cannot be undone; without it the user is deleted and may be restored.";

    public static IServiceCollection AddProfiles(this IServiceCollection services)
    {
        return services
            .AddSingleton<UserViews>()
            .AddSingleton<Registration>()
            .AddSingleton<HeldProfiles>()
            .AddSingleton<ProfileEdits>()
            .AddSingleton<Deletion>()
            .AddSingleton<RetentionPurge>();
    }

    public static async Task<Results<Created<UserResponse>, Problem>> CreateAsync(
        ProfileRequest request,
        IdempotencyKey key,
        Call call,
        Registration registration
    )
    {
        var registered = await registration.RegisterAsync(call.Caller, request, key.Value, call.Cancellation);
        return registered.ToResult(made =>
        {
            if (made.IsReplayed)
                IdempotencyKey.Replayed(call.Http);
            return TypedResults.Created($"/users/{made.User.Id}", call.Http.Tagged(made.User));
        });
    }

    public static async Task<Results<Ok<UserResponse>, Problem>> ReplaceAsync(
        UserId id,
        [CheckedByEndpoint] ProfileRequest request,
        IfMatch match,
        Call call,
        ProfileEdits edits
    ) =>
        (await edits.ReplaceAsync(call.Caller, id, request, match.Allowed, call.Cancellation)).ToResult(user =>
            TypedResults.Ok(call.Http.Tagged(user))
        );

    public static async Task<Results<Ok<UserResponse>, Problem>> PatchAsync(
        UserId id,
        MergePatch<ProfileRequest> patch,
        IfMatch match,
        Call call,
        ProfileEdits edits
    ) =>
        (await edits.PatchAsync(call.Caller, id, patch, match.Allowed, call.Cancellation)).ToResult(user =>
            TypedResults.Ok(call.Http.Tagged(user))
        );

    public static async Task<Results<NoContent, Problem>> RemoveAsync(
        UserId id,
        [Described(Confirm)] Flag confirm,
        IfMatch match,
        Call call,
        [AsParameters] Removals removals
    )
    {
        var terms = ChangeTerms.Of(call.Caller, id) with { Match = UserRefusal.NotMatched(match.Allowed) };
        Outcome<Guid> removed = confirm.Value switch
        {
            null => await removals.Deletion.DeleteAsync(terms, call.Cancellation),
            true => await removals.Erasure.EraseAsync(terms, call.Cancellation),
            false => new ProfileRefusal.NotConfirmed(),
        };
        return removed.ToResult(_ => TypedResults.NoContent());
    }

    public static async Task<Results<Ok<UserResponse>, Problem>> RestoreAsync(
        UserId id,
        Call call,
        Deletion deletion,
        UserViews views
    )
    {
        var restored = await deletion.RestoreAsync(ChangeTerms.Of(call.Caller, id), call.Cancellation);
        var shown = await restored.ThenAsync(_ => views.GetAsync(call.Tenant, id, call.Cancellation));
        return shown.ToResult(user => TypedResults.Ok(call.Http.Tagged(user)));
    }

    /// <summary>The two ways to remove a user.</summary>
    internal readonly record struct Removals(
        [property: FromServices] Deletion Deletion,
        [property: FromServices] Erasure Erasure
    );
}
