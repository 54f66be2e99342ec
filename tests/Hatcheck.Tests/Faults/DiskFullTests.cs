using System.Net;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Faults;

/// <summary>
/// A full disk: a clear 503, nothing acknowledged is lost, and writes succeed again as soon as there is room.
/// </summary>
public sealed class DiskFullTests
{
    [Fact]
    public async Task SQLite_on_a_full_disk()
    {
        await using var disk = await SmallDisk.MountAsync("6m");
        await using var database = new OnSqlite();
        await database.InitializeAsync();
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Data:Folder"] = disk.Folder,
        };
        await using var node = await Node.StartAsync(settings);
        var tenant = await node.NewTenantAsync();
        await disk.LeaveAsync(kilobytes: 300);
        await FillAndJudgeAsync(tenant, disk);
    }

    [Fact]
    public async Task PostgreSQL_on_a_full_disk()
    {
        await using var disk = await SmallDisk.MountAsync("6m");
        await using var database = await OnOwnPostgres.StartAsync();
        (await Command.RunAsync("chown", [$"--reference={database.Server.DataFolder}", disk.Folder])).Succeeded();
        (await Command.RunAsync("chmod", ["0700", disk.Folder])).Succeeded();
        // The data on the small disk, the WAL elsewhere: a server without room for its WAL ends itself, like a killed one.
        await RawSql.ExecuteAsync(database, $"create tablespace small location '{disk.Folder}'");
        await RawSql.ExecuteAsync(database, "alter table usage_log set tablespace small");
        var tenant = await database.Node.NewTenantAsync();
        await disk.LeaveAsync(kilobytes: 120);
        await FillAndJudgeAsync(tenant, disk);
    }

    private static async Task FillAndJudgeAsync(TestTenant tenant, SmallDisk disk)
    {
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var acknowledged = new List<string>();
        var note = new string('x', 250);
        HttpResponseMessage? full = null;
        for (var i = 0; full is null; i++)
        {
            i.ShouldBeLessThan(5_000, "the disk never filled");
            var response = await AppendAsync($"line.{i}");
            if (response.StatusCode == HttpStatusCode.Created)
                acknowledged.Add($"line.{i} {await IdAsync(response)}");
            else
                full = response;
        }

        full.Headers.RetryAfter.ShouldNotBeNull();
        await Task.FromResult(full).ShouldFailAsync(503, ProblemCodes.StorageFull);
        acknowledged.Count.ShouldBeGreaterThan(10);
        // Reads still work.
        await tenant.Http.GetAsync($"/users/{user}").ReadAsync<UserResponse>();

        await disk.MakeRoomAsync();
        acknowledged.Add($"room.again {await IdAsync(await AppendAsync("room.again"))}");
        var export = await tenant.Http.GetAsync($"/users/{user}/export").ReadAsync<UserExport>();
        export
            .Sections["usage"]
            .Select(entry => $"{entry.GetProperty("action").GetString()} {entry.GetProperty("id").GetGuid()}")
            .ShouldBe(acknowledged, ignoreOrder: true);

        Task<HttpResponseMessage> AppendAsync(string action) =>
            tenant.Http.PostJsonAsync(
                $"/users/{user}/usage",
                $$$"""{"action":"{{{action}}}","attributes":{"a":"{{{note}}}","b":"{{{note}}}","c":"{{{note}}}"}}"""
            );
    }

    private static async Task<Guid> IdAsync(HttpResponseMessage response)
    {
        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        return JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), HatcheckJson.Default.UsageEntry)!.Id;
    }

    /// <summary>A file system of a few megabytes, in memory.</summary>
    private sealed class SmallDisk : IAsyncDisposable
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("hatcheck-disk-").FullName;

        public static async Task<SmallDisk> MountAsync(string size)
        {
            var disk = new SmallDisk();
            var mounted = OperatingSystem.IsLinux()
                ? await Command.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={size}", "tmpfs", disk.Folder])
                : null;
            if (mounted is { ExitCode: 0 })
                return disk;
            Directory.Delete(disk.Folder);
            Assert.Skip(
                $"Filling a disk needs a small one, and mounting a tmpfs was refused: {mounted?.Error.Trim() ?? "not Linux"}. "
                    + "Run as root to run this test."
            );
            return disk;
        }

        /// <summary>Shrinks the disk until this many bytes are free.</summary>
        public Task LeaveAsync(int kilobytes) =>
            ResizeAsync(
                new DriveInfo(Folder) is var drive ? (drive.TotalSize - drive.AvailableFreeSpace) + (kilobytes * 1024L) : 0
            );

        public Task MakeRoomAsync() => ResizeAsync(64 * 1024 * 1024);

        public async ValueTask DisposeAsync()
        {
            (await Command.RunAsync("umount", ["--lazy", Folder])).Succeeded();
            Directory.Delete(Folder);
        }

        private async Task ResizeAsync(long bytes) =>
            (await Command.RunAsync("mount", ["-o", $"remount,size={bytes}", Folder])).Succeeded();
    }
}
