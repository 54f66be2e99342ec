using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Privacy;

/// <summary>What a person may ask of all that is kept: how much, everything, nothing any more.</summary>
internal static class PrivacyEndpoints
{
    public static IServiceCollection AddPrivacy(this IServiceCollection services) => services.AddSingleton<Disclosure>().AddSingleton<Erasure>();

    public static void MapPrivacy(this IEndpointRouteBuilder routes)
    {
        var person = routes.MapGroup("/users/{id}").WithTags("Privacy");
        person.MapGet("/summary", SummaryAsync).RequirePermission(Permissions.ExportRead, Reach.OwnUser).WithName("getSummary")
            .WithSummary("How much is kept about a person, by kind, and why.").Fails(404, "No such user.").Fails(410, "The user was erased.");
        person.MapGet("/export", ExportAsync).RequirePermission(Permissions.ExportRead, Reach.OwnUser).WithName("exportUser")
            .WithSummary("Everything that is kept about a person, readable.").Fails(404, "No such user.").Fails(410, "The user was erased.");
        person.MapDelete("", EraseAsync).RequirePermission(Permissions.UsersErase, Reach.OwnUser).WithName("eraseUser")
            .WithSummary("Erases a person: every row and every key. Needs ?confirm=true; can't be undone.").Fails(404, "No such user.").Fails(410, "The user was erased.").Fails(422, "Not confirmed.");
    }

    private static async Task<Results<Ok<UserSummary>, Problem>> SummaryAsync(Guid id, Caller caller, People people, Disclosure disclosure, CancellationToken cancellation)
    {
        var lookup = await people.FindAsync(caller.Tenant, id, cancellation);
        if (lookup is not PersonLookup.Found person) return lookup.Problem();
        return await disclosure.SummariseAsync(caller.Tenant, person, cancellation) is { } summary ? TypedResults.Ok(summary) : Problems.UserErased();
    }

    private static async Task<Results<Ok<UserExport>, Problem>> ExportAsync(Guid id, Caller caller, People people, Disclosure disclosure, CancellationToken cancellation)
    {
        var lookup = await people.FindAsync(caller.Tenant, id, cancellation);
        if (lookup is not PersonLookup.Found person) return lookup.Problem();
        return await disclosure.ExportAsync(caller.Tenant, person, cancellation) is { } export ? TypedResults.Ok(export) : Problems.UserErased();
    }

    private static async Task<Results<NoContent, Problem>> EraseAsync(Guid id, bool? confirm, Caller caller, People people, Erasure erasure, CancellationToken cancellation)
    {
        if (confirm is not true) return Problems.Unprocessable(ProblemCodes.ConfirmationNeeded, "An erasure can't be undone: confirm it with ?confirm=true.");
        var (person, result) = await people.WithAsync(caller.Tenant, id, found => erasure.EraseAsync(caller, found, cancellation), erased => erased is EraseResult.Gone, cancellation);
        return result switch
        {
            null => person.Problem(),
            EraseResult.Erased => TypedResults.NoContent(),
            _ => Problems.Unavailable(TimeSpan.FromSeconds(1)),
        };
    }
}
