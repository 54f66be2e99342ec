namespace Hatcheck.Platform.Verbs;

/// <summary>The exit codes of every verb; see docs/operations/cli.md.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The verb failed; standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A setting is wrong, or the key-encryption key is unavailable.</summary>
    public const int Configuration = 3;

    /// <summary>The database does not answer.</summary>
    public const int Database = 4;
}
