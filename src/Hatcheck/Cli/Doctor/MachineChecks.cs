using System.Globalization;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Cli.Doctor;

/// <summary>Checks free disk space, and the clock against the database's.</summary>
internal static class MachineChecks
{
    private const long Mebibyte = 1024 * 1024;
    private const long Low = 1024 * Mebibyte;
    private const long TooLow = 200 * Mebibyte;
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<DoctorFinding> Disk(IServiceProvider services)
    {
        var folder = Path.GetFullPath(services.GetRequiredService<IOptions<DataOptions>>().Value.Folder);
        // Before the first start the folder does not exist: checks the nearest parent.
        var nearest = folder;
        while (!Directory.Exists(nearest) && Path.GetDirectoryName(nearest) is { } parent)
            nearest = parent;
        var free = new DriveInfo(nearest).AvailableFreeSpace;
        var finding = $"{free / Mebibyte} MiB free for {folder}";
        return free switch
        {
            < TooLow => [DoctorFinding.Fault("disk", finding, "Make room: a full disk refuses every write.")],
            < Low => [DoctorFinding.Warning("disk", finding, "Make room before it is full: then every write is refused.")],
            _ => [DoctorFinding.Ok("disk", finding)],
        };
    }

    /// <summary>
    /// Leases and expiries follow the database's clock; signatures and logs follow the node's own.
    /// </summary>
    public static async Task<IReadOnlyList<DoctorFinding>> ClockAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var engine = services.GetRequiredService<IEngine>();
        var time = services.GetRequiredService<TimeProvider>();
        if (engine.NotMadeYet is not null)
            return [DoctorFinding.Ok("clock", $"{time.GetUtcNow():u}; nothing to compare it with yet")];
        try
        {
            var clock = await services.GetRequiredService<NodeClock>().ReadAsync(cancellation);
            return
            [
                Compare(clock)
                    ?? NotBefore(clock.Database, await NewestAsync(engine, cancellation))
                    ?? DoctorFinding.Ok("clock", $"{clock.Here:u}, and the database agrees to 5 seconds"),
            ];
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return [DoctorFinding.Warning("clock", "could not be compared with the database's", "Fix the database first.")];
        }
    }

    private static DoctorFinding? Compare(ClockReading clock) =>
        (clock.Here - clock.Database).Duration() <= Skew
            ? null
            : DoctorFinding.Fault(
                "clock",
                $"is {(clock.Here - clock.Database).TotalSeconds:0} seconds off the database's",
                "Have both machines keep time (NTP): timedatectl set-ntp true."
            );

    // Both clocks may be wrong alike: neither may be earlier than the schema's creation.
    private static DoctorFinding? NotBefore(DateTimeOffset now, DateTimeOffset? newest) =>
        newest is null || now + Skew >= newest
            ? null
            : DoctorFinding.Fault(
                "clock",
                $"is {now:u}, before the schema was created ({newest:u})",
                "Set the clock, and have it kept (NTP): timedatectl set-ntp true."
            );

    private static async Task<DateTimeOffset?> NewestAsync(IEngine engine, CancellationToken cancellation)
    {
        var rows = await engine.QueryAsync(
            Guid.Empty,
            "select max(applied_at) as newest from schema_versions",
            [],
            row => row.TextOrNull("newest"),
            cancellation
        );
        return rows[0] is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture) : null;
    }
}
