using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;

namespace Hatcheck.Platform.Outbox;

/// <summary>An endpoint's address and secrets, opened for what is about to be sent.</summary>
internal sealed class OpenTarget : IDisposable
{
    private readonly List<SecretBytes> secrets = [];

    private OpenTarget(string address) => Address = address;

    public string Address { get; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<SecretBytes> Secrets => secrets;

    /// <summary>
    /// Opens them. An old secret that nothing opens is left out: receivers who have the newest accept what that signs.
    /// </summary>
    /// <exception cref="CannotOpenException">Nothing opens the address, or the newest secret.</exception>
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
            // An old one.
        }
    }
}
