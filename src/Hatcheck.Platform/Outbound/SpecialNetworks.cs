using System.Net;
using System.Net.Sockets;

namespace Hatcheck.Platform.Outbound;

/// <summary>
/// Lists the networks outside the public Internet, from IANA's registries of special-purpose addresses (RFC 6890), multicast
/// and reserved space. In IPv6 only global unicast (2000::/3) is public, so space not yet assigned a use is not.
/// </summary>
internal static class SpecialNetworks
{
    private static readonly (IPNetwork Network, string Kind)[] special =
    [
        Of("0.0.0.0/8", "unspecified"),
        Of("10.0.0.0/8", "private"),
        Of("100.64.0.0/10", "shared (CGNAT)"),
        Of("127.0.0.0/8", "loopback"),
        Of("168.63.129.16/32", "the host of a machine in Azure"),
        Of("169.254.0.0/16", "link-local"),
        Of("172.16.0.0/12", "private"),
        Of("192.0.0.0/24", "reserved for protocols"),
        Of("192.0.2.0/24", "for documentation"),
        Of("192.88.99.0/24", "a 6to4 relay"),
        Of("192.168.0.0/16", "private"),
        Of("198.18.0.0/15", "for benchmarks"),
        Of("198.51.100.0/24", "for documentation"),
        Of("203.0.113.0/24", "for documentation"),
        Of("224.0.0.0/4", "multicast"),
        Of("255.255.255.255/32", "broadcast"),
        Of("240.0.0.0/4", "reserved"),
        Of("::/128", "unspecified"),
        Of("::1/128", "loopback"),
        Of("64:ff9b:1::/48", "NAT64 of the house"),
        Of("fc00::/7", "private"),
        Of("fe80::/10", "link-local"),
        Of("ff00::/8", "multicast"),
        // Obsolete tunnels that embed an IPv4 address (RFC 7526): refused for any embedded address.
        Of("2001::/32", "a Teredo tunnel"),
        Of("2002::/16", "a 6to4 tunnel"),
        Of("2001::/23", "reserved for protocols"),
        Of("2001:db8::/32", "for documentation"),
        Of("3fff::/20", "for documentation"),
    ];

    /// <summary>NAT64: translated to the IPv4 address in the last four bytes (RFC 6052).</summary>
    private static readonly IPNetwork nat64 = IPNetwork.Parse("64:ff9b::/96");

    private static readonly IPNetwork globalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>Returns the kind of network, such as <c>private</c>; null for the public Internet.</summary>
    public static string? KindOf(IPAddress address)
    {
        var plain = Plain(address);
        if (nat64.Contains(plain))
            return KindOf(new IPAddress(plain.GetAddressBytes()[^4..])) is { } inside ? $"NAT64 of {inside}" : null;
        foreach (var (network, kind) in special)
        {
            if (network.Contains(plain))
                return kind;
        }

        return plain.AddressFamily == AddressFamily.InterNetwork || globalUnicast.Contains(plain) ? null : "reserved";
    }

    /// <summary>Converts an IPv4-mapped address, such as <c>::ffff:10.0.0.1</c>, to IPv4; returns others as they are.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static (IPNetwork Network, string Kind) Of(string network, string kind) => (IPNetwork.Parse(network), kind);
}
