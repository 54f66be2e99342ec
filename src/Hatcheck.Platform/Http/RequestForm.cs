using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Net.Http.Headers;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Enforces one spelling on every authenticated request and every body: ids in a path are 8-4-4-4-12, bodies are UTF-8. The
/// framework would accept five forms of a Guid, and fail on an unknown charset.
/// </summary>
internal static class RequestForm
{
    public static void UseRequestForm(this WebApplication app) =>
        app.Use(static (context, next) => Check(context) is { } problem ? problem.ExecuteAsync(context) : next(context));

    /// <summary>32 hexadecimal digits in groups of 8-4-4-4-12, without braces, sign or space.</summary>
    public static bool IsId(string text)
    {
        if (text.Length != 36)
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (i is 8 or 13 or 18 or 23 ? text[i] != '-' : !char.IsAsciiHexDigit(text[i]))
                return false;
        }

        return true;
    }

    private static Problem? Check(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        if (
            metadata?.GetMetadata<IAuthorizeData>() is null
            && !(metadata?.GetMetadata<IAllowAnonymous>() is not null && HttpMethods.IsPost(context.Request.Method))
        )
            return null;
        foreach (var (name, value) in context.Request.RouteValues)
        {
            var isId = name == "id" || name.EndsWith("Id", StringComparison.Ordinal);
            if (isId && !IsId(value as string ?? ""))
                return OtherMethod(context)
                    ?? Problems.Malformed(
                        "An id of Hatcheck is a UUID in the form 8-4-4-4-12; never a messenger's id.",
                        FieldNames.Of(name)
                    );
        }

        if (!IsUtf8(context.Request))
            return BodyFaults.Unsupported(context);
        RecordedBody.Begin(context);
        return null;
    }

    // The framework's reader accepts `charset=utf-8` only. RFC 9110 §5.6.6 allows the same in quotes; an empty charset
    // means none. Anything else makes the reader throw.
    private static bool IsUtf8(HttpRequest request)
    {
        if (request.ContentType is not { } given || !given.Contains("charset", StringComparison.OrdinalIgnoreCase))
            return true;
        if (!MediaTypeHeaderValue.TryParse(given, out var type))
            return false;
        var charset = HeaderUtilities.RemoveQuotes(type.Charset).Trim();
        var hasCharset = charset.Length > 0;
        if (
            hasCharset
            && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            && !charset.Equals("utf8", StringComparison.OrdinalIgnoreCase)
        )
            return false;
        request.ContentType = hasCharset ? $"{type.MediaType}; charset=utf-8" : type.MediaType.ToString();
        return true;
    }

    // GET /users/resolve has the form of GET /users/{id}, but its sender means the path of that name.
    private static Problem? OtherMethod(HttpContext context)
    {
        if (PathMethods.Of(context) is not { Named: true, Methods: var allow })
            return null;
        context.Response.Headers.Allow = allow;
        return Problems.MethodNotAllowed(allow);
    }
}
