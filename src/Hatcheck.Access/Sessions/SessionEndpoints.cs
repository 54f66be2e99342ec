using System.Net;
using Hatcheck.Access.Staff;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// Lists and ends active sessions: the caller's own, and with the permission those of users and members.
/// </summary>
internal static class SessionEndpoints
{
    private const string SessionId = "The session's id.";
    private const string Gone = "The user was erased, or was deleted and may be restored.";

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var mine = routes.MapGroup("/me/sessions").WithTags("Sessions");
        mine.MapGet("", OfCallerAsync)
            .RequirePermission(KnownPermissions.TenantRead, Reach.Caller)
            .WithName("listOwnSessions")
            .WithSummary("The caller's active sessions, last used first.");
        mine.MapDelete("", EndOthersAsync)
            .RequirePermission(KnownPermissions.TenantRead, Reach.Caller)
            .WithName("endOwnSessions")
            .WithSummary("Ends all other sessions of the caller; with ?all=true the requesting one too.");
        mine.MapDelete("/{sessionId}", EndOwnAsync)
            .RequirePermission(KnownPermissions.TenantRead, Reach.Caller)
            .WithName("endOwnSession")
            .WithSummary("Ends one of the caller's sessions at once, on every node.")
            .Fails(404, "The caller has no such active session.");
        var theirs = routes.MapGroup("/users/{id}/sessions").WithTags("Sessions");
        theirs
            .MapGet("", OfPersonAsync)
            .RequirePermission(AccessPermissions.SessionsRead, Reach.OwnUser)
            .WithName("listSessions")
            .WithSummary("A user's active sessions, last used first.")
            .Fails(404, "No such user.")
            .Fails(410, Gone);
        theirs
            .MapPost("", IssueAsync)
            .Checks<RouteHandlerBuilder, SessionRequest>(Check)
            .RequirePermission(AccessPermissions.SessionsIssue)
            .WithName("createSession")
            .WithSummary("Signs a user in on behalf of a service; the tokens are for the user's own client.")
            .Fails(404, "No such user.")
            .Fails(410, Gone);
        theirs
            .MapDelete("", EndAllAsync)
            .RequirePermission(AccessPermissions.SessionsWrite, Reach.OwnUser)
            .WithName("endSessions")
            .WithSummary("Ends all sessions of a user at once, on every node.")
            .Fails(404, "No such user.")
            .Fails(410, Gone);
        theirs
            .MapDelete("/{sessionId}", EndOneAsync)
            .RequirePermission(AccessPermissions.SessionsWrite, Reach.OwnUser)
            .WithName("endSession")
            .WithSummary("Ends one session of a user at once, on every node.")
            .Fails(404, "No such user, or no such active session.")
            .Fails(410, Gone);
        var staff = routes.MapGroup("/members/{memberId}/sessions").WithTags("Sessions");
        staff
            .MapGet("", OfMemberAsync)
            .RequirePermission(AccessPermissions.SessionsRead)
            .WithName("listMemberSessions")
            .WithSummary("A member's active sessions, last used first.")
            .Fails(404, "No such member.");
        staff
            .MapDelete("", EndOfMemberAsync)
            .RequirePermission(AccessPermissions.SessionsWrite)
            .WithName("endMemberSessions")
            .WithSummary("Ends all sessions of a member at once, on every node.")
            .Fails(404, "No such member.");
    }

    private static async Task<Results<Ok<SessionList>, Problem>> OfMemberAsync(
        [Described(MemberEndpoints.MemberId, OpenApiOperations.ExampleId)] Guid memberId,
        Call call,
        SessionLists sessions
    ) => (await sessions.OfMemberAsync(call.Caller, memberId, call.Cancellation)).ToResult(TypedResults.Ok);

    private static async Task<Results<NoContent, Problem>> EndOfMemberAsync(
        [Described(MemberEndpoints.MemberId, OpenApiOperations.ExampleId)] Guid memberId,
        Call call,
        SessionLists sessions
    ) => Ended(await sessions.EndOfMemberAsync(call.Caller, memberId, only: null, except: null, call.Cancellation));

    private static async Task<Ok<SessionList>> OfCallerAsync(Call call, SessionLists sessions) =>
        TypedResults.Ok(await sessions.OfCallerAsync(call.Caller, call.Cancellation));

    private static async Task<Results<NoContent, Problem>> EndOthersAsync(
        [Described("`true`: the requesting session too.")] Flag all,
        Call call,
        SessionLists sessions
    )
    {
        var kept = all.Value is true ? null : call.Caller.Session;
        return Ended(await sessions.EndOfCallerAsync(call.Caller, only: null, kept, call.Cancellation));
    }

    private static async Task<Results<NoContent, Problem>> EndOwnAsync(
        [Described(SessionId, OpenApiOperations.ExampleId)] Guid sessionId,
        Call call,
        SessionLists sessions
    ) => Ended(await sessions.EndOfCallerAsync(call.Caller, sessionId, except: null, call.Cancellation));

    private static async Task<Results<Ok<SessionList>, Problem>> OfPersonAsync(UserId id, Call call, SessionLists sessions) =>
        (await sessions.OfPersonAsync(call.Caller, id, call.Cancellation)).ToResult(TypedResults.Ok);

    private static async Task<Results<Created<SessionTokens>, Problem>> IssueAsync(
        UserId id,
        SessionRequest request,
        Call call,
        SessionStart start
    )
    {
        var address = request.ClientAddress is null ? null : BoundAddress.Plain(IPAddress.Parse(request.ClientAddress));
        var agent = string.IsNullOrWhiteSpace(request.UserAgent) ? null : request.UserAgent;
        var content = new SessionContent("service", address?.ToString(), agent);
        var wanted = new NewSession(call.Tenant, SessionRow.Person, id, call.Caller.Actor, content, address);
        var begun = await start.BeginAsync(wanted, call.Cancellation);
        return begun.ToResult(tokens => TypedResults.Created((string?)null, tokens));
    }

    private static void Check(SessionRequest request, RequestFaults faults) =>
        faults.Require(
            request.ClientAddress is null || IPAddress.TryParse(request.ClientAddress, out _),
            "client_address",
            "An IP address, such as 192.0.2.7 or 2001:db8::7."
        );

    private static async Task<Results<NoContent, Problem>> EndAllAsync(UserId id, Call call, SessionLists sessions) =>
        Ended(await sessions.EndOfPersonAsync(call.Caller, id, only: null, except: null, call.Cancellation));

    private static async Task<Results<NoContent, Problem>> EndOneAsync(
        UserId id,
        [Described(SessionId, OpenApiOperations.ExampleId)] Guid sessionId,
        Call call,
        SessionLists sessions
    ) => Ended(await sessions.EndOfPersonAsync(call.Caller, id, sessionId, except: null, call.Cancellation));

    private static Results<NoContent, Problem> Ended(Outcome<int> ended) => ended.ToResult(_ => TypedResults.NoContent());
}
