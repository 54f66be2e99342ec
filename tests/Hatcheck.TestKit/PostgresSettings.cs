using System.Globalization;

namespace Hatcheck.TestKit;

/// <summary>Writes a test server's additions to postgresql.conf.</summary>
internal static class PostgresSettings
{
    public static string Text(int port, string folder, PostgresOptions options)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["listen_addresses"] = "localhost",
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = folder,
            ["max_connections"] = "500",
            ["timezone"] = "UTC",
            ["log_line_prefix"] = "%m [%p] ",

            // As docs/operations/database.md advises operators: statement parameters are personal data.
            ["log_parameter_max_length"] = "0",
            ["log_parameter_max_length_on_error"] = "0",
        };
        if (!options.Durable)
        {
            foreach (var off in (string[])["fsync", "synchronous_commit", "full_page_writes"])
                settings[off] = "off";
        }

        if (options.Tls)
        {
            settings["ssl"] = "on";
            settings["ssl_cert_file"] = Path.Combine(folder, "server.pem");
            settings["ssl_key_file"] = Path.Combine(folder, "server.key");
        }

        foreach (var (name, value) in options.Settings)
            settings[name] = value;
        return string.Concat(settings.Select(s => $"{s.Key} = '{s.Value.Replace("'", "''")}'\n"));
    }
}
