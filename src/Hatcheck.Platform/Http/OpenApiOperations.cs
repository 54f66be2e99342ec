using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hatcheck.Platform.Http;

/// <summary>Describes the document's operations: required permission, possible errors, bounds of parameters.</summary>
internal static class OpenApiOperations
{
    /// <summary>The ways to authenticate; any one suffices.</summary>
    public static readonly IReadOnlyDictionary<string, string> SecuritySchemes = new Dictionary<string, string>(
        StringComparer.Ordinal
    )
    {
        ["apiKey"] = "A key of `hatcheck apikeys add` or `POST /api-keys`, for example `hck_live_…`.",
        ["signIn"] =
            "A token (JWT) of an issuer that the installation trusts, for a member of the staff or for a user, who can "
            + "call only operations whose `x-reach` is not `tenant`.",
        ["session"] =
            "An access token of this installation, as returned by `/auth/…` and `POST /users/{id}/sessions`, for a "
            + "member or a user as above.",
    };

    /// <summary>The permission that an operation needs.</summary>
    public const string PermissionExtension = "x-permission";

    /// <summary>
    /// Its reach: <c>tenant</c> (keys and members only), <c>own-user</c> (also a user, with their own id) or <c>caller</c>.
    /// </summary>
    public const string ReachExtension = "x-reach";

    /// <summary>How a webhook delivery authenticates: it has no caller.</summary>
    public const string WebhookScheme = "webhookSignature";

    public const string ExampleId = "7f1d3c58-4f7e-4a9b-9c0e-2f6a1b8d5e30";

    /// <summary>Declares an error that an endpoint returns in addition to those of every authenticated one.</summary>
    public static TBuilder Fails<TBuilder>(this TBuilder builder, int status, string description)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new DeclaredError(status, description));

    public static Task TransformAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellation
    )
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.OperationId ??= metadata.OfType<EndpointNameMetadata>().LastOrDefault()?.EndpointName;
        Describe(operation, [.. metadata]);
        if (operation.RequestBody is OpenApiRequestBody body)
            body.Required = true;
        operation.Security = [];
        var needed = metadata.OfType<NeededPermission>().LastOrDefault();
        var signed = metadata.OfType<SignedByWebhook>().FirstOrDefault();
        if (metadata.OfType<ForOrchestrators>().Any())
            return Task.CompletedTask;
        if (signed is not null)
        {
            foreach (var media in operation.RequestBody?.Content?.Values ?? [])
                ((OpenApiMediaType)media).Example = JsonNode.Parse(signed.Example);
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(WebhookScheme, context.Document)] = [] },
            ];
        }
        else if (needed is not null)
        {
            operation.Security =
            [
                .. SecuritySchemes.Keys.Select(scheme => new OpenApiSecurityRequirement
                {
                    [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [needed.Name],
                }),
            ];
            operation.Extensions ??= new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal);
            operation.Extensions[PermissionExtension] = new JsonNodeExtension(needed.Name);
            operation.Extensions[ReachExtension] = new JsonNodeExtension(NameOf(needed.Reach));
        }

        operation.Responses ??= [];
        foreach (var (status, description) in (signed is not null ? [] : Errors(operation, needed?.Name)).Concat(Own(metadata)))
        {
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [Problem.ContentType] = new OpenApiMediaType
                    {
                        Schema = new OpenApiSchemaReference(OpenApiSchemas.Problem, context.Document),
                    },
                },
            };
        }

        return Task.CompletedTask;
    }

    private static string NameOf(Reach reach) =>
        reach switch
        {
            Reach.OwnUser => "own-user",
            Reach.Caller => "caller",
            _ => "tenant",
        };

    private static IEnumerable<(int Status, string Description)> Errors(OpenApiOperation operation, string? needed)
    {
        if (operation.Parameters is { Count: > 0 } || operation.RequestBody is not null)
            yield return (400, "Malformed: not JSON, wrong type or form, unknown or duplicate member.");
        if (needed is not null)
        {
            yield return (401, "No key or token, or one that is unknown, expired or revoked.");
            yield return (403, $"The caller lacks the permission `{needed}`.");
        }

        if (operation.RequestBody is not null)
        {
            yield return (413, "The body is larger than 64 KiB.");
            yield return (415, "The body is not JSON in UTF-8.");
            yield return (422, "Understood, but a value is wrong; see `errors`.");
        }

        yield return (
            429,
            "More requests than a limit allows, or too many failed sign-ins from this address; `Retry-After` says when to "
                + "try again."
        );
        yield return (500, "A fault of the server; the trace id finds it in the log.");
        yield return (503, "The database is away or full; `Retry-After` says when to try again.");
    }

    private static IEnumerable<(int Status, string Description)> Own(IEnumerable<object> metadata) =>
        metadata.OfType<DeclaredError>().Select(error => (error.Status, error.Description));

    // Parameters that describe themselves, and descriptions of plain ones.
    private static void Describe(OpenApiOperation operation, IReadOnlyList<object> metadata)
    {
        foreach (var described in metadata.OfType<DescribedParameter>())
        {
            operation.Parameters ??= [];
            var parameter = operation.Parameters.OfType<OpenApiParameter>().FirstOrDefault(one => one.Name == described.Name);
            if (parameter is null)
                operation.Parameters.Add(parameter = new OpenApiParameter { Name = described.Name, In = described.In });
            (parameter.Description, parameter.Schema) = (described.Description, described.Schema);
            if (described.Example is { } example)
                parameter.Example = JsonValue.Create(example);
        }

        foreach (var plain in metadata.OfType<MethodInfo>().SelectMany(method => method.GetParameters()))
        {
            if (plain.GetCustomAttribute<DescribedAttribute>() is not { } words)
                continue;
            var parameter = operation.Parameters!.OfType<OpenApiParameter>().Single(one => one.Name == plain.Name);
            parameter.Description = words.Description;
            if (words.Example is { } example)
                parameter.Example = JsonValue.Create(example);
        }
    }

    private sealed record DeclaredError(int Status, string Description);
}
