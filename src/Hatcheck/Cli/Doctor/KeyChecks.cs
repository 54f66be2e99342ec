using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Cli.Doctor;

/// <summary>Checks that the key exists, is private and readable, and is the one that the data was sealed under.</summary>
internal static class KeyChecks
{
    private const string Area = "keys";

    public static async Task<IReadOnlyList<DoctorFinding>> RunAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var options = services.GetRequiredService<IOptions<KeyOptions>>().Value;
        var (seen, known) = await KnownAsync(services, cancellation);
        if (options.PathIn(services.GetRequiredService<IOptions<DataOptions>>().Value) is { } path && !File.Exists(path))
        {
            // Opening the key would create it; `doctor` changes nothing.
            return known is not null
                ?
                [
                    DoctorFinding.Fault(
                        Area,
                        $"{path} is missing, and the database holds keys sealed under {known}",
                        "Restore the file from its own backup. Without it nothing sealed can be read again."
                    ),
                ]
                : [DoctorFinding.Ok(Area, $"{path} will be created at the first start")];
        }

        IKeyEncryptionKey kek;
        try
        {
            // Reads the key again: a running server holds the one from its start, but the next start uses the present one.
            kek = options.Open(services.GetRequiredService<IOptions<DataOptions>>().Value);
        }
        catch (Exception fault)
            when (fault is KeySourceException or OperatorException or IOException or UnauthorizedAccessException)
        {
            return
            [
                DoctorFinding.Fault(
                    Area,
                    fault.Message,
                    "Do what the message says; docs/operations/configuration.md, Keys, explains how to create keys."
                ),
            ];
        }

        using var opened = kek;
        return
        [
            DoctorFinding.Ok(Area, $"{kek.Id} is readable, and private ({kek.Describe()})"),
            (seen, known) switch
            {
                (false, _) => DoctorFinding.Warning(
                    Area,
                    "could not check whether the data was sealed under this key",
                    "Fix the database first."
                ),
                (_, null) => DoctorFinding.Ok(Area, "nothing is sealed yet"),
                _ when known != kek.Id => DoctorFinding.Fault(
                    Area,
                    $"the database belongs to the key {known}, not to this one",
                    "Point Keys at the key of this database, or the server at the database of this key."
                ),
                _ => DoctorFinding.Ok(Area, "the database belongs to it"),
            },
        ];
    }

    private static async Task<(bool Seen, string? Known)> KnownAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var engine = services.GetRequiredService<IEngine>();
        if (engine.NotMadeYet is not null)
            return (true, null);
        try
        {
            return (true, await KekCheck.KnownAsync(engine, cancellation));
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The database checks report its fault.
            return (false, null);
        }
    }
}
