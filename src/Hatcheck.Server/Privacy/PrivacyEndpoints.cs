using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Privacy;

/// <summary>What a person may ask of all that is kept: how much, and everything; also while they are deleted and not yet erased.</summary>
internal static class PrivacyEndpoints
{
    public static IServiceCollection AddPrivacy(this IServiceCollection services) => services.AddSingleton<Disclosure>().AddSingleton<Erasure>();

    public static void MapPrivacy(this IEndpointRouteBuilder routes)
    {
        var person = routes.MapGroup("/users/{id}").WithTags("Privacy");
        person.MapGet("/summary", SummaryAsync).RequirePermission(PrivacyPermissions.Export, Reach.OwnUser).WithName("getSummary")
            .WithSummary("How much is kept about a person, by kind, and why.").Fails(404, "No such user.").Fails(410, "The user was erased.");
        person.MapGet("/export", ExportAsync).RequirePermission(PrivacyPermissions.Export, Reach.OwnUser).WithName("exportUser")
            .WithSummary("Everything that is kept about a person, readable.").Fails(404, "No such user.").Fails(410, "The user was erased.");
    }

    private static async Task<Results<Ok<UserSummary>, Problem>> SummaryAsync(UserId id, Call call, Disclosure disclosure) =>
        (await disclosure.SummariseAsync(call.Tenant, id, call.Cancellation)).ToResult(TypedResults.Ok);

    private static async Task<Results<Ok<UserExport>, Problem>> ExportAsync(UserId id, Call call, Disclosure disclosure) =>
        (await disclosure.ExportAsync(call.Tenant, id, call.Cancellation)).ToResult(TypedResults.Ok);
}
