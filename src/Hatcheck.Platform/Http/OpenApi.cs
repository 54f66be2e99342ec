using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hatcheck.Platform.Http;

/// <summary>
/// The served OpenAPI document: the declared endpoints, with bounds, examples, and the errors that each may return.
/// </summary>
internal static class OpenApi
{
    public const string Route = "/openapi/v1.json";

    private const string Document = "v1";

    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddSingleton<OpenApiText>();
        services.AddOpenApi(
            Document,
            options =>
            {
                options.AddSchemaTransformer(OpenApiSchemas.TransformAsync);
                options.AddOperationTransformer(OpenApiOperations.TransformAsync);
                options.AddDocumentTransformer(
                    (document, context, _) =>
                    {
                        Describe(document, context.ApplicationServices.GetServices<Capability>());
                        return Task.CompletedTask;
                    }
                );
            }
        );
    }

    public static void MapOpenApiDocument(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet(
                Route,
                async (HttpContext context, OpenApiText text) =>
                {
                    var (plain, brotli) = await text.GetAsync(context.RequestAborted);
                    await DocsPage.SendAsync(context, plain, brotli, "application/json");
                }
            )
            .AllowAnonymous()
            .ExcludeFromDescription();

    private static void Describe(OpenApiDocument document, IEnumerable<Capability> capabilities)
    {
        var descriptions = capabilities.SelectMany(capability => capability.Tags).ToDictionary(StringComparer.Ordinal);
        document.Info = new OpenApiInfo
        {
            Title = "Hatcheck",
            Version = "v1",
            Description =
                "The backend to which chat bots hand their users' data. A bot hands over a messenger id and gets a ticket; "
                + "nothing readable is stored.",
            License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };
        // The server that served the document; each installation has its own address.
        document.Servers = [new OpenApiServer { Url = "/" }];
        foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>())
            tag.Description = descriptions.GetValueOrDefault(tag.Name ?? "");
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        document.Components.Schemas[OpenApiSchemas.Problem] = OpenApiSchemas.OfProblem();
        document.Components.SecuritySchemes = OpenApiOperations.SecuritySchemes.ToDictionary(
            scheme => scheme.Key,
            scheme =>
                (IOpenApiSecurityScheme)
                    new OpenApiSecurityScheme
                    {
                        Type = SecuritySchemeType.Http,
                        Scheme = "bearer",
                        BearerFormat = scheme.Key is "signIn" or "session" ? "JWT" : null,
                        Description = scheme.Value,
                    },
            StringComparer.Ordinal
        );
        document.Components.SecuritySchemes[OpenApiOperations.WebhookScheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = "webhook-signature",
            Description =
                "A signature of Standard Webhooks 1.0.0, with `webhook-id` and `webhook-timestamp`; or the three of them "
                + "under `svix-`.",
        };
    }
}

/// <summary>The document as text, built once: anyone may request it, so a request must cost nothing.</summary>
internal sealed class OpenApiText([FromKeyedServices("v1")] IOpenApiDocumentProvider provider)
{
    private readonly Lazy<Task<(byte[] Plain, byte[] Brotli)>> text = new(async () =>
    {
        var document = await provider.GetOpenApiDocumentAsync(CancellationToken.None);
        var plain = Encoding.UTF8.GetBytes(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1));
        using var compressed = new MemoryStream();
        await using (var brotli = new BrotliStream(compressed, CompressionLevel.Optimal))
            await brotli.WriteAsync(plain);
        return (plain, compressed.ToArray());
    });

    public Task<(byte[] Plain, byte[] Brotli)> GetAsync(CancellationToken cancellation) => text.Value.WaitAsync(cancellation);
}
