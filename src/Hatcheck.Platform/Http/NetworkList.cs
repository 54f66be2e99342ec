using System.Net;
using System.Net.Sockets;

namespace Hatcheck.Platform.Http;

/// <summary>Networks in a setting, separated by semicolons. A single address is a network of one.</summary>
internal static class NetworkList
{
    /// <summary>Returns the entries in order; null for one that can't be parsed.</summary>
    public static IReadOnlyList<IPNetwork?> Read(string? list) =>
        [.. (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ReadOne)];

    private static IPNetwork? ReadOne(string text)
    {
        if (IPAddress.TryParse(text, out var address))
            return new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        return IPNetwork.TryParse(text, out var network) ? network : null;
    }
}
