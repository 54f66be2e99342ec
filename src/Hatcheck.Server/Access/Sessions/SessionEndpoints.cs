using System.Net;
using Hatcheck.Contracts;
using Hatcheck.Server.Access.Staff;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Access.Sessions;

/// <summary>Living sessions, shown and ended: one's own, and a person's by those who may.</summary>
internal static class SessionEndpoints
{
    private const string SessionId = "The session's id.";
    private const string Gone = "The user was erased, or was deleted and may be restored.";

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var mine = routes.MapGroup("/me/sessions").WithTags("Sessions");
        mine.MapGet("", OfCallerAsync).RequirePermission(KnownPermissions.TenantRead, Reach.Caller).WithName("listOwnSessions")
            .WithSummary("Where the caller is signed in, last used first.");
        mine.MapDelete("", EndOthersAsync).RequirePermission(KnownPermissions.TenantRead, Reach.Caller).WithName("endOwnSessions")
            .WithSummary("Ends all sessions of the caller but the one that asks; with ?all=true that one too.");
        mine.MapDelete("/{sessionId}", EndOwnAsync).RequirePermission(KnownPermissions.TenantRead, Reach.Caller).WithName("endOwnSession")
            .WithSummary("Ends one of the caller's sessions at once, on every node.").Fails(404, "No such living session of the caller.");
        var theirs = routes.MapGroup("/users/{id}/sessions").WithTags("Sessions");
        theirs.MapGet("", OfPersonAsync).RequirePermission(AccessPermissions.SessionsRead, Reach.OwnUser).WithName("listSessions")
            .WithSummary("Where a person is signed in, last used first.").Fails(404, "No such user.").Fails(410, Gone);
        theirs.MapPost("", IssueAsync).Checks<RouteHandlerBuilder, SessionRequest>(Check).RequirePermission(AccessPermissions.SessionsIssue).WithName("createSession")
            .WithSummary("Signs a person in whom the service knows: the tokens are for the person's own client.").Fails(404, "No such user.").Fails(410, Gone);
        theirs.MapDelete("", EndAllAsync).RequirePermission(AccessPermissions.SessionsWrite, Reach.OwnUser).WithName("endSessions")
            .WithSummary("Ends all sessions of a person at once, on every node.").Fails(404, "No such user.").Fails(410, Gone);
        theirs.MapDelete("/{sessionId}", EndOneAsync).RequirePermission(AccessPermissions.SessionsWrite, Reach.OwnUser).WithName("endSession")
            .WithSummary("Ends one session of a person at once, on every node.").Fails(404, "No such user, or no such living session.").Fails(410, Gone);
        var staff = routes.MapGroup("/members/{memberId}/sessions").WithTags("Sessions");
        staff.MapGet("", OfMemberAsync).RequirePermission(AccessPermissions.SessionsRead).WithName("listMemberSessions")
            .WithSummary("Where a member is signed in, last used first.").Fails(404, "No such member.");
        staff.MapDelete("", EndOfMemberAsync).RequirePermission(AccessPermissions.SessionsWrite).WithName("endMemberSessions")
            .WithSummary("Ends all sessions of a member at once, on every node.").Fails(404, "No such member.");
    }

    private static async Task<Results<Ok<SessionList>, Problem>> OfMemberAsync([Described(MemberEndpoints.MemberId, OpenApiOperations.ExampleId)] Guid memberId, Caller caller, Members members, SessionLists sessions, CancellationToken cancellation) =>
        await members.FindAsync(caller.Tenant, memberId, cancellation) is null ? new AccessRefusal.NoSuchMember().ToProblem() : TypedResults.Ok(await sessions.OfMemberAsync(caller, memberId, cancellation));

    private static async Task<Results<NoContent, Problem>> EndOfMemberAsync([Described(MemberEndpoints.MemberId, OpenApiOperations.ExampleId)] Guid memberId, Caller caller, Members members, SessionLists sessions, CancellationToken cancellation)
    {
        if (await members.FindAsync(caller.Tenant, memberId, cancellation) is null) return new AccessRefusal.NoSuchMember().ToProblem();
        await sessions.EndOfMemberAsync(caller, memberId, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<SessionList>> OfCallerAsync(Caller caller, SessionLists sessions, CancellationToken cancellation) =>
        TypedResults.Ok(await sessions.OfCallerAsync(caller, cancellation));

    private static async Task<NoContent> EndOthersAsync([Described("`true`: the session that asks too.")] bool? all, Caller caller, SessionLists sessions, CancellationToken cancellation)
    {
        await sessions.EndOfCallerAsync(caller, only: null, all is true ? null : caller.Session, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, Problem>> EndOwnAsync([Described(SessionId, OpenApiOperations.ExampleId)] Guid sessionId, Caller caller, SessionLists sessions, CancellationToken cancellation) =>
        await sessions.EndOfCallerAsync(caller, sessionId, except: null, cancellation) > 0 ? TypedResults.NoContent() : NotFound();

    private static async Task<Results<Ok<SessionList>, Problem>> OfPersonAsync(UserId id, Caller caller, People people, SessionLists sessions, CancellationToken cancellation) =>
        await people.FindAsync(caller.Tenant, id, cancellation) is var lookup && lookup is PersonLookup.Found person
            ? TypedResults.Ok(await sessions.OfPersonAsync(caller, person.User, cancellation))
            : lookup.Problem();

    private static async Task<Results<Created<SessionTokens>, Problem>> IssueAsync(
        UserId id, SessionRequest request, Call call, People people, SessionStart start)
    {
        var address = request.ClientAddress is null ? null : BoundAddress.Plain(IPAddress.Parse(request.ClientAddress));
        var content = new SessionContent("service", address?.ToString(), string.IsNullOrWhiteSpace(request.UserAgent) ? null : request.UserAgent);
        var (person, tokens) = await people.WithAsync(
            call.Tenant, id, found => BeginAsync(start, new NewSession(call.Tenant, SessionRow.Person, found.User, call.Caller.Actor, content, address), call.Cancellation), begun => begun.Tokens is null, call.Cancellation);
        return tokens switch
        {
            null => person.Problem(),
            { Tokens: { } made } => TypedResults.Created((string?)null, made),
            // Erased or merged by others again and again while this request ran.
            _ => Problems.Unavailable(TimeSpan.FromSeconds(1)),
        };
    }

    private static void Check(SessionRequest request, RequestFaults faults) =>
        faults.Require(request.ClientAddress is null || IPAddress.TryParse(request.ClientAddress, out _), "client_address", "An IP address: 192.0.2.7 or 2001:db8::7.");

    private static async Task<Begun> BeginAsync(SessionStart start, NewSession wanted, CancellationToken cancellation) => new(await start.BeginAsync(wanted, cancellation));

    private static async Task<Results<NoContent, Problem>> EndAllAsync(UserId id, Caller caller, People people, SessionLists sessions, CancellationToken cancellation)
    {
        if (await people.FindAsync(caller.Tenant, id, cancellation) is var lookup && lookup is not PersonLookup.Found) return lookup.Problem();
        await sessions.EndOfPersonAsync(caller, ((PersonLookup.Found)lookup).User, only: null, except: null, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, Problem>> EndOneAsync(UserId id, [Described(SessionId, OpenApiOperations.ExampleId)] Guid sessionId, Call call, People people, SessionLists sessions)
    {
        if (await people.FindAsync(call.Tenant, id, call.Cancellation) is var lookup && lookup is not PersonLookup.Found) return lookup.Problem();
        return await sessions.EndOfPersonAsync(call.Caller, ((PersonLookup.Found)lookup).User, sessionId, except: null, call.Cancellation) > 0 ? TypedResults.NoContent() : NotFound();
    }

    private static Problem NotFound() => Problems.NotFound(ProblemCodes.SessionNotFound, "There is no such living session.");

    private sealed record Begun(SessionTokens? Tokens);
}
