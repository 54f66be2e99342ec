using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>The user id of a path. <see cref="RequestForm"/> has already refused every other form of a UUID.</summary>
internal readonly record struct UserId(Guid Value) : IEndpointParameterMetadataProvider
{
    public static implicit operator Guid(UserId id) => id.Value;

    public static bool TryParse([NotNullWhen(true)] string? text, out UserId id)
    {
        var known = text is not null && RequestForm.IsId(text);
        id = known ? new UserId(Guid.Parse(text!)) : default;
        return known;
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new DescribedParameter(
                "id",
                ParameterLocation.Path,
                "The user's id, as `POST /users/resolve` gave it; of a merged user too.",
                new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" },
                OpenApiOperations.ExampleId
            )
        );
}
