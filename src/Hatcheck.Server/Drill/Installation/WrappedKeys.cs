using System.Data.Common;
using Hatcheck.Crypto;
using Hatcheck.Server.Drill.Search;
using Hatcheck.Server.Platform.Storage;

namespace Hatcheck.Server.Drill.Installation;

/// <summary>The keys that the server made and stored wrapped: unwrapped with the installation's key file, they must be found nowhere.</summary>
internal static class WrappedKeys
{
    public static async Task AddToAsync(CanaryBook book, DbConnection connection, bool instantsAreNumbers, string keyFile, CancellationToken cancellation)
    {
        using var kek = LocalKeys.FromFile(keyFile, create: false);
        await using var command = connection.CreateCommand();
        command.CommandText = "select tenant_id, user_id, purpose, version, wrapped from user_keys union all select tenant_id, null, purpose, version, wrapped from tenant_keys";
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var row = new Row(reader, instantsAreNumbers);
            var user = row.IsNull(1) ? Guid.Empty : row.Guid(1);
            using var key = await kek.UnwrapAsync(row.Bytes(4), new WrapContext(row.Guid(0), user, row.Text(2), row.Number(3)), cancellation);
            book.Add(new Canary($"{row.Text(2)} key of a {(user == Guid.Empty ? "tenant" : "person")}", key.Reveal().ToArray(), Owner: null, [new("output of verbs", "keys export-index")]));
        }
    }

    /// <summary>The key file's own key.</summary>
    public static async Task AddFileAsync(CanaryBook book, string keyFile, string sink, CancellationToken cancellation)
    {
        var words = (await File.ReadAllTextAsync(keyFile, cancellation)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        book.Add(new Canary("key-encryption key", Convert.FromBase64String(words[^1]), Owner: null, [new(sink, Path.GetFileName(keyFile))]));
    }
}
