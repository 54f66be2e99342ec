using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hatcheck.Server.Platform.Http;

/// <summary>Operations of the document: who may call, which errors are answered, what the parameters may be.</summary>
internal static class OpenApiOperations
{
    /// <summary>The ways to say who calls; either will do.</summary>
    public static readonly IReadOnlyDictionary<string, string> SecuritySchemes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["apiKey"] = "A key of `hatcheck apikeys add` or `POST /api-keys`, for example `hck_live_…`.",
        ["signIn"] = "A token (JWT) of an issuer that the installation trusts: of a member of the staff, or of a person, who reaches only operations whose `x-reach` is not `tenant`.",
        ["session"] = "An access token of this installation's own: what `/auth/…` and `POST /users/{id}/sessions` give, for a member or a person as above.",
    };

    /// <summary>The permission that an operation needs.</summary>
    public const string PermissionExtension = "x-permission";

    /// <summary>Whom it reaches: <c>tenant</c> (keys and members only), <c>own-user</c> (a person too, with their own id) or <c>caller</c>.</summary>
    public const string ReachExtension = "x-reach";

    /// <summary>How a delivery says whose it is: it has no caller.</summary>
    public const string WebhookScheme = "webhookSignature";

    private static readonly JsonNode ExampleId = "7f1d3c58-4f7e-4a9b-9c0e-2f6a1b8d5e30";

    /// <summary>Declares an error that an end point gives beside those of every authenticated one.</summary>
    public static TBuilder Fails<TBuilder>(this TBuilder builder, int status, string description)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new DeclaredError(status, description));

    public static Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.OperationId ??= metadata.OfType<EndpointNameMetadata>().LastOrDefault()?.EndpointName;
        foreach (var parameter in operation.Parameters ?? []) Describe((OpenApiParameter)parameter);
        if (operation.RequestBody is OpenApiRequestBody body) body.Required = true;
        operation.Security = [];
        var needed = metadata.OfType<NeededPermission>().LastOrDefault();
        var signed = metadata.OfType<SignedByWebhook>().FirstOrDefault();
        if (metadata.OfType<ForOrchestrators>().Any()) return Task.CompletedTask;
        if (signed is not null)
        {
            foreach (var media in operation.RequestBody?.Content?.Values ?? []) ((OpenApiMediaType)media).Example = JsonNode.Parse(signed.Example);
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(WebhookScheme, context.Document)] = [] }];
        }
        else if (needed is not null)
        {
            operation.Security = [.. SecuritySchemes.Keys.Select(scheme => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [needed.Name] })];
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
                    [Problem.ContentType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(OpenApiSchemas.Problem, context.Document) },
                },
            };
        }

        return Task.CompletedTask;
    }

    private static string NameOf(Reach reach) => reach switch
    {
        Reach.OwnUser => "own-user",
        Reach.Caller => "caller",
        _ => "tenant",
    };

    private static IEnumerable<(int Status, string Description)> Errors(OpenApiOperation operation, string? needed)
    {
        if (operation.Parameters is { Count: > 0 } || operation.RequestBody is not null) yield return (400, "Malformed: not JSON, wrong type or form, unknown or duplicate member.");
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

        yield return (429, "More requests than a limit allows, or too many failed sign-ins from this address; `Retry-After` says when to try again.");
        yield return (500, "A fault of the server; the trace id finds it in the log.");
        yield return (503, "The database is away or full; `Retry-After` says when to try again.");
    }

    private static IEnumerable<(int Status, string Description)> Own(IEnumerable<object> metadata) =>
        metadata.OfType<DeclaredError>().Select(error => (error.Status, error.Description));

    private static void Describe(OpenApiParameter parameter)
    {
        var schema = parameter.Schema as OpenApiSchema ?? new OpenApiSchema();
        parameter.Schema = schema;
        switch (parameter.Name)
        {
            case "id":
                (parameter.Description, parameter.Example) = ("The user's id, as `POST /users/resolve` gave it; of a merged user too.", ExampleId);
                break;
            case "identityId":
                (parameter.Description, parameter.Example) = ("The identity's id.", ExampleId);
                break;
            case "memberId":
                (parameter.Description, parameter.Example) = ("The member's id.", ExampleId);
                break;
            case "keyId":
                (parameter.Description, parameter.Example) = ("The API key's id.", ExampleId);
                break;
            case "sessionId":
                (parameter.Description, parameter.Example) = ("The session's id.", ExampleId);
                break;
            case "all":
                parameter.Description = "`true`: the session that asks too.";
                break;
            case "role":
                (parameter.Description, schema.Pattern, parameter.Example) = ("The role's name.", Contracts.CodeAttribute.CodePattern, "desk-lead");
                break;
            case "endpoint":
                (parameter.Description, parameter.Example, schema.Pattern) = ("The end point's name in the settings.", "clerk", "^[a-z0-9._-]{1,64}$");
                break;
            case "hash":
                (parameter.Description, schema.Pattern) = ("The blind index of the Telegram id; never the id.", OpenApiSchemas.HashPattern);
                break;
            case "confirm":
                parameter.Description = "`true` erases at once, which can't be undone; left out, the user is deleted and may be restored.";
                break;
            case "from" or "to":
                schema.Format = "date-time";
                parameter.Description = parameter.Name == "from" ? "Entries at or after this instant." : "Entries before this instant.";
                parameter.Example = "2026-11-22T10:00:00Z";
                break;
            case "explain":
                parameter.Description = "`true`: the answer also says whose each value is.";
                break;
            case "version":
                (schema.Type, schema.Pattern, schema.Minimum, schema.Maximum) = (JsonSchemaType.Integer, null, "0", "1000");
                parameter.Description = "An older version; absent: today's.";
                break;
            case "limit":
                (schema.Type, schema.Pattern, schema.Minimum, schema.Maximum, schema.Default) = (JsonSchemaType.Integer, null, "1", "200", 50);
                parameter.Description = "Entries a page.";
                break;
            case "cursor":
                (parameter.Description, schema.Pattern) = ("`next_cursor` of the page before, as it was.", "^[A-Za-z0-9_-]{32}$");
                break;
            case "deleted":
                parameter.Description = "`true`: users who were deleted and not yet erased, last deleted first.";
                break;
            case "If-Match":
                parameter.Description = "The `ETag` of what was read, or several: the change is made to that version or not at all. `*`: to whatever version is there.";
                parameter.Example = "\"7\"";
                break;
            case "Idempotency-Key":
                (schema.MinLength, schema.MaxLength) = (1, 128);
                parameter.Description = "ASCII, made anew for each request and kept for its repeats: within 24 hours a repeat stores nothing and is answered as the first, with `Idempotency-Replayed: true`.";
                parameter.Example = "0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11";
                break;
        }
    }

    private sealed record DeclaredError(int Status, string Description);
}
