using System.Text;
using Hatcheck.Client;
using Hatcheck.Crypto;
using Hatcheck.Platform;

namespace Hatcheck.Ids.Values;

/// <summary>
/// The user's ticket: resolves each id in Hatcheck, which always returns the same ticket for the same id.
/// </summary>
/// <param name="client">Hashes ids itself if the tenant is blind-only.</param>
/// <param name="tenant">The tenant that owns the tickets.</param>
internal sealed class TicketReplacement(HatcheckClient client, Guid tenant) : IReplacement, IDisposable
{
    // Enough to hide the round trip, few enough to leave capacity for bots.
    private const int AtOnce = 16;

    public string Kind => ReplacementKind.Ticket.Name;

    public int Scheme => 0;

    /// <summary>Asks the server for the tenant and its form of ids.</summary>
    /// <exception cref="KeySourceException">The tenant is blind-only, and there is no key or another one.</exception>
    public static async Task<TicketReplacement> ConnectAsync(
        Uri url,
        SecretText apiKey,
        BlindIndexKey? key,
        CancellationToken cancellation
    )
    {
        var plain = Client(url, apiKey, key: null);
        try
        {
            var tenant = await plain.GetTenantAsync(cancellation);
            if (!tenant.BlindOnly)
                return new TicketReplacement(plain, tenant.Id);
            plain.Dispose();
            if (key is null)
                throw new KeySourceException(
                    "This tenant is blind-only: Hatcheck takes hashes from it, so give its index key too (--tenant, "
                        + "--key-file or --key-env)."
                );
            if (key.Scheme != tenant.IndexScheme || key.Version != tenant.IndexKeyVersion)
                throw new KeySourceException(
                    $"The tenant hashes with key version {tenant.IndexKeyVersion} under scheme {tenant.IndexScheme}; this key "
                        + $"is version {key.Version} under scheme {key.Scheme}. `hatcheck keys export-index` gives the "
                        + "right one."
                );
            return new TicketReplacement(Client(url, apiKey, key), tenant.Id);
        }
        catch (HatcheckException refusal)
        {
            plain.Dispose();
            throw new OperatorException(refusal.Message);
        }
    }

    public void Dispose() => client.Dispose();

    public byte[] Prove(byte[] nonce) => Mac.HmacSha256(nonce, Encoding.ASCII.GetBytes($"hatcheck ids tenant {tenant}"));

    public string? Refuse(long id) => id < 0 ? "a group's id; only users are registered" : null;

    private static HatcheckClient Client(Uri url, SecretText apiKey, BlindIndexKey? key)
    {
        try
        {
            return new HatcheckClient(
                new HatcheckClientOptions
                {
                    Url = url,
                    ApiKey = apiKey,
                    IndexKey = key,
                }
            );
        }
        catch (ArgumentException wrong)
        {
            throw new OperatorException($"Hatcheck can't be asked: {wrong.Message}");
        }
    }

    public ValueTask ComputeAsync(ReadOnlyMemory<long> ids, Memory<string> replacements, CancellationToken cancellation) =>
        EachAsync(
            ids,
            replacements,
            async (id, stop) => (await client.ResolveTelegramAsync(id, stop)).Id.ToString(),
            cancellation
        );

    // A look-up must not create a user who was erased meanwhile.
    public ValueTask RecallAsync(ReadOnlyMemory<long> ids, Memory<string> replacements, CancellationToken cancellation) =>
        EachAsync(
            ids,
            replacements,
            async (id, stop) => (await client.FindTelegramAsync(id, stop))?.Id.ToString() ?? "",
            cancellation
        );

    private static async ValueTask EachAsync(
        ReadOnlyMemory<long> ids,
        Memory<string> replacements,
        Func<long, CancellationToken, Task<string>> ask,
        CancellationToken cancellation
    )
    {
        try
        {
            await Parallel.ForAsync(
                0,
                ids.Length,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
                async (i, stop) =>
                {
                    var given = await ask(ids.Span[i], stop);
                    replacements.Span[i] = given;
                }
            );
        }
        catch (HatcheckException refusal)
        {
            // Its message names no id; resolved ids stay resolved, and the next run continues.
            throw new OperatorException($"{refusal.Message} Run the same command again: it continues where it stopped.");
        }
    }
}
