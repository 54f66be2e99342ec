using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;
using Microsoft.AspNetCore.Authorization;

namespace Hatcheck.Access.Callers;

/// <summary>The one demand that every endpoint makes: that its caller holds the permission that it declares.</summary>
internal sealed class HoldsPermission : IAuthorizationRequirement
{
    public static readonly HoldsPermission Instance = new();
}

/// <summary>Compares what an endpoint declares with what its caller holds, and keeps persons to their own user.</summary>
internal sealed class PermissionHandler(Database database) : AuthorizationHandler<HoldsPermission>
{
    private const string MergedQuery = "select 1 as one from users where tenant_id = $1 and user_id = $2 and merged_into = $3";

    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, HoldsPermission requirement)
    {
        if (context.Resource is not HttpContext http || http.Features.Get<Caller>() is not { } caller)
            return;
        // No endpoint: the answer will be 404, 405 or 415, and tells nothing.
        if (http.GetEndpoint() is not RouteEndpoint endpoint)
        {
            context.Succeed(requirement);
            return;
        }

        // One that declares nothing is closed.
        if (endpoint.Metadata.GetMetadata<NeededPermission>() is not { } needed || !caller.Permissions.Contains(needed.Name))
            return;
        if (caller is not Caller.Person person || needed.Reach == Reach.Caller)
            context.Succeed(requirement);
        else if (needed.Reach != Reach.OwnUser)
            return;
        else if (await IsOwnAsync(person, http))
            context.Succeed(requirement);
        // Somebody else answers as somebody who isn't there.
        else
            http.Features.Set(Problems.UserNotFound());
    }

    private async ValueTask<bool> IsOwnAsync(Caller.Person person, HttpContext http)
    {
        var text = http.Request.RouteValues["id"] as string ?? "";
        // What is no id is answered 400, to everybody alike.
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
