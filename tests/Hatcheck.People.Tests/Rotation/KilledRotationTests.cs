using System.Diagnostics;
using System.Globalization;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Rotation;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;

namespace Hatcheck.People.Tests.Rotation;

public sealed class KilledRotationOnSqlite(OnSqlite database) : KilledRotationTests(database), IClassFixture<OnSqlite>;

public sealed class KilledRotationOnPostgres(OnPostgres database) : KilledRotationTests(database), IClassFixture<OnPostgres>;

/// <summary>Real processes of <c>hatcheck keys rotate-index</c>, killed by SIGKILL in the middle.</summary>
public abstract class KilledRotationTests(TestedDatabase database)
{
    private const int People = 90;

    [Fact]
    public async Task A_rotation_killed_anywhere_and_run_again_ends_as_one_that_was_not()
    {
        var tenant = await database.Node.NewTenantAsync();
        var people = new Dictionary<string, Guid>(StringComparer.Ordinal);
        for (var i = 0; i < People; i++)
            people[$"{5000 + i}"] = (await tenant.Http.ResolveAsync($"{5000 + i}")).Id;
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < FaultRounds.Count; round++)
        {
            using var killed = Start(tenant);
            // Zero is the moment when the new version exists and nothing is rehashed yet.
            var part = Math.Max(1, People / FaultRounds.Count);
            await UntilAsync(tenant, (round * People / FaultRounds.Count) + random.Next(part), killed);
            killed.Kill();
            await killed.WaitForExitAsync();
            var id = $"{6000 + round}";
            people[id] = (await tenant.Http.ResolveAsync(id)).Id;
        }

        using var last = Start(tenant);
        var (output, error) = (last.StandardOutput.ReadToEndAsync(), last.StandardError.ReadToEndAsync());
        await last.WaitForExitAsync();
        last.ExitCode.ShouldBe(0, await output + await error);
        (await database.VersionsAsync(tenant)).ShouldBe([$"1|{people.Count}|{people.Count}", $"2|{people.Count}|{people.Count}"]);
        await database.Node.RetireAsync(tenant, 1);
        (await database.VersionsAsync(tenant)).ShouldBe([$"2|{people.Count}|{people.Count}"]);
        foreach (var (id, user) in people)
            (await tenant.Http.ResolveAsync(id)).ShouldBe(new ResolvedUser(user, Created: false), id);
        // However often it was started, it was one rotation.
        (
            await database.ScalarAsync(
                $"select count(*) from audit_pending where act = 'keys.rotate_index' and tenant_id = {RawSql.Literal(tenant.Id)}"
            )
        ).ShouldBe(1L);
    }

    private async Task UntilAsync(TestTenant tenant, int rehashed, Process process)
    {
        var query = $"select count(*) from identities where key_version = 2 and tenant_id = {RawSql.Literal(tenant.Id)}";
        var begun = $"select count(*) from tenant_keys where version = 2 and tenant_id = {RawSql.Literal(tenant.Id)}";
        await using var connection = await database.OpenAsync();
        while (!process.HasExited)
        {
            if (await CountAsync(begun) > 0 && await CountAsync(query) >= rehashed)
                return;
            await Task.Delay(2);
        }

        async Task<long> CountAsync(string sql) =>
            Convert.ToInt64(await connection.ScalarAsync(sql), CultureInfo.InvariantCulture);
    }

    private Process Start(TestTenant tenant)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Command.Find("dotnet") ?? "dotnet"
        )
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (
            var argument in (string[])
                [Path.Combine(AppContext.BaseDirectory, "hatcheck.dll"), "keys", "rotate-index", $"{tenant.Id}", "--batch", "1"]
        )
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in database.Settings)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return Process.Start(start)!;
    }
}
