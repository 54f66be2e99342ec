using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>
/// A parameter that reads itself from the request, knows what is wrong with it, and describes itself in the OpenAPI document.
/// </summary>
internal interface IBoundParameter : IEndpointParameterMetadataProvider
{
    /// <summary>The problem to answer before the endpoint runs; null if the parameter may be used.</summary>
    Problem? Fault { get; }
}

/// <summary>Metadata of an endpoint: how one of its parameters stands in the document.</summary>
internal sealed record DescribedParameter(
    string Name,
    ParameterLocation In,
    string Description,
    OpenApiSchema Schema,
    string? Example = null
);

/// <summary>On a parameter of a plain type: its words in the document.</summary>
/// <param name="description">A sentence.</param>
/// <param name="example">Of a value.</param>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class DescribedAttribute(string description, string? example = null) : Attribute
{
    public string Description => description;

    public string? Example => example;
}
