using System.Net;
using System.Net.Sockets;
using Hatcheck.Platform.Keys;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// The stored form of the address that a session is bound to: <c>s:</c> (the address) or <c>n:</c> (its network) and a
/// keyed hash. The hash differs per session, so that a reader of the table learns neither addresses nor shared ones.
/// </summary>
internal static class BoundAddress
{
    /// <summary>The value to store; null if the address is unknown, or sessions are not bound.</summary>
    public static string? Of(TenantKeySet keys, Guid session, AddressBinding binding, IPAddress? address) =>
        (binding, address) switch
        {
            (AddressBinding.Strict, { } known) =>
                $"s:{keys.Hash("session-address", session.ToString("N"), Plain(known).ToString())}",
            (AddressBinding.Network, { } known) =>
                $"n:{keys.Hash("session-network", session.ToString("N"), NetworkOf(Plain(known)).ToString())}",
            _ => null,
        };

    /// <summary>
    /// Whether a request from an address may use the session. The binding at its start counts; with the binding now off,
    /// any address may.
    /// </summary>
    public static bool Allows(TenantKeySet keys, Guid session, AddressBinding binding, string? kept, IPAddress? address)
    {
        if (binding == AddressBinding.Off || kept is null)
            return true;
        var asBound = kept[0] == 's' ? AddressBinding.Strict : AddressBinding.Network;
        return kept == Of(keys, session, asBound, address);
    }

    /// <summary>Unmaps IPv4 from IPv6, and removes the interface's scope.</summary>
    public static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes())
        : address;

    /// <summary>IPv4 /24, IPv6 /64.</summary>
    public static IPAddress NetworkOf(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(bytes.Length == 4 ? 3 : 8).Clear();
        return new IPAddress(bytes);
    }
}
