using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Access.Staff;

/// <summary>The tenant's staff.</summary>
internal static class MemberEndpoints
{
    public const string MemberId = "The member's id.";

    public static void MapMembers(this IEndpointRouteBuilder routes)
    {
        var members = routes.MapGroup("/members").WithTags("Access");
        members
            .MapGet("", PageAsync)
            .RequirePermission(AccessPermissions.MembersRead)
            .WithName("listMembers")
            .WithSummary("The tenant's staff, by id.")
            .Fails(422, "A parameter is out of its range; see `errors`.");
        members
            .MapPost("", AddAsync)
            .Checks<RouteHandlerBuilder, MemberRequest>(AccessInput.Check)
            .RequirePermission(AccessPermissions.MembersWrite)
            .WithName("addMember")
            .WithSummary("Adds a member, with roles that grant no more than the caller holds.")
            .Fails(409, "A member with this issuer and subject exists, or the tenant has reached the limit.");
        members
            .MapGet("/{memberId}", GetAsync)
            .RequirePermission(AccessPermissions.MembersRead)
            .WithName("getMember")
            .WithSummary("A member of the staff.")
            .Fails(404, "No such member.");
        members
            .MapPut("/{memberId}", ChangeAsync)
            .Checks<RouteHandlerBuilder, MemberChangeRequest>(AccessInput.Check)
            .RequirePermission(AccessPermissions.MembersWrite)
            .WithName("changeMember")
            .WithSummary("Replaces the name, e-mail and roles of a member who holds no more than the caller.")
            .Fails(404, "No such member.")
            .Fails(409, "The last owner cannot be demoted.");
        members
            .MapDelete("/{memberId}", RemoveAsync)
            .RequirePermission(AccessPermissions.MembersWrite)
            .WithName("removeMember")
            .WithSummary("Removes a member who holds no more than the caller, and destroys their name, e-mail and subject.")
            .Fails(404, "No such member.")
            .Fails(409, "The last owner cannot be removed.");
    }

    private static async Task<Results<Ok<MemberPage>, Problem>> PageAsync(
        Page<IdCursor> page,
        Caller caller,
        Members members,
        CancellationToken cancellation
    )
    {
        var found = await members.PageAsync(caller.Tenant, page.After?.Id ?? default, page.Wanted, cancellation);
        var next = page.Cut(found, member => new IdCursor(member.Id));
        return TypedResults.Ok(new MemberPage(found, next));
    }

    private static async Task<Results<Ok<MemberResponse>, Problem>> GetAsync(
        [Described(MemberId, OpenApiOperations.ExampleId)] Guid memberId,
        Call call,
        Members members
    ) => (await members.FindAsync(call.Tenant, memberId, call.Cancellation)).ToResult(TypedResults.Ok);

    private static async Task<Results<Created<MemberResponse>, Problem>> AddAsync(
        MemberRequest request,
        Call call,
        Members members
    )
    {
        var profile = new MemberProfile(request.DisplayName!, request.Email, request.Subject!);
        var by = Grantor.Of(call.Caller);
        return (await members.AddAsync(by, profile, request.Issuer!, request.Roles!, call.Cancellation)).ToResult(added =>
            TypedResults.Created((string?)null, added)
        );
    }

    private static async Task<Results<Ok<MemberResponse>, Problem>> ChangeAsync(
        [Described(MemberId, OpenApiOperations.ExampleId)] Guid memberId,
        MemberChangeRequest request,
        Call call,
        Members members
    )
    {
        var (by, name, roles) = (Grantor.Of(call.Caller), request.DisplayName!, request.Roles!);
        return (await members.ChangeAsync(by, memberId, name, request.Email, roles, call.Cancellation)).ToResult(TypedResults.Ok);
    }

    private static async Task<Results<NoContent, Problem>> RemoveAsync(
        [Described(MemberId, OpenApiOperations.ExampleId)] Guid memberId,
        Call call,
        Members members
    ) =>
        (await members.RemoveAsync(Grantor.Of(call.Caller), memberId, call.Cancellation)).ToResult(_ => TypedResults.NoContent());
}
