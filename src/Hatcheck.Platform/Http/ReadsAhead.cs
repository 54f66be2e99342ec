using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Http;

/// <summary>
/// On an endpoint: what it will read, known from the request and its caller's tenant alone; see <see cref="ReadAhead"/>.
/// </summary>
internal sealed record ReadsAhead(Func<HttpContext, Guid, ReadAhead?> Of)
{
    /// <summary>
    /// What to read with the check of this request's caller, if its endpoint has anything. It is given to the endpoint as a
    /// feature.
    /// </summary>
    public static ReadAhead? Begin(HttpContext context, Guid tenant)
    {
        var ahead = context.GetEndpoint()?.Metadata.GetMetadata<ReadsAhead>()?.Of(context, tenant);
        if (ahead is not null)
            context.Features.Set(ahead);
        return ahead;
    }
}
