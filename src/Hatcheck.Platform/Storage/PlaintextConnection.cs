using Npgsql;

namespace Hatcheck.Platform.Storage;

/// <summary>Detects connection strings that would send plaintext to another machine.</summary>
internal static class PlaintextConnection
{
    /// <summary>Returns why a connection string is refused and what to do; null if it is accepted.</summary>
    public static string? Refusal(string connectionString, bool allowed)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (allowed || settings.SslMode == SslMode.VerifyFull)
            return null;
        var remote = (settings.Host ?? "").Split(',').FirstOrDefault(host => !IsLocal(host));
        return remote is null
            ? null
            : "the connection to a host other than loopback is not protected by verified TLS. Add `SSL Mode=VerifyFull;Root "
                + "Certificate=/path/ca.pem` "
                + "to the connection string, or set Database:AllowPlaintext=true if the network itself is trusted.";
    }

    private static bool IsLocal(string host)
    {
        var name =
            host.StartsWith('[') ? host[1..host.IndexOf(']', StringComparison.Ordinal)]
            : host.Count(c => c == ':') == 1 ? host.Split(':')[0]
            : host;
        return name.Length == 0
            || name[0] == '/'
            || string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase)
            || (System.Net.IPAddress.TryParse(name, out var address) && System.Net.IPAddress.IsLoopback(address));
    }
}
