using System.Reflection;
using Hatcheck.Contracts;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>
/// The one filter that checks parameters and bodies before an endpoint runs, and reports every fault at once: the
/// parameters' own, the attributes', and those that an endpoint adds by <see
/// cref="RequestCheckExtensions.Checks{TBuilder,T}"/>.
/// </summary>
internal static class RequestFilter
{
    public static TBuilder CheckRequests<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder =>
        routes.AddEndpointFilterFactory(
            static (context, next) =>
            {
                var parameters = context.MethodInfo.GetParameters();
                var bound = Places(parameters, parameter => parameter.ParameterType.IsAssignableTo(typeof(IBoundParameter)));
                var bodies = Places(parameters, IsCheckedBody);
                if (bound.Length + bodies.Length == 0)
                    return next;
                return invocation =>
                {
                    var faults = new RequestFaults();
                    foreach (var at in bound)
                    {
                        if (((IBoundParameter)invocation.Arguments[at]!).Fault is { } fault)
                            faults.Add(fault);
                    }

                    foreach (var at in bodies)
                    {
                        var request = invocation.Arguments[at]!;
                        // The endpoint's own checks first: they are more specific than attributes.
                        var checks = invocation.HttpContext.GetEndpoint()!.Metadata.GetOrderedMetadata<RequestCheck>();
                        foreach (var check in checks)
                            check.Of(request, faults);
                        RequestBounds.Of(request.GetType()).Check(request, faults);
                    }

                    return faults.ToProblem() is { } problem ? ValueTask.FromResult<object?>(problem) : next(invocation);
                };
            }
        );

    private static int[] Places(ParameterInfo[] parameters, Predicate<ParameterInfo> which) =>
        [.. Enumerable.Range(0, parameters.Length).Where(at => which(parameters[at]))];

    private static bool IsCheckedBody(ParameterInfo parameter) =>
        parameter.ParameterType.IsDefined(typeof(RequestAttribute)) && !parameter.IsDefined(typeof(CheckedByEndpointAttribute));
}

/// <summary>
/// Marks a body that the endpoint checks itself, because something else comes first: the tenant's form of identities, or
/// <c>If-Match</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class CheckedByEndpointAttribute : Attribute;

/// <summary>A check of a request that attributes can't express.</summary>
internal sealed record RequestCheck(Action<object, RequestFaults> Of);

internal static class RequestCheckExtensions
{
    /// <summary>Adds a check of this endpoint's body.</summary>
    public static TBuilder Checks<TBuilder, T>(this TBuilder builder, Action<T, RequestFaults> check)
        where TBuilder : IEndpointConventionBuilder
        where T : class => builder.WithMetadata(new RequestCheck((request, faults) => check((T)request, faults)));
}
