using System.Net;
using System.Net.Sockets;

namespace Hatcheck.Platform.Http;

/// <summary>The addresses that the server listens on: <c>Urls</c>, separated by semicolons.</summary>
internal static class Listening
{
    public const string Setting = "Urls";
    public const string Default = "http://127.0.0.1:8080";

    public static IReadOnlyList<Uri> Addresses(IConfiguration configuration) =>
        [.. Texts(configuration).Select(BindingAddressToUri)];

    /// <summary>The addresses as written, for Kestrel.</summary>
    public static string[] Texts(IConfiguration configuration) =>
        (configuration[Setting] is { Length: > 0 } given ? given : Default).Split(
            ';',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );

    /// <summary>Refuses an address that another program uses. Called before anything is created or discarded.</summary>
    /// <exception cref="OperatorException">An address is in use.</exception>
    public static void EnsureFree(IConfiguration configuration)
    {
        foreach (var address in Addresses(configuration).Where(address => address.Port != 0))
        {
            foreach (var local in LocalAddresses(address.Host))
            {
                try
                {
                    using var probe = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                    probe.Bind(new IPEndPoint(local, address.Port));
                }
                catch (SocketException fault) when (fault.SocketErrorCode == SocketError.AddressAlreadyInUse)
                {
                    throw new OperatorException(
                        $"The address is in use by another program: {string.Join("; ", Texts(configuration))}. Stop that "
                            + "program, or choose another address with --urls."
                    );
                }
                catch (SocketException)
                {
                    // The address family is missing, or the port needs privileges: the server's own attempt reports that.
                }
            }
        }
    }

    private static IPAddress[] LocalAddresses(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var address) ? [address]
        : string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
        : [IPAddress.Any];

    public static bool IsLoopbackOnly(IConfiguration configuration) =>
        Addresses(configuration).All(address => IsLoopback(address.Host));

    public static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // Kestrel accepts * and + for every address; a Uri does not.
    private static Uri BindingAddressToUri(string text)
    {
        var plain = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal)
            .Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        return Uri.TryCreate(plain, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new OperatorException($"{Setting} is a list of addresses such as {Default}, separated by semicolons.");
    }
}
