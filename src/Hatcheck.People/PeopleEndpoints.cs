using Hatcheck.Contracts;
using Hatcheck.People.Preferences;
using Hatcheck.People.Privacy;
using Hatcheck.People.Profiles;
using Hatcheck.People.Usage;
using Hatcheck.People.Users;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;

namespace Hatcheck.People;

/// <summary>
/// Maps all of <c>/users</c>, in the order of the OpenAPI document. The named classes hold the operations. The
/// capability of sessions maps those of a user.
/// </summary>
internal static class PeopleEndpoints
{
    private const string Gone = "The user was erased, or was deleted and may be restored.";
    private const string NoSuchUser = "No such user.";
    private const string OtherVersion = "The user has changed since the ETag in If-Match.";
    private const string Taken = "The e-mail address belongs to another user.";

    public static void Map(IEndpointRouteBuilder routes)
    {
        MapIdentities(routes);
        MapUsage(routes);
        MapPreferences(routes);
        routes.MapPreferenceSchema();
        MapPrivacy(routes);
        MapProfiles(routes);
        MapViews(routes);
    }

    private static void MapIdentities(IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users
            .MapPost("/resolve", UserEndpoints.ResolveAsync)
            .RequirePermission(UserPermissions.Write)
            .WithName("resolveUser")
            .WithSummary("Returns the user of a messenger identity, created if absent. Concurrent calls all get the same user.")
            .Fails(410, "The user was deleted and may be restored; `user_id` is the user.");
        users
            .MapPost("/{id}/identities", UserEndpoints.LinkAsync)
            .RequirePermission(UserPermissions.Write)
            .WithName("linkIdentity")
            .WithSummary("Links another identity to the user. If it is linked already, returns it unchanged.")
            .Fails(404, "No such user.")
            .Fails(409, "The identity belongs to another user.")
            .Fails(410, "The user was erased, or was deleted and may be restored.");
        users
            .MapDelete("/{id}/identities/{identityId}", UserEndpoints.UnlinkAsync)
            .RequirePermission(UserPermissions.Write, Reach.OwnUser)
            .WithName("unlinkIdentity")
            .WithSummary("Removes an identity; a user keeps at least one.")
            .Fails(404, "No such user or identity.")
            .Fails(409, "It is the last one.")
            .Fails(410, "The user was erased, or was deleted and may be restored.");
        users
            .MapPost("/{id}/link-codes", UserEndpoints.CreateCodeAsync)
            .RequirePermission(UserPermissions.Write, Reach.OwnUser)
            .WithName("createLinkCode")
            .WithSummary("Creates a one-time link code, to be shown in this user's chat.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was erased, or was deleted and may be restored.");
    }

    private static void MapUsage(IEndpointRouteBuilder routes)
    {
        var usage = routes.MapGroup("/users/{id}/usage").WithTags("Usage");
        usage
            .MapPost("", UsageEndpoints.AppendAsync)
            .RequirePermission(UsagePermissions.Write)
            .WithName("appendUsage")
            .WithSummary("Adds a line to the user's usage log. With an Idempotency-Key, a repeat within 24 hours stores nothing.")
            .Fails(404, "No such user.")
            .Fails(409, "A request with the same Idempotency-Key is in progress; repeat it.")
            .Fails(410, "The user was erased, or was deleted and may be restored.");
        usage
            .MapGet("", UsageEndpoints.PageAsync)
            .RequirePermission(UsagePermissions.Read, Reach.OwnUser)
            .WithName("listUsage")
            .WithSummary("The user's usage log, newest first.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was erased, or was deleted and may be restored.")
            .Fails(422, "A parameter is out of its range; see `errors`.");
    }

    private static void MapPreferences(IEndpointRouteBuilder routes)
    {
        var preferences = routes.MapGroup("/users/{id}/preferences").WithTags("Preferences");
        preferences
            .MapGet("", PreferenceEndpoints.GetAsync)
            .RequirePermission(PreferencePermissions.Read, Reach.OwnUser)
            .WithName("getPreferences")
            .WithSummary(
                "The effective preferences: the user's own, else the tenant's, else the built-in ones. With "
                    + "?explain=true also the source of each value."
            )
            .Produces(StatusCodes.Status304NotModified)
            .Fails(404, "No such user.")
            .Fails(410, Gone);
        Changing(preferences.MapPut("", PreferenceEndpoints.PutAsync))
            .WithName("putPreferences")
            .WithSummary("Replaces all own values; omitted keys are inherited.");
        Changing(preferences.MapPatch("", PreferenceEndpoints.PatchAsync))
            .WithName("patchPreferences")
            .WithSummary("Changes own values by JSON Merge Patch (RFC 7396); null restores the inherited value.");
        Changing(preferences.MapPost("/reset", PreferenceEndpoints.ResetAsync))
            .WithName("resetPreferences")
            .WithSummary("Resets own values to the inherited ones: all, or those of categories and keys.");
        Changing(preferences.MapPost("/rollback", PreferenceEndpoints.RollBackAsync))
            .WithName("rollBackPreferences")
            .WithSummary(
                "Restores the own values of a version that the history still holds. Values that do not conform to "
                    + "the current schema are reported and left out."
            );
        preferences
            .MapGet("/history", PreferenceEndpoints.HistoryAsync)
            .RequirePermission(PreferencePermissions.Read, Reach.OwnUser)
            .WithName("listPreferenceHistory")
            .WithSummary("Who changed what and when, newest first.")
            .Fails(404, "No such user.")
            .Fails(410, Gone)
            .Fails(422, "A parameter is out of its range; see `errors`.");
    }

