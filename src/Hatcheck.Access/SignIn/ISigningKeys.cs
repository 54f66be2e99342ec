using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.SignIn;

/// <summary>The keys that an issuer signs with.</summary>
internal interface ISigningKeys
{
    /// <summary>
    /// Returns the keys that may have signed a token: none if its key is unknown, null if the issuer's keys are unavailable.
    /// </summary>
    /// <param name="keyId">The token's <c>kid</c>, not verified: only compared.</param>
    /// <param name="cancellation">Ends the wait.</param>
    ValueTask<IReadOnlyList<SecurityKey>?> FindAsync(string? keyId, CancellationToken cancellation);

    /// <summary>
    /// Returns keys other than those already tried; empty if there are none. For an issuer whose keys have no ids: there only
    /// a token that matches no key reveals a new one.
    /// </summary>
    ValueTask<IReadOnlyList<SecurityKey>> FindNewerAsync(
        string? keyId,
        IReadOnlyList<SecurityKey> tried,
        CancellationToken cancellation
    );
}

/// <summary>Holds the secrets shared with an issuer.</summary>
internal sealed class SharedSecrets(IEnumerable<byte[]> secrets) : ISigningKeys
{
    private readonly IReadOnlyList<SecurityKey> keys = [.. secrets.Select(secret => new SymmetricSecurityKey(secret))];

    // Ignores the kid: an issuer with a shared secret may send one or not.
    public ValueTask<IReadOnlyList<SecurityKey>?> FindAsync(string? keyId, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<SecurityKey>?>(keys);

    public ValueTask<IReadOnlyList<SecurityKey>> FindNewerAsync(
        string? keyId,
        IReadOnlyList<SecurityKey> tried,
        CancellationToken cancellation
    ) => ValueTask.FromResult<IReadOnlyList<SecurityKey>>([]);
}
