using Hatcheck.Platform.Http;

namespace Hatcheck.Access.Callers;

/// <summary>
/// Authenticates one kind of credential after <c>Authorization: Bearer</c>. The first kind that takes it decides.
/// </summary>
internal interface IBearerCallers
{
    /// <summary>Whether a token has the form of this kind. Reads nothing.</summary>
    bool Takes(string token);

    /// <summary>Returns the token's owner; null if the token is not accepted, for any reason.</summary>
    Task<Caller?> FindAsync(string token, HttpContext context);
}
