using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Endpoint metadata: a read that depends only on the request and its caller's tenant; see <see cref="ReadAhead"/>.
/// </summary>
internal sealed record ReadsAhead(Func<HttpContext, Guid, ReadAhead?> Of)
{
    /// <summary>
    /// Returns the read to run together with the caller's check, if the endpoint has one. The endpoint finds it as a
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
