namespace Hatcheck.Platform.Http;

/// <summary>
/// A request as its endpoint sees it: the caller, and a cancellation token for when the caller stops waiting.
/// </summary>
internal sealed record Call(HttpContext Http, Caller Caller)
{
    public Guid Tenant => Caller.Tenant;

    public CancellationToken Cancellation => Http.RequestAborted;

    public static async ValueTask<Call> BindAsync(HttpContext context) => new(context, await Caller.BindAsync(context));
}
