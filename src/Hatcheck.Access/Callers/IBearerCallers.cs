using Hatcheck.Platform.Http;

namespace Hatcheck.Access.Callers;

/// <summary>
/// One kind of what stands after <c>Authorization: Bearer</c>. The first that takes a token decides; no other is asked.
/// </summary>
internal interface IBearerCallers
{
    /// <summary>Whether a token has the form of this kind. Asks nobody.</summary>
    bool Takes(string token);

    /// <summary>Whose token it is; null if it opens nothing, whatever the reason.</summary>
    Task<Caller?> FindAsync(string token, HttpContext context);
}
