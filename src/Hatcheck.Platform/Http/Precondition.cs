using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Hatcheck.Platform.Http;

/// <summary>
/// The version of a resource as a strong entity tag, and <c>If-Match</c> (RFC 9110 §13.1.1), by which of two clients that
/// change it at once exactly one wins.
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

    /// <summary>Any version that has one of these tags.</summary>
    /// <param name="Tags">The strong ones.</param>
    /// <param name="Weakened">There was a weak one, too.</param>
    internal sealed record OneOf(IReadOnlyList<string> Tags, bool Weakened = false) : Precondition;

    public bool IsGiven => this is not None;

    public static string TagOf(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    public bool Allows(int version) => this is not OneOf given || given.Tags.Contains(TagOf(version), StringComparer.Ordinal);

    /// <summary>
    /// The answer where what is there has none of the tags. Callers rarely expect that a weak tag never matches.
    /// </summary>
    public Problem Failed(string code, string detail) =>
        new(
            StatusCodes.Status412PreconditionFailed,
            code,
            this is OneOf { Weakened: true }
                ? "If-Match has a weak tag, W/\"…\", which never matches. The server sends strong ones: "
                    + "a proxy on the way weakened it, most likely by compressing. Turn that off for this API, or send the "
                    + "tag without W/; "
                    + "if that doesn't match either, read again what is there."
                : detail
        );

    /// <summary>
    /// Reads the header; gives the problem to answer if it is none. A weak tag never matches: the comparison is the strong
    /// one.
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
                "If-Match is the ETag of an answer, in its quotes, several separated by commas, or *.",
                HeaderNames.IfMatch
            );
        precondition = new OneOf(
            [.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString())],
            tags.Any(tag => tag.IsWeak)
        );
        return null;
    }
}
