using Hatcheck.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hatcheck.Server.Platform.Http;

/// <summary>The served OpenAPI document: what the end points declare, with the key scheme and the errors that any of them may give.</summary>
internal static class OpenApi
{
    public const string Route = "/openapi/{documentName}.json";

    private static readonly (int Status, string Description)[] CommonErrors =
    [
        (400, "Malformed: not JSON, wrong type, unknown or duplicate member."),
        (401, "No key, or one that is unknown, expired or revoked."),
        (403, "The key lacks the scope."),
        (422, "Understood, but a value is wrong; see `errors`."),
        (503, "The database is away or full; `Retry-After` says when to try again."),
    ];

    public static void AddOpenApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Hatcheck",
                Version = "v1",
                Description = "The backend to which chat bots hand their users' data. A bot hands over a messenger id and gets a ticket; nothing readable is stored.",
                License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
            };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                ["apiKey"] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "A key of `hatcheck apikeys add`, for example `hck_live_…`.",
                },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(async (operation, context, cancellation) =>
        {
            operation.OperationId ??= context.Description.ActionDescriptor.EndpointMetadata.OfType<EndpointNameMetadata>().LastOrDefault()?.EndpointName;
            if (!context.Description.ActionDescriptor.EndpointMetadata.OfType<Microsoft.AspNetCore.Authorization.IAuthorizeData>().Any()) return;
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("apiKey", context.Document)] = [] }];
            var schema = await context.GetOrCreateSchemaAsync(typeof(ProblemResponse), null, cancellation);
            operation.Responses ??= [];
            foreach (var (status, description) in CommonErrors.Concat(Own(context)))
            {
                operation.Responses[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new OpenApiResponse
                {
                    Description = description,
                    Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [Problem.ContentType] = new() { Schema = schema } },
                };
            }
        });
    });

    /// <summary>Declares the errors that an end point gives beside the common ones.</summary>
    public static TBuilder Fails<TBuilder>(this TBuilder builder, int status, string description)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new DeclaredError(status, description));

    private static IEnumerable<(int Status, string Description)> Own(OpenApiOperationTransformerContext context) =>
        context.Description.ActionDescriptor.EndpointMetadata.OfType<DeclaredError>().Select(error => (error.Status, error.Description));

    private sealed record DeclaredError(int Status, string Description);
}
