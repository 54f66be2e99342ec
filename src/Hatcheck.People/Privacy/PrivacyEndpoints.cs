using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.People.Privacy;

/// <summary>Summary and export of a user's stored data; also while the user is deleted and not yet erased.</summary>
internal static class PrivacyEndpoints
{
    public static IServiceCollection AddPrivacy(this IServiceCollection services) =>
        services.AddSingleton<Disclosure>().AddSingleton<Erasure>();

    public static async Task<Results<Ok<UserSummary>, Problem>> SummaryAsync(UserId id, Call call, Disclosure disclosure) =>
        (await disclosure.SummariseAsync(call.Tenant, id, call.Cancellation)).ToResult(TypedResults.Ok);

    public static async Task<Results<Ok<UserExport>, Problem>> ExportAsync(UserId id, Call call, Disclosure disclosure) =>
        (await disclosure.ExportAsync(call.Tenant, id, call.Cancellation)).ToResult(TypedResults.Ok);
}
