using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// Ties a database to the key-encryption key (KEK) that first served it. A node with another installation's key would
/// create users that no other node can read, and fail for all existing ones.
/// </summary>
internal static class KekCheck
{
    private const string Claim = "insert into kek_check (one, kek_id) values (1, $1) on conflict do nothing";

    private const string Query = "select kek_id from kek_check";

    /// <summary>
    /// Returns why this key can't serve this database, as a sentence that says what to do; null if it can. Writes nothing.
    /// </summary>
    public static async Task<string?> RefusalAsync(IEngine engine, IKeyEncryptionKey kek, CancellationToken cancellation)
    {
        return await KnownAsync(engine, cancellation) is not { } id || id == kek.Id
            ? null
            : $"The data was sealed under the key-encryption key {id}, and this node was given {kek.Describe()}. Set Keys to "
                + "the key of this installation (restore it from its own backup): nothing can be read without it.";
    }

    /// <summary>The KEK that the database belongs to; null if none has claimed it yet.</summary>
    public static async Task<string?> KnownAsync(IEngine engine, CancellationToken cancellation) =>
        await engine.QueryAsync(Guid.Empty, Query, [], row => row.Text("kek_id"), cancellation) is [var id] ? id : null;

    /// <summary>Claims a new database for this key; refuses to start if another key has it.</summary>
    /// <exception cref="OperatorException">The database belongs to another key.</exception>
    public static async Task EnsureAsync(IEngine engine, IKeyEncryptionKey kek, CancellationToken cancellation)
    {
        await engine.ExecuteAsync(Guid.Empty, [(Claim, [kek.Id])], cancellation);
        if (await RefusalAsync(engine, kek, cancellation) is { } refusal)
            throw new OperatorException(refusal);
    }
}
