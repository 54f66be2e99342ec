using System.Data;
using System.Data.Common;
using Hatcheck.Crypto;
using Hatcheck.Drill.Search;
using Hatcheck.Drill.Sinks;

namespace Hatcheck.Drill.Installation;

/// <summary>
/// Unwraps the server's stored keys with the installation's key file: they must be found nowhere.
/// </summary>
internal static class WrappedKeys
{
    public static async Task AddToAsync(CanaryBook book, DbConnection connection, string keyFile, CancellationToken cancellation)
    {
        await AddSigningKeysAsync(book, connection, keyFile, cancellation);
        foreach (var (row, key) in await OpenAsync(connection, keyFile, cancellation))
        {
            using (key)
                book.Add(
                    new Canary(
                        $"{row.Purpose} key of a {(row.User == Guid.Empty ? "tenant" : "user")}",
                        key.Reveal().ToArray(),
                        Owner: null,
                        [new(SinkNames.Verbs, "keys export-index")]
                    )
                );
        }
    }

    /// <summary>A tenant's blind-index key, with which the drill finds stored users.</summary>
    public static async Task<BlindIndexKey> IndexOfAsync(
        Guid tenant,
        DbConnection connection,
        string keyFile,
        CancellationToken cancellation
    )
    {
        var (found, bytes) = (await OpenAsync(connection, keyFile, cancellation)).Last(one =>
            one.Row.Tenant == tenant && one.Row.Purpose == KeyPurpose.Index
        );
        using (bytes)
            return new BlindIndexKey(bytes, found.Version, scheme: BlindIndexKey.LabelledScheme);
    }

    /// <summary>The key file's own key.</summary>
    public static async Task AddFileAsync(CanaryBook book, string keyFile, string sink, CancellationToken cancellation)
    {
        var words = (await File.ReadAllTextAsync(keyFile, cancellation)).Split(
            (char[]?)null,
            StringSplitOptions.RemoveEmptyEntries
        );
        book.Add(
            new Canary(
                "key-encryption key",
                Convert.FromBase64String(words[^1]),
                Owner: null,
                [new(sink, Path.GetFileName(keyFile))]
            )
        );
    }

    // Adds the private halves of the keys that sign access tokens.
    private static async Task AddSigningKeysAsync(
        CanaryBook book,
        DbConnection connection,
        string keyFile,
        CancellationToken cancellation
    )
    {
        using var kek = LocalKeys.FromFile(keyFile, create: false);
        await using var command = connection.CreateCommand();
        command.CommandText = "select version, wrapped from signing_keys";
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var context = SigningContext(reader.GetInt32("version"));
            using var key = await kek.UnwrapAsync(reader.GetFieldValue<byte[]>("wrapped"), context, cancellation);
            using var pair = System.Security.Cryptography.ECDsa.Create();
            pair.ImportPkcs8PrivateKey(key.Reveal(), out _);
            book.Add(
                new Canary(
                    "private half of a key that signs access tokens",
                    pair.ExportParameters(includePrivateParameters: true).D!,
                    Owner: null,
                    []
                )
            );
        }
    }

    // Same as in Access/Tokens/SigningKey.cs: the drill shares no code with the server.
    private static WrapContext SigningContext(int version) => new(Guid.Empty, Guid.Empty, "signing", version);

    private static async Task<List<(WrapContext Row, SecretBytes Key)>> OpenAsync(
        DbConnection connection,
        string keyFile,
        CancellationToken cancellation
    )
    {
        using var kek = LocalKeys.FromFile(keyFile, create: false);
        await using var command = connection.CreateCommand();
        command.CommandText = """
            select tenant_id, user_id, purpose, version, wrapped from user_keys
            union all select tenant_id, null, purpose, version, wrapped from tenant_keys
            """;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var keys = new List<(WrapContext, SecretBytes)>();
        while (await reader.ReadAsync(cancellation))
        {
            var user = reader.IsDBNull("user_id") ? Guid.Empty : reader.GetGuid("user_id");
            var context = new WrapContext(
                reader.GetGuid("tenant_id"),
                user,
                reader.GetString("purpose"),
                reader.GetInt32("version")
            );
            keys.Add((context, await kek.UnwrapAsync(reader.GetFieldValue<byte[]>("wrapped"), context, cancellation)));
        }

        return keys;
    }
}
