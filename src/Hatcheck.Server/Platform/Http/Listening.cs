using System.Net;

namespace Hatcheck.Server.Platform.Http;

/// <summary>Where the server listens: <c>Urls</c>, several separated by semicolons.</summary>
internal static class Listening
{
    public const string Setting = "Urls";
    public const string Default = "http://127.0.0.1:8080";

    public static IReadOnlyList<Uri> Addresses(IConfiguration configuration) =>
        [.. (configuration[Setting] ?? Default).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => BindingAddressToUri(text))];

    public static bool IsLoopbackOnly(IConfiguration configuration) => Addresses(configuration).All(address => IsLoopback(address.Host));

    public static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // Kestrel takes * and + for every address; a Uri does not.
    private static Uri BindingAddressToUri(string text)
    {
        var plain = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        return Uri.TryCreate(plain, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new OperatorException($"{Setting} is a list of addresses such as {Default}, separated by semicolons.");
    }
}
