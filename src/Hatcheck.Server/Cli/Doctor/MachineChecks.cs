using System.Globalization;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Cli.Doctor;

/// <summary>Is there room on the disk, and does the clock agree with the database's?</summary>
internal static class MachineChecks
{
    private const long Mebibyte = 1024 * 1024;
    private const long Low = 1024 * Mebibyte;
    private const long TooLow = 200 * Mebibyte;
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<DoctorFinding> Disk(IServiceProvider services)
    {
        var folder = Path.GetFullPath(services.GetRequiredService<IOptions<DataOptions>>().Value.Folder);
        // Before the first start the folder is not there yet: its parents tell.
        var nearest = folder;
        while (!Directory.Exists(nearest) && Path.GetDirectoryName(nearest) is { } parent) nearest = parent;
        var free = new DriveInfo(nearest).AvailableFreeSpace;
        var finding = $"{free / Mebibyte} MiB free for {folder}";
        return free switch
        {
            < TooLow => [DoctorFinding.Fault("disk", finding, "Make room: a full disk refuses every write.")],
            < Low => [DoctorFinding.Warning("disk", finding, "Make room before it is full: then every write is refused.")],
            _ => [DoctorFinding.Ok("disk", finding)],
        };
    }

    /// <summary>Leases and expiries among nodes follow the database's clock; what a node signs and logs follows its own.</summary>
    public static async Task<IReadOnlyList<DoctorFinding>> ClockAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var engine = services.GetRequiredService<IEngine>();
        var time = services.GetRequiredService<TimeProvider>();
        if (engine is SqliteEngine sqlite && !File.Exists(sqlite.File)) return [DoctorFinding.Ok("clock", $"{time.GetUtcNow():u}; nothing to compare it with yet")];
        try
        {
            return engine.Name == "postgres" ? [Compare(time.GetUtcNow(), await NowAsync(engine, cancellation))] : [NotBefore(time.GetUtcNow(), await NewestAsync(engine, cancellation))];
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return [DoctorFinding.Warning("clock", "could not be compared with the database's", "Mend the database first.")];
        }
    }

    private static DoctorFinding Compare(DateTimeOffset here, DateTimeOffset there) => (here - there).Duration() <= Skew
        ? DoctorFinding.Ok("clock", "agrees with the database's to 5 seconds")
        : DoctorFinding.Fault("clock", $"is {(here - there).TotalSeconds:0} seconds off the database's", "Have both machines keep time (NTP): timedatectl set-ntp true.");

    // SQLite's clock is this machine's: at least it must not have gone back since the schema was made.
    private static DoctorFinding NotBefore(DateTimeOffset here, DateTimeOffset? newest) => newest is null || here + Skew >= newest
        ? DoctorFinding.Ok("clock", $"{here:u}, the same as SQLite's")
        : DoctorFinding.Fault("clock", $"is {here:u}, before the schema was made ({newest:u})", "Set the clock, and have it kept (NTP): timedatectl set-ntp true.");

    private static async Task<DateTimeOffset> NowAsync(IEngine engine, CancellationToken cancellation) =>
        (await engine.QueryAsync(Guid.Empty, "select clock_timestamp()", [], row => row.Instant(0), cancellation))[0];

    private static async Task<DateTimeOffset?> NewestAsync(IEngine engine, CancellationToken cancellation)
    {
        var rows = await engine.QueryAsync(Guid.Empty, "select max(applied_at) from schema_versions", [], row => row.TextOrNull(0), cancellation);
        return rows[0] is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture) : null;
    }
}