    private static void MapPrivacy(IEndpointRouteBuilder routes)
    {
        var person = routes.MapGroup("/users/{id}").WithTags("Privacy");
        person
            .MapGet("/summary", PrivacyEndpoints.SummaryAsync)
            .RequirePermission(PrivacyPermissions.Export, Reach.OwnUser)
            .WithName("getSummary")
            .WithSummary("How much is stored about a user, by kind, and why.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was erased.");
        person
            .MapGet("/export", PrivacyEndpoints.ExportAsync)
            .RequirePermission(PrivacyPermissions.Export, Reach.OwnUser)
            .WithName("exportUser")
            .WithSummary("Everything that is stored about a user, in readable form.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was erased.");
    }

    private static void MapProfiles(IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users
            .MapPost("", ProfileEndpoints.CreateAsync)
            .RequirePermission(UserPermissions.Write)
            .WithName("createUser")
            .WithSummary(
                "Creates a user from a profile, without a messenger identity. With an Idempotency-Key, a repeat "
                    + "within 24 hours creates no one."
            )
            .Checks<RouteHandlerBuilder, ProfileRequest>(ProfileFields.Check)
            .Fails(409, Taken);
        users
            .MapPut("/{id}", ProfileEndpoints.ReplaceAsync)
            .RequirePermission(UserPermissions.Write, Reach.OwnUser)
            .WithName("replaceUser")
            .WithSummary("Replaces the profile; omitted fields are emptied. Requires If-Match.")
            .Fails(404, NoSuchUser)
            .Fails(409, Taken)
            .Fails(410, Gone)
            .Fails(412, OtherVersion)
            .Fails(428, "If-Match is missing.");
        users
            .MapPatch("/{id}", ProfileEndpoints.PatchAsync)
            .RequirePermission(UserPermissions.Write, Reach.OwnUser)
            .WithName("updateUser")
            .WithSummary("Changes the profile by a JSON Merge Patch (RFC 7396): named fields are set, null empties a field.")
            .Fails(404, NoSuchUser)
            .Fails(409, Taken)
            .Fails(410, Gone)
            .Fails(412, OtherVersion);
        users
            .MapDelete("/{id}", ProfileEndpoints.RemoveAsync)
            .RequirePermission(UserPermissions.Erase, Reach.OwnUser)
            .WithName("deleteUser")
            .WithSummary(
                "Deletes a user, who can be restored while the grace period lasts and is erased after it; with "
                    + "?confirm=true erases at once, every row and every key."
            )
            .Fails(404, NoSuchUser)
            .Fails(410, Gone)
            .Fails(412, OtherVersion)
            .Fails(422, "`confirm` is given and is not `true`.");
        users
            .MapPost("/{id}/restore", ProfileEndpoints.RestoreAsync)
            .RequirePermission(UserPermissions.Write)
            .WithName("restoreUser")
            .WithSummary("Restores a deleted user completely. Returns a user who is not deleted unchanged.")
            .Fails(404, NoSuchUser)
            .Fails(409, "The grace period is over.")
            .Fails(410, "The user was erased.");
    }

    private static void MapViews(IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users
            .MapGet("", UserViewEndpoints.PageAsync)
            .RequirePermission(UserPermissions.Read)
            .WithName("listUsers")
            .WithSummary(
                "Lists users, newest first; merged users appear as their survivor. With ?deleted=true lists users "
                    + "who are deleted and not yet erased."
            )
            .Fails(422, "A parameter is out of its range; see `errors`.");
        users
            .MapPost("/search", UserViewEndpoints.SearchAsync)
            .Checks<RouteHandlerBuilder, UserSearchRequest>(UserViewEndpoints.Check)
            .RequirePermission(UserPermissions.Read)
            .WithName("searchUsers")
            .WithSummary(
                "Finds the users whose profile has exactly this e-mail address or phone number. This identifies "
                    + "no one: profile values are unproven."
            );
        // A POST, since a messenger id must not be in a URL: proxies log those.
        users
            .MapPost("/find", UserViewEndpoints.FindAsync)
            .RequirePermission(UserPermissions.Read)
            .WithName("findUser")
            .WithSummary("Finds the user of a messenger identity, without creating one. Changes nothing.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was deleted and may be restored; `user_id` is the user.");
        users
            .MapGet("/by-telegram/{hash}", UserViewEndpoints.ByTelegramAsync)
            .RequirePermission(UserPermissions.Read)
            .WithName("getUserByTelegram")
            .WithSummary("Finds the user of a Telegram id that the caller hashed.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was deleted and may be restored; `user_id` is the user.");
        users
            .MapGet("/{id}", UserViewEndpoints.GetAsync)
            .WithMetadata(new ReadsAhead(UserViews.Ahead))
            .RequirePermission(UserPermissions.Read, Reach.OwnUser)
            .WithName("getUser")
            .WithSummary("A user with profile and identities. The ETag is for If-Match.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was erased, or was deleted and may be restored.");
        users
            .MapPost("/{id}/merge", UserViewEndpoints.MergeAsync)
            .RequirePermission(UserPermissions.Write, Reach.OwnUser)
            .WithName("mergeUser")
            .WithSummary("Merges this user into the user of the link code.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was erased, or was deleted and may be restored.");
    }

    private static RouteHandlerBuilder Changing(RouteHandlerBuilder route) =>
        route
            .RequirePermission(PreferencePermissions.Write, Reach.OwnUser)
            .Fails(404, "No such user, or no such version.")
            .Fails(410, Gone)
            .Fails(412, "The preferences have changed since the ETag in If-Match.");
}
