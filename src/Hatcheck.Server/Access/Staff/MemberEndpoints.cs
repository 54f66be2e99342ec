using Hatcheck.Contracts;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Access.Staff;

/// <summary>The tenant's staff.</summary>
internal static class MemberEndpoints
{
    public const string MemberId = "The member's id.";

    public static void MapMembers(this IEndpointRouteBuilder routes)
    {
        var members = routes.MapGroup("/members").WithTags("Access");
        members.MapGet("", PageAsync).RequirePermission(AccessPermissions.MembersRead).WithName("listMembers").WithSummary("The tenant's staff, by id.")
            .Fails(422, "A parameter is out of its range; see `errors`.");
        members.MapPost("", AddAsync).Checks<RouteHandlerBuilder, MemberRequest>(AccessInput.Check).RequirePermission(AccessPermissions.MembersWrite).WithName("addMember")
            .WithSummary("Adds a member, with roles that give no more than the caller holds.")
            .Fails(409, "A member signs in so already, or the tenant has as many as it may.");
        members.MapGet("/{memberId}", GetAsync).RequirePermission(AccessPermissions.MembersRead).WithName("getMember").WithSummary("One of the staff.").Fails(404, "No such member.");
        members.MapPut("/{memberId}", ChangeAsync).Checks<RouteHandlerBuilder, MemberChangeRequest>(AccessInput.Check).RequirePermission(AccessPermissions.MembersWrite).WithName("changeMember")
            .WithSummary("Replaces a member's name, e-mail and roles; of one who holds no more than the caller.")
            .Fails(404, "No such member.").Fails(409, "The last owner stays one.");
        members.MapDelete("/{memberId}", RemoveAsync).RequirePermission(AccessPermissions.MembersWrite).WithName("removeMember")
            .WithSummary("Removes a member who holds no more than the caller, and destroys what said who they were.")
            .Fails(404, "No such member.").Fails(409, "The last owner stays.");
    }

    private static async Task<Results<Ok<MemberPage>, Problem>> PageAsync(Page<IdCursor> page, Caller caller, Members members, CancellationToken cancellation)
    {
        var found = await members.PageAsync(caller.Tenant, page.After?.Id ?? default, page.Wanted, cancellation);
        var next = page.Cut(found, member => new IdCursor(member.Id));
        return TypedResults.Ok(new MemberPage(found, next));
    }

    private static async Task<Results<Ok<MemberResponse>, Problem>> GetAsync([Described(MemberId, OpenApiOperations.ExampleId)] Guid memberId, Caller caller, Members members, CancellationToken cancellation) =>
        await members.FindAsync(caller.Tenant, memberId, cancellation) is { } found ? TypedResults.Ok(found) : new AccessRefusal.NoSuchMember().ToProblem();

    private static async Task<Results<Created<MemberResponse>, Problem>> AddAsync(MemberRequest request, Caller caller, Members members, CancellationToken cancellation)
    {
        var profile = new MemberProfile(request.DisplayName!, request.Email, request.Subject!);
        return await members.AddAsync(Grantor.Of(caller), profile, request.Issuer!, request.Roles!, cancellation) switch
        {
            Outcome<MemberResponse>.Done(var added) => TypedResults.Created((string?)null, added),
            var refused => refused.ToProblem(),
        };
    }

    private static async Task<Results<Ok<MemberResponse>, Problem>> ChangeAsync(
        [Described(MemberId, OpenApiOperations.ExampleId)] Guid memberId, MemberChangeRequest request, Caller caller, Members members, CancellationToken cancellation)
    {
        return await members.ChangeAsync(Grantor.Of(caller), memberId, request.DisplayName!, request.Email, request.Roles!, cancellation) switch
        {
            Outcome<MemberResponse>.Done(var changed) => TypedResults.Ok(changed),
            var refused => refused.ToProblem(),
        };
    }

    private static async Task<Results<NoContent, Problem>> RemoveAsync([Described(MemberId, OpenApiOperations.ExampleId)] Guid memberId, Caller caller, Members members, CancellationToken cancellation) =>
        await members.RemoveAsync(Grantor.Of(caller), memberId, cancellation) switch
        {
            Outcome<MemberResponse>.Done => TypedResults.NoContent(),
            var refused => refused.ToProblem(),
        };
}
