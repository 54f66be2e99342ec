using Hatcheck.Contracts;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Access.Staff;

/// <summary>Roles: the built-in ones and the tenant's own.</summary>
internal static class RoleEndpoints
{
    public static void MapRoles(this IEndpointRouteBuilder routes)
    {
        var known = routes.ServiceProvider.GetRequiredService<KnownPermissions>();
        var roles = routes.MapGroup("/roles").WithTags("Access");
        roles.MapGet("", ListAsync).RequirePermission(AccessPermissions.RolesRead).WithName("listRoles").WithSummary("Every role: the built-in ones first, then the tenant's own, at most 100, by name.");
        roles.MapPost("", AddAsync).Checks((RoleRequest request, RequestFaults faults) => AccessInput.Permissions(request.Permissions, known, faults)).RequirePermission(AccessPermissions.RolesWrite).WithName("addRole").WithSummary("Adds a role of the tenant's own, which gives no more than the caller holds.")
            .Fails(409, "The name is taken, or the tenant has as many roles as it may.");
        roles.MapGet("/{role}", GetAsync).RequirePermission(AccessPermissions.RolesRead).WithName("getRole").WithSummary("What a role gives.").Fails(404, "No such role.");
        roles.MapPut("/{role}", ChangeAsync).Checks((RoleChangeRequest request, RequestFaults faults) => AccessInput.Permissions(request.Permissions, known, faults)).RequirePermission(AccessPermissions.RolesWrite).WithName("changeRole")
            .WithSummary("Changes what a role gives, at once, to everybody who has it.").Fails(404, "No such role.").Fails(409, "It is built in.");
        roles.MapDelete("/{role}", RemoveAsync).RequirePermission(AccessPermissions.RolesWrite).WithName("removeRole")
            .WithSummary("Removes a role that nobody has.").Fails(404, "No such role.").Fails(409, "It is built in, or members have it.");
    }

    private static async Task<Ok<RoleList>> ListAsync(Caller caller, CustomRoles roles, CancellationToken cancellation) =>
        TypedResults.Ok(new RoleList((await roles.ListAsync(caller.Tenant, cancellation)).ConvertAll(Response)));

    private static async Task<Results<Ok<RoleResponse>, Problem>> GetAsync(
        [Described("The role's name.", "desk-lead"), Code] string role, Caller caller, CustomRoles roles, CancellationToken cancellation) =>
        BoundedText.IsCode(role) && await roles.FindAsync(caller.Tenant, role, cancellation) is { } found
            ? TypedResults.Ok(Response(found))
            : (await roles.NoSuchAsync(caller.Tenant, role, cancellation)).ToProblem();

    private static async Task<Results<Created<RoleResponse>, Problem>> AddAsync(RoleRequest request, Caller caller, CustomRoles roles, CancellationToken cancellation)
    {
        return await roles.AddAsync(Grantor.Of(caller), request.Name!, request.Permissions!, cancellation) switch
        {
            Outcome<Role>.Done(var added) => TypedResults.Created((string?)null, Response(added)),
            var refused => refused.ToProblem(),
        };
    }

    private static async Task<Results<Ok<RoleResponse>, Problem>> ChangeAsync(
        [Described("The role's name.", "desk-lead"), Code] string role, RoleChangeRequest request, Caller caller, CustomRoles roles, CancellationToken cancellation)
    {
        if (!BoundedText.IsCode(role)) return (await roles.NoSuchAsync(caller.Tenant, role, cancellation)).ToProblem();
        return await roles.ChangeAsync(Grantor.Of(caller), role, request.Permissions!, cancellation) switch
        {
            Outcome<Role>.Done(var changed) => TypedResults.Ok(Response(changed)),
            var refused => refused.ToProblem(),
        };
    }

    private static async Task<Results<NoContent, Problem>> RemoveAsync(
        [Described("The role's name.", "desk-lead"), Code] string role, Caller caller, CustomRoles roles, CancellationToken cancellation)
    {
        if (!BoundedText.IsCode(role)) return (await roles.NoSuchAsync(caller.Tenant, role, cancellation)).ToProblem();
        return await roles.RemoveAsync(Grantor.Of(caller), role, cancellation) switch
        {
            Outcome<Role>.Done => TypedResults.NoContent(),
            var refused => refused.ToProblem(),
        };
    }

    private static RoleResponse Response(Role role) => new(role.Name, role.Permissions, role.BuiltIn);
}
