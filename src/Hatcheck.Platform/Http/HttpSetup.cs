using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http.Requests;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Sets up how every endpoint reads and responds: strict JSON in, problem details for every error, bounds on everything.
/// </summary>
internal static class HttpSetup
{
    /// <summary>The largest body that an endpoint accepts unless it sets another limit: 64 KiB.</summary>
    public const long LargestBody = 64 * 1024;

    // Prefixes that other APIs commonly use.
    private static readonly string[] Versions = ["/v1", "/v2", "/api"];

    public static void AddHatcheckHttp(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxRequestLineSize = 4 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        });
        var services = builder.Services;
        var section = builder.Configuration.GetSection(HttpOptions.Section);
        services.AddSingleton<ClientAddress>();
        var given = section.Get<HttpOptions>() ?? new HttpOptions();
        services.AddCorsOrigins(given);
        Certificate.Use(builder, given);
        services.ConfigureHttpJsonOptions(options => Strict(options.SerializerOptions));
        // Binding faults are thrown, so that one handler can name the wrong field.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddExceptionHandler<FaultHandler>();
        services.AddProblemDetails();
        services.AddOpenApiDocument();
        services.AddSingleton<ProblemPages>();
    }

    public static void UseHatcheckHttp(this WebApplication app)
    {
        var security = new SecurityHeaders(app.Services.GetRequiredService<IOptions<HttpOptions>>().Value);
        var client = app.Services.GetRequiredService<ClientAddress>();
        app.UseExceptionHandler();
        app.UseStatusCodePages(context => Bare(context.HttpContext)?.ExecuteAsync(context.HttpContext) ?? Task.CompletedTask);
        app.Use(next =>
            context =>
            {
                // Set when the response starts, because the exception handler clears headers set earlier.
                context.Response.OnStarting(
                    static state =>
                    {
                        var (http, headers) = ((HttpContext, SecurityHeaders))state;
                        headers.Write(http);
                        RequestIds.Write(http);
                        return Task.CompletedTask;
                    },
                    (context, security)
                );
                return next(context);
            }
        );
        app.Use(next => context => client.ApplyAsync(context, next));
        app.UseCorsOrigins();
    }

    /// <summary>Requests are read strictly; the SDK reads responses tolerantly.</summary>
    private static void Strict(JsonSerializerOptions options)
    {
        options.TypeInfoResolverChain.Clear();
        options.TypeInfoResolverChain.Add(HatcheckJson.Default);
        options.TypeInfoResolverChain.Add(ProblemJson.Default);
        options.TypeInfoResolverChain.Add(HealthJson.Default);
        options.TypeInfoResolverChain.Add(ParameterJson.Default);
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.PropertyNameCaseInsensitive = false;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.MaxDepth = 16;
        options.Converters.Add(new InstantConverter());
        // Responses are never HTML (nosniff, application/json), so text in other scripts can stay readable.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    }

    // Problems for responses that routing and the server send without a body.
    private static Problem? Bare(HttpContext context) =>
        context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Problems.NotFound(ProblemCodes.NoSuchEndpoint, NoSuchEndpoint(context.Request.Path)),
            StatusCodes.Status405MethodNotAllowed => Problems.MethodNotAllowed(Allow(context)),
            StatusCodes.Status415UnsupportedMediaType => BodyFaults.Unsupported(context),
            StatusCodes.Status413PayloadTooLarge => new Problem(
                StatusCodes.Status413PayloadTooLarge,
                ProblemCodes.TooLarge,
                "The body is larger than this endpoint takes."
            ),
            StatusCodes.Status400BadRequest => Problems.Malformed("The request is malformed."),
            _ => null,
        };

    private static string Allow(HttpContext context)
    {
        if (PathMethods.Of(context) is { } path)
            context.Response.Headers.Allow = path.Methods;
        return context.Response.Headers.Allow.ToString();
    }

    private static string NoSuchEndpoint(PathString path) =>
        Versions.FirstOrDefault(prefix => path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase)) is { } prefix
            ? $"Paths have no {prefix}: leave it out. /docs lists every endpoint."
            : "There is no such endpoint: /docs lists every one, /openapi/v1.json describes them.";
}
