using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;
using Npgsql;

namespace Hatcheck.Ids.Verbs;

/// <summary>
/// Reads the connection to the owner's database. Refuses a password on the command line, where all users could see it.
/// </summary>
internal static class DatabaseSource
{
    public const string Variable = "HATCHECK_IDS_DATABASE";
    private const string Hint = "such as Host=127.0.0.1;Database=shop;Username=owner";

    /// <summary>The connection string of the option.</summary>
    /// <exception cref="UsageException">It holds a password, or can't be read.</exception>
    public static string FromOption(string text)
    {
        var parsed = Parse(text, "--database");
        return parsed.Password is null
            ? parsed.ToString()
            : throw new UsageException(
                "--database takes no password: it would show in the process list. Put it into PGPASSWORD, a password file "
                    + $"(PGPASSFILE), {Variable}, or use --database-file."
            );
    }

    public static string FromVariable() =>
        Parse(
                Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text
                    ? text
                    : throw new UsageException(
                        "Say which database: --database \"Host=…;Database=…;Username=…\", --database-file FILE, or the "
                            + $"environment's {Variable}."
                    ),
                Variable
            )
            .ToString();

    public static string FromFile(string path)
    {
        try
        {
            var parsed = Parse(File.ReadAllText(path).Trim(), $"The file {path}");
            if (
                parsed.Password is not null
                && !OperatingSystem.IsWindows()
                && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != UnixFileMode.None
            )
                throw new ConfigurationException([$"{path} holds a password and others may read it: chmod 600 {path}"]);
            return parsed.ToString();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException([$"--database-file {path} can't be read: {fault.Message}"]);
        }
    }

    /// <summary>Warns if the connection, which plaintext ids cross, is not protected.</summary>
    public static string? Warning(string connectionString) =>
        PlaintextConnection.Refusal(connectionString, allowed: false) is null
            ? null
            : "The connection to this host is not protected by verified TLS, and ids will cross it readable. Add `SSL "
                + "Mode=VerifyFull;Root Certificate=/path/ca.pem`, unless the network itself is trusted.";

    private static NpgsqlConnectionStringBuilder Parse(string text, string from)
    {
        if (text.StartsWith("postgres", StringComparison.OrdinalIgnoreCase) && text.Contains("://", StringComparison.Ordinal))
            throw new UsageException($"{from} takes a list of settings, not an address: {Hint}.");
        try
        {
            var parsed = new NpgsqlConnectionStringBuilder(text);
            return parsed.Host is { Length: > 0 } ? parsed : throw new UsageException($"{from} names no Host: {Hint}.");
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException)
        {
            // Its message may quote the text.
            throw new UsageException($"{from} is not a connection string: {Hint}.");
        }
    }
}
