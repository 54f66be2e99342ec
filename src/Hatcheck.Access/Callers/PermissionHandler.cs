using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;
using Microsoft.AspNetCore.Authorization;

namespace Hatcheck.Access.Callers;

/// <summary>The requirement of every endpoint: its caller holds the permission that the endpoint declares.</summary>
internal sealed class HoldsPermission : IAuthorizationRequirement
{
    public static readonly HoldsPermission Instance = new();
}

/// <summary>Checks an endpoint's permission against the caller's, and restricts users to their own data.</summary>
internal sealed class PermissionHandler(Database database) : AuthorizationHandler<HoldsPermission>
{
    private const string MergedQuery = "select 1 as one from users where tenant_id = $1 and user_id = $2 and merged_into = $3";

    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, HoldsPermission requirement)
    {
        if (context.Resource is not HttpContext http || http.Features.Get<Caller>() is not { } caller)
            return;
        // No endpoint: the answer will be 404, 405 or 415, which reveals nothing.
        if (http.GetEndpoint() is not RouteEndpoint endpoint)
        {
            context.Succeed(requirement);
            return;
        }

        // An endpoint that declares nothing is closed.
        if (endpoint.Metadata.GetMetadata<NeededPermission>() is not { } needed || !caller.Permissions.Contains(needed.Name))
            return;
        if (caller is not Caller.Person person || needed.Reach == Reach.Caller)
            context.Succeed(requirement);
        else if (needed.Reach != Reach.OwnUser)
            return;
        else if (await IsOwnAsync(person, http))
            context.Succeed(requirement);
        // Another user answers like an absent one.
        else
            http.Features.Set(Problems.UserNotFound());
    }

    private async ValueTask<bool> IsOwnAsync(Caller.Person person, HttpContext http)
    {
        var text = http.Request.RouteValues["id"] as string ?? "";
        // A malformed id is answered with 400, for every caller alike.
        if (!RequestForm.IsId(text) || !Guid.TryParse(text, out var id) || id == person.User)
            return true;
        return (
                await database.QueryAsync(
                    person.Tenant,
                    MergedQuery,
                    [person.Tenant, id, person.User],
                    row => row.Number("one"),
                    http.RequestAborted
                )
            ).Count > 0;
    }
}
