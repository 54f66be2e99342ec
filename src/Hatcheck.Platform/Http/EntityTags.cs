using Microsoft.Net.Http.Headers;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Strong entity tags (RFC 9110 §8.8.3) made of several numbers; <see cref="Precondition"/> has those of one number.
/// </summary>
internal static class EntityTags
{
    /// <summary>Whether the precondition allows a change of the resource with this tag.</summary>
    public static bool Allows(this Precondition precondition, string tag) =>
        precondition is not Precondition.OneOf given || given.Tags.Contains(tag, StringComparer.Ordinal);

    /// <summary>
    /// Sets the response's tag. True if the caller already has this response (<c>If-None-Match</c>), so that 304 is enough.
    /// </summary>
    public static bool IsKnown(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        var header = context.Request.Headers.IfNoneMatch;
        // A malformed header counts as absent (RFC 9110 §13.1.2 defines no error for it). The comparison is the weak one.
        return EntityTagHeaderValue.TryParseList(header, out var tags)
            && tags.Any(known => known.Tag.Equals(tag, StringComparison.Ordinal));
    }
}
