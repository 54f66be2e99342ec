using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Hatcheck.Platform.Http;

/// <summary>
/// The version of a resource as a strong entity tag, and <c>If-Match</c> (RFC 9110 §13.1.1), which lets exactly one of two
/// concurrent changes win.
/// </summary>
internal abstract record Precondition
{
    /// <summary>No <c>If-Match</c>.</summary>
    internal sealed record None : Precondition
    {
        public static readonly None Instance = new();
    }

    /// <summary><c>If-Match: *</c></summary>
    internal sealed record Any : Precondition;

    /// <summary>Any version with one of these tags.</summary>
    /// <param name="Tags">The strong tags.</param>
    /// <param name="Weakened">A weak tag was sent, too.</param>
    internal sealed record OneOf(IReadOnlyList<string> Tags, bool Weakened = false) : Precondition;

    public bool IsGiven => this is not None;

    public static string TagOf(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    public bool Allows(int version) => this is not OneOf given || given.Tags.Contains(TagOf(version), StringComparer.Ordinal);

    /// <summary>
    /// The response where the resource has none of the tags. Callers rarely expect that a weak tag never matches.
    /// </summary>
    public Problem Failed(string code, string detail) =>
        new(
            StatusCodes.Status412PreconditionFailed,
            code,
            this is OneOf { Weakened: true }
                ? "If-Match has a weak tag, W/\"…\", which never matches. The server sends strong ones: a proxy on the way "
                    + "weakened it, most likely by compressing. Turn that off for this API, or send the tag without W/; if "
                    + "that doesn't match either, read the resource again."
                : detail
        );

    /// <summary>
    /// Reads the header; returns a problem if it is malformed. A weak tag never matches: the comparison is the strong one.
    /// </summary>
    public static Problem? TryRead(string? ifMatch, out Precondition precondition)
    {
        precondition = None.Instance;
        if (ifMatch is null)
            return null;
        if (ifMatch.Trim() == "*")
        {
            precondition = new Any();
            return null;
        }

        if (!EntityTagHeaderValue.TryParseStrictList([ifMatch], out var tags) || tags.Any(tag => tag.Tag == "*"))
            return Problems.Malformed(
                "If-Match is the ETag of a response, in its quotes, several separated by commas, or *.",
                HeaderNames.IfMatch
            );
        precondition = new OneOf(
            [.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString())],
            tags.Any(tag => tag.IsWeak)
        );
        return null;
    }
}
