using Microsoft.Net.Http.Headers;

namespace Hatcheck.Platform.Http;

/// <summary>Strong entity tags (RFC 9110 §8.8.3) of more than one number, beside those of <see cref="Precondition"/>.</summary>
internal static class EntityTags
{
    /// <summary>Whether a change of what has this tag is allowed.</summary>
    public static bool Allows(this Precondition precondition, string tag) =>
        precondition is not Precondition.OneOf given || given.Tags.Contains(tag, StringComparer.Ordinal);

    /// <summary>
    /// Says the tag of the answer; true if the caller has this very answer already (<c>If-None-Match</c>), so that 304 says
    /// it all.
    /// </summary>
    public static bool IsKnown(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        var header = context.Request.Headers.IfNoneMatch;
        // A header that is none is as good as absent (RFC 9110 §13.1.2 has no error for it). The comparison is the weak one.
        return EntityTagHeaderValue.TryParseList(header, out var tags)
            && tags.Any(known => known.Tag.Equals(tag, StringComparison.Ordinal));
    }
}
