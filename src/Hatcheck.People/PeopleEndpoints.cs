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
/// All of <c>/users</c> on one page. What an operation does stands in the class that it names; a user's sessions are Access's.
/// The order is that of the OpenAPI document.
/// </summary>
internal static class PeopleEndpoints
{
    private const string Gone = "The user was erased, or was deleted and may be restored.";
    private const string NoSuchUser = "No such user.";
    private const string OtherVersion = "The user has changed since the ETag of If-Match.";
    private const string Taken = "The e-mail address is another user's.";

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
            .WithSummary("The user of a messenger identity, made if absent; exactly one, however many ask at once.")
            .Fails(410, "The user was deleted and may be restored: `user_id` says whom.");
        users
            .MapPost("/{id}/identities", UserEndpoints.LinkAsync)
            .RequirePermission(UserPermissions.Write)
            .WithName("linkIdentity")
            .WithSummary("Links another identity to the user; one that is linked already is given back.")
            .Fails(404, "No such user.")
            .Fails(409, "The identity is another user's.")
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
            .WithSummary("A one-time code, to be shown to the person in the chat of this user.")
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
            .WithSummary(
                "Adds a line to the person's usage log. With an Idempotency-Key, a repeat within 24 hours stores nothing."
            )
            .Fails(404, "No such user.")
            .Fails(409, "The same Idempotency-Key is being worked on; repeat it.")
            .Fails(410, "The user was erased, or was deleted and may be restored.");
        usage
            .MapGet("", UsageEndpoints.PageAsync)
            .RequirePermission(UsagePermissions.Read, Reach.OwnUser)
            .WithName("listUsage")
            .WithSummary("The person's usage log, newest first.")
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
                "The preferences that count: the person's own, else the tenant's, else the built-in ones. "
                    + "With ?explain=true also whose each is."
            )
            .Produces(StatusCodes.Status304NotModified)
            .Fails(404, "No such user.")
            .Fails(410, Gone);
        Changing(preferences.MapPut("", PreferenceEndpoints.PutAsync))
            .WithName("putPreferences")
            .WithSummary("Replaces all own values; what is left out is inherited.");
        Changing(preferences.MapPatch("", PreferenceEndpoints.PatchAsync))
            .WithName("patchPreferences")
            .WithSummary("Changes own values by JSON Merge Patch (RFC 7396); null goes back to the inherited value.");
        Changing(preferences.MapPost("/reset", PreferenceEndpoints.ResetAsync))
            .WithName("resetPreferences")
            .WithSummary("Goes back to the inherited values: all, or those of categories and keys.");
        Changing(preferences.MapPost("/rollback", PreferenceEndpoints.RollBackAsync))
            .WithName("rollBackPreferences")
            .WithSummary(
                "Goes back to the own values of a version that the history still has; "
                    + "what today's schema does not take is told and left out."
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
            .WithSummary("How much is kept about a person, by kind, and why.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was erased.");
        person
            .MapGet("/export", PrivacyEndpoints.ExportAsync)
            .RequirePermission(PrivacyPermissions.Export, Reach.OwnUser)
            .WithName("exportUser")
            .WithSummary("Everything that is kept about a person, readable.")
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
                "Makes a user who is known by a profile, not yet by a messenger. With an Idempotency-Key, a repeat within "
                    + "24 hours makes nobody."
            )
            .Checks<RouteHandlerBuilder, ProfileRequest>(ProfileFields.Check)
            .Fails(409, Taken);
        users
            .MapPut("/{id}", ProfileEndpoints.ReplaceAsync)
            .RequirePermission(UserPermissions.Write, Reach.OwnUser)
            .WithName("replaceUser")
            .WithSummary("Replaces the profile; what is left out is emptied. Needs If-Match.")
            .Fails(404, NoSuchUser)
            .Fails(409, Taken)
            .Fails(410, Gone)
            .Fails(412, OtherVersion)
            .Fails(428, "There is no If-Match.");
        users
            .MapPatch("/{id}", ProfileEndpoints.PatchAsync)
            .RequirePermission(UserPermissions.Write, Reach.OwnUser)
            .WithName("updateUser")
            .WithSummary("Changes the profile by a JSON Merge Patch (RFC 7396): what is named is set, null empties.")
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
            .WithSummary("Brings a deleted user back, whole. A user who was not deleted is given as they are.")
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
                "Users, newest first; those merged into another are shown as that one. With ?deleted=true those who were "
                    + "deleted and not yet erased."
            )
            .Fails(422, "A parameter is out of its range; see `errors`.");
        users
            .MapPost("/search", UserViewEndpoints.SearchAsync)
            .Checks<RouteHandlerBuilder, UserSearchRequest>(UserViewEndpoints.Check)
            .RequirePermission(UserPermissions.Read)
            .WithName("searchUsers")
            .WithSummary(
                "The users whose profile has exactly this e-mail address or phone number. Nobody is known by it: a "
                    + "profile says what somebody typed."
            );
        // A POST, since a messenger id has no place in a URL: those end in the logs of proxies.
        users
            .MapPost("/find", UserViewEndpoints.FindAsync)
            .RequirePermission(UserPermissions.Read)
            .WithName("findUser")
            .WithSummary("The user of a messenger identity; never made. Changes nothing.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was deleted and may be restored: `user_id` says whom.");
        users
            .MapGet("/by-telegram/{hash}", UserViewEndpoints.ByTelegramAsync)
            .RequirePermission(UserPermissions.Read)
            .WithName("getUserByTelegram")
            .WithSummary("The user of a Telegram id that the caller hashed.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was deleted and may be restored: `user_id` says whom.");
        users
            .MapGet("/{id}", UserViewEndpoints.GetAsync)
            .WithMetadata(new ReadsAhead(UserViews.Ahead))
            .RequirePermission(UserPermissions.Read, Reach.OwnUser)
            .WithName("getUser")
            .WithSummary("A user, the profile, and the identities that point to the user. The ETag is for If-Match.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was erased, or was deleted and may be restored.");
        users
            .MapPost("/{id}/merge", UserViewEndpoints.MergeAsync)
            .RequirePermission(UserPermissions.Write, Reach.OwnUser)
            .WithName("mergeUser")
            .WithSummary("Merges this user into the one whose code the person brings.")
            .Fails(404, "No such user.")
            .Fails(410, "The user was erased, or was deleted and may be restored.");
    }

    private static RouteHandlerBuilder Changing(RouteHandlerBuilder route) =>
        route
            .RequirePermission(PreferencePermissions.Write, Reach.OwnUser)
            .Fails(404, "No such user, or no such version.")
            .Fails(410, Gone)
            .Fails(412, "The preferences are not those of `If-Match`.");
}
