using System.Reflection;
using Hatcheck.Contracts;

namespace Hatcheck.Server.Platform.Http.Requests;

/// <summary>
/// The one filter that holds bodies to their contracts before an endpoint runs, and answers every fault at once: what the attributes
/// say, and what an endpoint adds to that by <see cref="RequestCheckExtensions.Checks{TBuilder,T}"/>.
/// </summary>
internal static class RequestFilter
{
    public static TBuilder CheckRequests<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder => routes.AddEndpointFilterFactory(static (context, next) =>
    {
        var parameters = context.MethodInfo.GetParameters();
        var at = Array.FindIndex(parameters, IsChecked);
        if (at < 0) return next;
        var bounds = RequestBounds.Of(parameters[at].ParameterType);
        return invocation =>
        {
            var faults = new RequestFaults();
            var request = invocation.Arguments[at]!;
            // An endpoint's own words first: they say more than an attribute does.
            foreach (var check in invocation.HttpContext.GetEndpoint()!.Metadata.GetOrderedMetadata<RequestCheck>()) check.Of(request, faults);
            bounds.Check(request, faults);
            return faults.ToProblem() is { } problem ? ValueTask.FromResult<object?>(problem) : next(invocation);
        };
    });

    private static bool IsChecked(ParameterInfo parameter) =>
        parameter.ParameterType.IsDefined(typeof(RequestAttribute)) && !parameter.IsDefined(typeof(CheckedByEndpointAttribute));
}

/// <summary>On a body whose endpoint checks it itself, since something else comes first: the tenant's form of identities, or <c>If-Match</c>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class CheckedByEndpointAttribute : Attribute;

/// <summary>What attributes can't say about a request.</summary>
internal sealed record RequestCheck(Action<object, RequestFaults> Of);

internal static class RequestCheckExtensions
{
    /// <summary>Adds to the faults of this endpoint's body.</summary>
    public static TBuilder Checks<TBuilder, T>(this TBuilder builder, Action<T, RequestFaults> check)
        where TBuilder : IEndpointConventionBuilder
        where T : class => builder.WithMetadata(new RequestCheck((request, faults) => check((T)request, faults)));
}
