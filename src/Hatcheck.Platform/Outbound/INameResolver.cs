using System.Net;

namespace Hatcheck.Platform.Outbound;

/// <summary>Finds the addresses of a host. Tests have one that answers differently the second time.</summary>
internal interface INameResolver
{
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation);
}

/// <summary>The operating system's: its hosts file, then DNS.</summary>
internal sealed class SystemResolver : INameResolver
{
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation) =>
        Dns.GetHostAddressesAsync(host, cancellation);
}
