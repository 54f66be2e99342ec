using System.Net;

namespace Hatcheck.Platform.Outbound;

/// <summary>Resolves a host to its addresses. Tests replace it, for example by one whose answer changes.</summary>
internal interface INameResolver
{
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation);
}

/// <summary>Uses the operating system's resolver: its hosts file, then DNS.</summary>
internal sealed class SystemResolver : INameResolver
{
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation) =>
        Dns.GetHostAddressesAsync(host, cancellation);
}
