using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.SignIn;

/// <summary>The keys that an issuer signs with.</summary>
internal interface ISigningKeys
{
    /// <summary>
    /// Those that a token may have been signed with; none if its key is unknown, null if the issuer's keys can't be had now.
    /// </summary>
    /// <param name="keyId">The token's <c>kid</c>, unchecked: compared, and nothing else.</param>
    /// <param name="cancellation">Ends the wait.</param>
    ValueTask<IReadOnlyList<SecurityKey>?> FindAsync(string? keyId, CancellationToken cancellation);

    /// <summary>
    /// Others than those that were tried in vain, of an issuer that gives its keys no names: there a new key is known by
    /// nothing else than that a token fits none. Empty if there are none.
    /// </summary>
    ValueTask<IReadOnlyList<SecurityKey>> FindNewerAsync(
        string? keyId,
        IReadOnlyList<SecurityKey> tried,
        CancellationToken cancellation
    );
}

/// <summary>One or a few secrets that are shared with the issuer.</summary>
internal sealed class SharedSecrets(IEnumerable<byte[]> secrets) : ISigningKeys
{
    private readonly IReadOnlyList<SecurityKey> keys = [.. secrets.Select(secret => new SymmetricSecurityKey(secret))];

    // A kid names nothing here: issuers with a secret send one or send none.
    public ValueTask<IReadOnlyList<SecurityKey>?> FindAsync(string? keyId, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<SecurityKey>?>(keys);

    public ValueTask<IReadOnlyList<SecurityKey>> FindNewerAsync(
        string? keyId,
        IReadOnlyList<SecurityKey> tried,
        CancellationToken cancellation
    ) => ValueTask.FromResult<IReadOnlyList<SecurityKey>>([]);
}
