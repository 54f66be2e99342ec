using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Access.Staff;

/// <summary>Roles: the built-in ones and the tenant's own.</summary>
internal static class RoleEndpoints
{
    public static void MapRoles(this IEndpointRouteBuilder routes)
    {
        var known = routes.ServiceProvider.GetRequiredService<KnownPermissions>();
        var roles = routes.MapGroup("/roles").WithTags("Access");
        roles
            .MapGet("", ListAsync)
            .RequirePermission(AccessPermissions.RolesRead)
            .WithName("listRoles")
            .WithSummary("Every role: the built-in ones first, then the tenant's own, at most 100, by name.");
        roles
            .MapPost("", AddAsync)
            .Checks((RoleRequest request, RequestFaults faults) => AccessInput.Permissions(request.Permissions, known, faults))
            .RequirePermission(AccessPermissions.RolesWrite)
            .WithName("addRole")
            .WithSummary("Adds a role of the tenant's own, which grants no more than the caller holds.")
            .Fails(409, "The name is taken, or the tenant has reached the limit of roles.");
        roles
            .MapGet("/{role}", GetAsync)
            .RequirePermission(AccessPermissions.RolesRead)
            .WithName("getRole")
            .WithSummary("A role and its permissions.")
            .Fails(404, "No such role.");
        roles
            .MapPut("/{role}", ChangeAsync)
            .Checks(
                (RoleChangeRequest request, RequestFaults faults) => AccessInput.Permissions(request.Permissions, known, faults)
            )
            .RequirePermission(AccessPermissions.RolesWrite)
            .WithName("changeRole")
            .WithSummary("Changes a role's permissions, at once, for every member who has it.")
            .Fails(404, "No such role.")
            .Fails(409, "The role is built in.");
        roles
            .MapDelete("/{role}", RemoveAsync)
            .RequirePermission(AccessPermissions.RolesWrite)
            .WithName("removeRole")
            .WithSummary("Removes a role that no member has.")
            .Fails(404, "No such role.")
            .Fails(409, "The role is built in, or members have it.");
    }

    private static async Task<Ok<RoleList>> ListAsync(Caller caller, CustomRoles roles, CancellationToken cancellation) =>
        TypedResults.Ok(new RoleList((await roles.ListAsync(caller.Tenant, cancellation)).ConvertAll(Response)));

    private static async Task<Results<Ok<RoleResponse>, Problem>> GetAsync(
        [Described("The role's name.", "desk-lead"), Code] string role,
        Call call,
        CustomRoles roles
    ) => (await roles.FindAsync(call.Tenant, role, call.Cancellation)).ToResult(found => TypedResults.Ok(Response(found)));

    private static async Task<Results<Created<RoleResponse>, Problem>> AddAsync(RoleRequest request, Call call, CustomRoles roles)
    {
        var by = Grantor.Of(call.Caller);
        return (await roles.AddAsync(by, request.Name!, request.Permissions!, call.Cancellation)).ToResult(added =>
            TypedResults.Created((string?)null, Response(added))
        );
    }

    private static async Task<Results<Ok<RoleResponse>, Problem>> ChangeAsync(
        [Described("The role's name.", "desk-lead"), Code] string role,
        RoleChangeRequest request,
        Call call,
        CustomRoles roles
    ) =>
        (await roles.ChangeAsync(Grantor.Of(call.Caller), role, request.Permissions!, call.Cancellation)).ToResult(changed =>
            TypedResults.Ok(Response(changed))
        );

    private static async Task<Results<NoContent, Problem>> RemoveAsync(
        [Described("The role's name.", "desk-lead"), Code] string role,
        Call call,
        CustomRoles roles
    ) => (await roles.RemoveAsync(Grantor.Of(call.Caller), role, call.Cancellation)).ToResult(_ => TypedResults.NoContent());

    private static RoleResponse Response(Role role) => new(role.Name, role.Permissions, role.BuiltIn);
}
