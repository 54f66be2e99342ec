using System.Net;
using Hatcheck.Platform.Http;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Outbound;

/// <summary>Decides where the server may connect: the public Internet and the networks that the operator declares.</summary>
internal sealed class OutboundNetworks(IOptions<OutboundOptions> options)
{
    private static readonly IPAddress[] localhost = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    private readonly IPNetwork[] declared = [.. NetworkList.Read(options.Value.AllowedNetworks).OfType<IPNetwork>()];

    /// <summary>Returns why the address is refused, such as <c>private</c>; null if the server may connect to it.</summary>
    public string? RefusalOf(IPAddress address)
    {
        var plain = SpecialNetworks.Plain(address);
        return Array.Exists(declared, network => network.Contains(plain)) ? null : SpecialNetworks.KindOf(plain);
    }

    /// <summary>Whether the operator declares any network.</summary>
    public bool DeclaresAny => declared.Length > 0;

    /// <summary>Returns null if the operator declares the address, else the reason for the log.</summary>
    public string? UndeclaredOf(IPAddress address)
    {
        var plain = SpecialNetworks.Plain(address);
        return Array.Exists(declared, network => network.Contains(plain))
            ? null
            : "not of a declared network, and the address is http";
    }

    /// <summary>Same, for a host that is an IP address or <c>localhost</c>; null for any other name.</summary>
    public string? RefusalOf(string host)
    {
        if (IPAddress.TryParse(host, out var address))
            return RefusalOf(address);
        // RFC 6761, section 6.3: localhost is one of the two; connecting shows which.
        var isClosed = host == "localhost" && Array.TrueForAll(localhost, one => RefusalOf(one) is not null);
        return isClosed ? RefusalOf(localhost[0]) : null;
    }
}
