using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hatcheck.Contracts;
using Microsoft.AspNetCore.Http.Metadata;

namespace Hatcheck.Platform.Http;

/// <summary>
/// An error as RFC 9457 problem details. Details and field messages are fixed texts, never the caller's input.
/// </summary>
internal sealed class Problem(
    int status,
    string code,
    string detail,
    IReadOnlyDictionary<string, string[]>? errors = null,
    TimeSpan? retryAfter = null,
    Guid? user = null
) : IResult, IStatusCodeHttpResult, IEndpointMetadataProvider
{
    private static readonly ProblemJson Readable = new(
        new JsonSerializerOptions(ProblemJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
    );

    public const string ContentType = "application/problem+json";

    public int Status => status;

    public string Code => code;

    public string Detail => detail;

    public IReadOnlyDictionary<string, string[]>? Errors => errors;

    int? IStatusCodeHttpResult.StatusCode => status;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        if (retryAfter is { } wait)
            response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (code == ProblemCodes.Unauthenticated)
            response.Headers.WWWAuthenticate = "Bearer";
        if (HttpMethods.IsHead(httpContext.Request.Method))
            return;
        response.ContentType = ContentType;
        var trace = Activity.Current?.TraceId.ToHexString() ?? httpContext.TraceIdentifier;
        var title = httpContext.RequestServices.GetRequiredService<ProblemInventory>().TitleOf(code);
        var body = new ProblemResponse(ProblemPages.AddressOf(code), title, status, detail, code, trace, errors, user);
        await JsonSerializer.SerializeAsync(response.Body, body, Readable.ProblemResponse, httpContext.RequestAborted);
    }

    // The document describes errors once for every operation (see OpenApi).
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) { }
}

/// <summary>Problems that several capabilities return.</summary>
internal static class Problems
{
    public static Problem Malformed(string detail, string? field = null) =>
        new(StatusCodes.Status400BadRequest, ProblemCodes.Malformed, detail, Field(field, detail));

    /// <summary>Several faults at once, by member.</summary>
    public static Problem Malformed(IReadOnlyDictionary<string, string[]> errors) =>
        new(
            StatusCodes.Status400BadRequest,
            ProblemCodes.Malformed,
            errors.Count == 1 ? errors.First().Value[0] : "Several things in the request can't be read; see errors.",
            errors
        );

    public static Problem Invalid(string field, string message) =>
        new(
            StatusCodes.Status422UnprocessableEntity,
            ProblemCodes.Invalid,
            "A value is not accepted; see errors.",
            Field(field, message)
        );

    /// <summary>Several fields at once, each with what is allowed.</summary>
    public static Problem Invalid(IReadOnlyDictionary<string, string[]> errors) =>
        new(StatusCodes.Status422UnprocessableEntity, ProblemCodes.Invalid, "A value is not accepted; see errors.", errors);

    public static Problem Unprocessable(string code, string detail, string? field = null) =>
        new(StatusCodes.Status422UnprocessableEntity, code, detail, Field(field, detail));

    public static Problem NotFound(string code, string detail) => new(StatusCodes.Status404NotFound, code, detail);

    public static Problem Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    public static Problem MethodNotAllowed(string allow) =>
        new(
            StatusCodes.Status405MethodNotAllowed,
            ProblemCodes.MethodNotAllowed,
            allow.Length > 0 ? $"This path does not take this method: use {allow}." : "This path does not take this method."
        );

    /// <summary>The request's credentials identify no one.</summary>
    /// <param name="detail">
    /// What is wrong with the form, as far as that is known without a look-up; null for the one text used for all other
    /// reasons.
    /// </param>
    public static Problem Unauthenticated(string? detail = null) =>
        new(
            StatusCodes.Status401Unauthorized,
            ProblemCodes.Unauthenticated,
            detail
                ?? "Send `Authorization: Bearer` with a live API key (`hatcheck apikeys add` creates one) or a valid token "
                    + "of an issuer that this server trusts."
        );

    public static Problem IssuerAway(TimeSpan retryAfter) =>
        new(
            StatusCodes.Status503ServiceUnavailable,
            ProblemCodes.IssuerAway,
            "The issuer's keys can't be fetched now, so the token can't be checked; try again.",
            retryAfter: retryAfter
        );

    public static Problem MissingPermission(string? permission) =>
        new(
            StatusCodes.Status403Forbidden,
            ProblemCodes.MissingScope,
            permission is null
                ? "This endpoint is closed."
                : $"The caller lacks the permission that this endpoint needs: {permission}."
        );

    public static Problem UserNotFound() => NotFound(ProblemCodes.UserNotFound, "This tenant has no such user.");

    public static Problem UserErased() =>
        new(StatusCodes.Status410Gone, ProblemCodes.UserErased, "This user was erased; nothing is kept under the id.");

    /// <summary>Deleted but not yet erased.</summary>
    /// <param name="user">The user's id, where the caller asked by something else.</param>
    public static Problem UserDeleted(Guid? user = null) =>
        new(
            StatusCodes.Status410Gone,
            ProblemCodes.UserDeleted,
            "This user was deleted and will be erased. POST /users/{id}/restore brings the user back while the grace period "
                + "lasts; DELETE /users/{id}?confirm=true erases now.",
            user: user
        );

    public static Problem Unavailable(TimeSpan retryAfter) =>
        new(
            StatusCodes.Status503ServiceUnavailable,
            ProblemCodes.DatabaseUnavailable,
            "The database does not answer. Nothing was acknowledged; try again.",
            retryAfter: retryAfter
        );

    public static Problem KeysChanged() =>
        new(
            StatusCodes.Status503ServiceUnavailable,
            ProblemCodes.DatabaseUnavailable,
            "The tenant's keys have just changed. Nothing was stored; try again.",
            retryAfter: TimeSpan.FromSeconds(1)
        );

    public static Problem StorageFull() =>
        new(
            StatusCodes.Status503ServiceUnavailable,
            ProblemCodes.StorageFull,
            "The disk is full. Nothing was stored; try again when the operator has made room.",
            retryAfter: TimeSpan.FromSeconds(30)
        );

    private static Dictionary<string, string[]>? Field(string? field, string message) =>
        field is null ? null : new(StringComparer.Ordinal) { [field] = [message] };
}
