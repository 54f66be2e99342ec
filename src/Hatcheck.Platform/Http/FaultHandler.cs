using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http.Requests;
using Hatcheck.Platform.Storage;
using Microsoft.AspNetCore.Diagnostics;

namespace Hatcheck.Platform.Http;

/// <summary>Turns an endpoint's exceptions into problem details, by the design's table.</summary>
internal sealed partial class FaultHandler(ILogger<FaultHandler> logger) : IExceptionHandler
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
            return true;
        await (await OfAsync(exception, httpContext)).ExecuteAsync(httpContext);
        return true;
    }

    private async ValueTask<Problem> OfAsync(Exception exception, HttpContext context)
    {
        if (exception is not BadHttpRequestException bad)
            return Of(exception);
        try
        {
            return bad.InnerException is JsonException json
                ? await BodyFaults.OfAsync(json, context)
                : OfBadRequest(bad, context);
        }
        catch (BadHttpRequestException worse)
        {
            // The rest of the body was too large or too slow.
            return OfBadRequest(worse, context);
        }
    }

    private Problem Of(Exception exception)
    {
        switch (StorageFaults.Classify(exception))
        {
            // A duplicate on every attempt: nothing was stored, and the next try will find the winner.
            case StorageFault.Unavailable or StorageFault.RolledBack or StorageFault.Duplicate:
                DatabaseAway(StorageFaults.Classify(exception));
                return Problems.Unavailable(RetryAfter);
            case StorageFault.Full:
                DiskFull();
                return Problems.StorageFull();
            default:
                Fault(exception);
                return new Problem(
                    StatusCodes.Status500InternalServerError,
                    ProblemCodes.Internal,
                    "The server failed. Look up the trace id in the server's log."
                );
        }
    }

    private static Problem OfBadRequest(BadHttpRequestException bad, HttpContext context) =>
        bad.StatusCode switch
        {
            StatusCodes.Status413PayloadTooLarge => new Problem(
                bad.StatusCode,
                ProblemCodes.TooLarge,
                "The body is larger than this endpoint takes."
            ),
            StatusCodes.Status415UnsupportedMediaType => BodyFaults.Unsupported(context),
            StatusCodes.Status408RequestTimeout => new Problem(
                bad.StatusCode,
                ProblemCodes.Malformed,
                "The body came too slowly."
            ),
            // The body is empty or null.
            _ when bad.Message.EndsWith(" was not provided from body.", StringComparison.Ordinal)
                    || bad.Message.StartsWith("Implicit body inferred for parameter ", StringComparison.Ordinal) =>
                BodyFaults.Missing(context),
            _ => ParameterFaults.Of(bad.Message, context)
                ?? Problems.Malformed("The request is malformed: a parameter is missing or has the wrong type."),
        };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database does not answer ({Kind}).")]
    private partial void DatabaseAway(StorageFault kind);

    [LoggerMessage(Level = LogLevel.Error, Message = "The disk is full; writes are refused until there is room.")]
    private partial void DiskFull();

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed.")]
    private partial void Fault(Exception exception);
}
