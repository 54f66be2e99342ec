using System.ComponentModel.DataAnnotations;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.People.Profiles;

/// <summary>
/// Operations that answer with whole users: read, look-up, list, search, and merge, which returns the survivor.
/// </summary>
internal static class UserViewEndpoints
{
    private static readonly PageCursor Newest = new(new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero), Guid.Empty);

    /// <summary>Sets the answer's entity tag.</summary>
    public static UserResponse Tagged(this HttpContext context, UserResponse user)
    {
        context.Response.Headers.ETag = Precondition.TagOf(user.Version);
        return user;
    }

    public static async Task<Results<Ok<UserResponse>, Problem>> GetAsync(UserId id, Call call, UserViews views) =>
        Shown(await views.GetAsync(call.Tenant, id, call.Cancellation, call.Http.Features.Get<ReadAhead>()), call);

    public static async Task<Results<Ok<UserResponse>, Problem>> ByTelegramAsync(
        [Described("The blind index of the Telegram id; never the id."), RegularExpression("^[0-9a-f]{64}$")] string hash,
        Call call,
        TenantKeys keys,
        UserViews views
    )
    {
        if (!BlindIndexKey.IsIndex(hash))
            return new Problem(
                400,
                ProblemCodes.HashExpected,
                "This look-up takes the hash of a Telegram id, 64 lowercase hexadecimal characters; never the id itself."
            );
        var set = await keys.GetAsync(call.Tenant, call.Caller.KeyEpoch, call.Cancellation);
        var values = set.Readings(hash, call.Caller.BlindOnly);
        return Shown(await views.FindAsync(call.Tenant, "telegram", values, call.Cancellation), call);
    }

    public static async Task<Results<Ok<UserResponse>, Problem>> FindAsync(
        [CheckedByEndpoint] IdentityRequest request,
        Call call,
        TenantKeys keys,
        UserViews views
    )
    {
        var name = await IdentityName.ReadAsync(request, call.Caller, keys, call.Cancellation);
        return Shown(
            await name.ThenAsync(read =>
                views.FindAsync(call.Tenant, read.Channel.Name, read.Values.Select(value => value.Value), call.Cancellation)
            ),
            call
        );
    }

    public static async Task<Results<Ok<UserPage>, Problem>> PageAsync(
        [Described("`true`: users who are deleted and not yet erased, last deleted first.")] Flag deleted,
        Page<PageCursor> page,
        Caller caller,
        UserViews views,
        CancellationToken cancellation
    )
    {
        var users = await views.PageAsync(caller.Tenant, deleted.Value is true, page.After ?? Newest, page.Most, cancellation);
        var next = page.Cut(users, user => new PageCursor(user.DeletedAt ?? user.CreatedAt, user.Id));
        return TypedResults.Ok(new UserPage(users, next));
    }

    public static async Task<Results<Ok<UserSearchResponse>, Problem>> SearchAsync(
        UserSearchRequest request,
        Caller caller,
        TenantKeys keys,
        UserViews views,
        CancellationToken cancellation
    )
    {
        var kind = request.Email is not null ? ProfileIndex.Email : ProfileIndex.Phone;
        _ = TryCanonical(request, out var canonical);
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        var values = ProfileIndex.Compute(set, kind, canonical!).Select(value => value.Value);
        return TypedResults.Ok(
            new UserSearchResponse(
                await views.SearchAsync(caller.Tenant, kind, values, request.IncludeDeleted is true, cancellation)
            )
        );
    }

    public static void Check(UserSearchRequest request, RequestFaults faults)
    {
        if (request.Email is null == request.Phone is null)
            faults.Add(request.Email is null ? "email" : "phone", "Search by exactly one of email and phone.");
        else if (!TryCanonical(request, out _))
            faults.Add(
                request.Email is null ? "phone" : "email",
                request.Email is null
                    ? "A full phone number in E.164 form, such as +491701234567."
                    : "A full e-mail address, such as ada@example.org."
            );
    }

    private static bool TryCanonical(UserSearchRequest request, out string? canonical) =>
        request.Email is not null
            ? CanonicalId.TryEmail(request.Email, out canonical)
            : CanonicalId.TryPhone(request.Phone, out canonical);

    public static async Task<Results<Ok<UserResponse>, Problem>> MergeAsync(
        UserId id,
        MergeRequest request,
        Call call,
        UserMerges merges,
        UserViews views
    )
    {
        var merged = await merges.MergeAsync(call.Caller, id, request.Code!, call.Cancellation);
        return Shown(await merged.ThenAsync(survivor => views.GetAsync(call.Tenant, survivor, call.Cancellation)), call);
    }

    private static Results<Ok<UserResponse>, Problem> Shown(Outcome<UserResponse> outcome, Call call) =>
        outcome.ToResult(user => TypedResults.Ok(call.Http.Tagged(user)));
}
