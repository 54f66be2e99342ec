using System.Security.Cryptography;
using Hatcheck.Crypto;

namespace Hatcheck.Ids.Values;

/// <summary>Binds a migration to one key: under two keys, a returning user would become two.</summary>
/// <param name="Kind">Hash or ticket.</param>
/// <param name="Scheme">Scheme of the index key.</param>
/// <param name="Nonce">Random, so that two migrations under one key don't look alike.</param>
/// <param name="Proof">The key's MAC of the nonce.</param>
internal sealed record KeyCheck(string Kind, int Scheme, byte[] Nonce, byte[] Proof)
{
    private const int NonceLength = 16;

    public static KeyCheck Of(IReplacement replacement)
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceLength);
        return new KeyCheck(replacement.Kind, replacement.Scheme, nonce, replacement.Prove(nonce));
    }

    /// <summary>Refuses another key, before anything is read.</summary>
    /// <exception cref="KeySourceException">The migration was begun with another.</exception>
    public void Demand(IReplacement replacement)
    {
        if (replacement.Kind != Kind)
            throw new KeySourceException(
                Kind == ReplacementKind.Ticket.Name
                    ? "This migration was begun with --register; go on with it."
                    : "This migration was begun without --register; go on without it."
            );
        if (replacement.Scheme != Scheme)
            throw new KeySourceException(
                $"This migration was begun under scheme {Scheme}, not {replacement.Scheme}. Nothing was read."
            );
        if (!CryptographicOperations.FixedTimeEquals(replacement.Prove(Nonce), Proof))
            throw new KeySourceException(
                $"This is not the {(Kind == ReplacementKind.Ticket.Name ? "tenant" : "key")} with which this migration was "
                    + "begun. Nothing was read. Use that one, or `hatcheck ids rollback` and begin again."
            );
    }
}
