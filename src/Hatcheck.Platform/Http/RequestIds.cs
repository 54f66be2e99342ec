using System.Diagnostics;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Request and trace ids. The framework continues <c>traceparent</c> (W3C Trace Context), which is returned as
/// <c>traceresponse</c>. <c>X-Request-Id</c> is echoed if it has a safe form, else it is the trace id. It is neither logged
/// nor stored: a caller may put anything into it, even a user's number.
/// </summary>
internal static class RequestIds
{
    public const string RequestId = "X-Request-Id";
    public const string TraceResponse = "traceresponse";

    private const int Longest = 64;

    public static void Write(HttpContext context)
    {
        var headers = context.Response.Headers;
        var activity = Activity.Current;
        if (activity is { IdFormat: ActivityIdFormat.W3C, Id: { } id })
            headers[TraceResponse] = id;
        headers[RequestId] =
            context.Request.Headers[RequestId] is [{ } given] && IsSafe(given)
                ? given
                : activity?.TraceId.ToHexString() ?? context.TraceIdentifier;
    }

    /// <summary>1 to 64 ASCII letters, digits, dots, dashes and underscores.</summary>
    public static bool IsSafe(string text)
    {
        if (text.Length is 0 or > Longest)
            return false;
        foreach (var letter in text)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '-' or '_'))
                return false;
        }

        return true;
    }
}
