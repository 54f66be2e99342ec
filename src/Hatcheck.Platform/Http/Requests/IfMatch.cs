using System.Reflection;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>The header <c>If-Match</c>.</summary>
/// <param name="Allowed">The versions that it allows.</param>
/// <param name="Fault">The value is not a list of entity tags.</param>
internal sealed record IfMatch(Precondition Allowed, Problem? Fault) : IBoundParameter
{
    /// <summary>See <see cref="Precondition.Failed"/>.</summary>
    public Problem Failed(string code, string detail) => Allowed.Failed(code, detail);

    public static ValueTask<IfMatch> BindAsync(HttpContext context)
    {
        var given = context.Request.Headers.IfMatch;
        var fault = Precondition.TryRead(given.Count == 0 ? null : given.ToString(), out var allowed);
        return ValueTask.FromResult(new IfMatch(allowed, fault));
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new DescribedParameter(
                HeaderNames.IfMatch,
                ParameterLocation.Header,
                "The `ETag` of the version that was read, or several: the change is made to that version or not at "
                    + "all. `*`: to any version.",
                new OpenApiSchema { Type = JsonSchemaType.String },
                "\"7\""
            )
        );
}
