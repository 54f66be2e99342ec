using System.Net;
using System.Net.Sockets;

namespace Hatcheck.Platform.Http;

/// <summary>Where the server listens: <c>Urls</c>, several separated by semicolons.</summary>
internal static class Listening
{
    public const string Setting = "Urls";
    public const string Default = "http://127.0.0.1:8080";

    public static IReadOnlyList<Uri> Addresses(IConfiguration configuration) =>
        [.. Texts(configuration).Select(BindingAddressToUri)];

    /// <summary>The same as they were written, for Kestrel.</summary>
    public static string[] Texts(IConfiguration configuration) =>
        (configuration[Setting] is { Length: > 0 } given ? given : Default).Split(
            ';',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );

    /// <summary>Refuses an address that another program has; asked before anything is created or thrown away.</summary>
    /// <exception cref="OperatorException">One is taken.</exception>
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
                    // No such family, or no right to the port: the server's own attempt says so.
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

    // Kestrel takes * and + for every address; a Uri does not.
    private static Uri BindingAddressToUri(string text)
    {
        var plain = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal)
            .Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        return Uri.TryCreate(plain, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new OperatorException($"{Setting} is a list of addresses such as {Default}, separated by semicolons.");
    }
}
