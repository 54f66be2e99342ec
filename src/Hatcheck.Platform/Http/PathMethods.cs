using Microsoft.AspNetCore.Routing.Patterns;

namespace Hatcheck.Platform.Http;

/// <summary>
/// The methods that a path accepts. Routing matches every endpoint of the same form, so <c>/users/resolve</c> would seem to
/// accept the methods of <c>/users/{id}</c>. Here a literal name wins over a parameter.
/// </summary>
/// <param name="Methods">As listed in the header <c>Allow</c>.</param>
/// <param name="Named">No part of the path is a parameter.</param>
internal sealed record PathMethods(string Methods, bool Named)
{
    /// <summary>For a request's path; null if no endpoint has its form.</summary>
    public static PathMethods? Of(HttpContext context)
    {
        var path = (context.Request.Path.Value ?? "").Trim('/').Split('/');
        var matching = context
            .RequestServices.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => (Endpoint: endpoint, Form: FormOf(endpoint.RoutePattern, path)))
            .Where(match => match.Form is not null)
            .ToList();
        if (matching.Count == 0)
            return null;
        // From the left, the form with a literal name where others have a parameter.
        var best = matching.Select(match => match.Form!).Min(StringComparer.Ordinal)!;
        var methods = matching
            .Where(match => match.Form == best)
            .SelectMany(match => match.Endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        var allow = string.Join(", ", methods);
        return allow.Length == 0 ? null : new PathMethods(allow, Named: !best.Contains('p', StringComparison.Ordinal));
    }

    /// <summary>
    /// One letter per segment: <c>n</c> for a name, <c>p</c> for a parameter; null if the path doesn't match.
    /// </summary>
    private static string? FormOf(RoutePattern pattern, string[] path)
    {
        if (pattern.PathSegments.Count != path.Length)
            return null;
        var form = new char[path.Length];
        for (var i = 0; i < path.Length; i++)
        {
            switch (pattern.PathSegments[i].Parts)
            {
                case [RoutePatternLiteralPart name] when name.Content.Equals(path[i], StringComparison.OrdinalIgnoreCase):
                    form[i] = 'n';
                    break;
                case [RoutePatternParameterPart { IsCatchAll: false }] when path[i].Length > 0:
                    form[i] = 'p';
                    break;
                default:
                    return null;
            }
        }

        return new string(form);
    }
}
