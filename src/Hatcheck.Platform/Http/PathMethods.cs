using Microsoft.AspNetCore.Routing.Patterns;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Which methods a path takes. Routing counts every endpoint whose form the path has, so that <c>/users/resolve</c> seems to
/// take what
/// <c>/users/{id}</c> does; whoever sends it means the path of that name.
/// </summary>
/// <param name="Methods">As the header <c>Allow</c> lists them.</param>
/// <param name="Named">No part of the path is a parameter.</param>
internal sealed record PathMethods(string Methods, bool Named)
{
    /// <summary>Of a request's path; null if no endpoint has its form.</summary>
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
        // The form with a name where others have a parameter, from the left.
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
    /// A letter for each part, <c>n</c> for a name and <c>p</c> for a parameter; null if the path has another form.
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
