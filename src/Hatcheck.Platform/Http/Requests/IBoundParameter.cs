using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>
/// A parameter that binds itself from the request, validates itself, and describes itself in the OpenAPI document.
/// </summary>
internal interface IBoundParameter : IEndpointParameterMetadataProvider
{
    /// <summary>The problem to return before the endpoint runs; null if the parameter is valid.</summary>
    Problem? Fault { get; }
}

/// <summary>Endpoint metadata: the description of one parameter in the document.</summary>
internal sealed record DescribedParameter(
    string Name,
    ParameterLocation In,
    string Description,
    OpenApiSchema Schema,
    string? Example = null
);

/// <summary>Describes a parameter of a plain type in the document.</summary>
/// <param name="description">A sentence.</param>
/// <param name="example">An example value.</param>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class DescribedAttribute(string description, string? example = null) : Attribute
{
    public string Description => description;

    public string? Example => example;
}
