using System.Net;
using System.Net.Sockets;
using Hatcheck.Platform.Keys;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// What a session knows of the address that it is bound to: <c>s:</c> (the address) or <c>n:</c> (its network) and a keyed
/// hash, which differs for each session, so that nobody who reads the table can tell who sat where, or together.
/// </summary>
internal static class BoundAddress
{
    /// <summary>What to keep; null for an address that is not known, or not to be bound to.</summary>
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
    /// Whether a request from an address may use a session that keeps this. As it was bound when it was begun; with the
    /// binding switched off, from anywhere.
    /// </summary>
    public static bool Allows(TenantKeySet keys, Guid session, AddressBinding binding, string? kept, IPAddress? address)
    {
        if (binding == AddressBinding.Off || kept is null)
            return true;
        var asBound = kept[0] == 's' ? AddressBinding.Strict : AddressBinding.Network;
        return kept == Of(keys, session, asBound, address);
    }

    /// <summary>IPv4 as IPv4, and without the name of an interface.</summary>
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
