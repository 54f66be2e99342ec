using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;

namespace Hatcheck.Platform.Outbox;

/// <summary>An endpoint's address and secrets, opened for sending.</summary>
internal sealed class OpenTarget : IDisposable
{
    private readonly List<SecretBytes> secrets = [];

    private OpenTarget(string address) => Address = address;

    public string Address { get; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<SecretBytes> Secrets => secrets;

    /// <summary>
    /// Opens them. An older secret that can't be opened is skipped: receivers with the newest accept its signature.
    /// </summary>
    /// <exception cref="CannotOpenException">The address or the newest secret can't be opened.</exception>
    public static async Task<OpenTarget> OpenAsync(PersonVault vault, DueEndpoint endpoint, CancellationToken cancellation)
    {
        var target = new OpenTarget(
            await vault.OpenAsync(OutboxEndpointRow.SealedTarget.At(KeyOwner.Tenant, endpoint.Id), endpoint.Target, cancellation)
        );
        try
        {
            foreach (var (id, cell) in endpoint.Secrets)
                await target.AddAsync(vault, id, cell, cancellation);
            return target;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var secret in secrets)
            secret.Dispose();
    }

    private async Task AddAsync(PersonVault vault, Guid id, byte[] cell, CancellationToken cancellation)
    {
        try
        {
            secrets.Add(await vault.OpenAsync(OutboxSecretRow.Sealed.At(KeyOwner.Tenant, id), cell, cancellation));
        }
        catch (CannotOpenException) when (secrets.Count > 0)
        {
            // An older secret.
        }
    }
}
