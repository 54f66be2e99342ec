using System.Text.Json;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Jobs;
using Hatcheck.ServerKit.Cli;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.People.Tests.Profiles;

public sealed class PurgeFaultsOnSqlite(OnSqlite database) : PurgeFaultTests(database), IClassFixture<OnSqlite>;

public sealed class PurgeFaultsOnPostgres(OnPostgres database) : PurgeFaultTests(database), IClassFixture<OnPostgres>;

/// <summary>A user whom the purge cannot erase.</summary>
public abstract class PurgeFaultTests(TestedDatabase database)
{
    [Fact]
    public async Task A_user_who_can_not_be_erased_keeps_no_other_and_the_run_has_failed()
    {
        var (tenant, users) = (await database.Node.NewTenantAsync(), new List<Guid>());
        for (var i = 0; i < 3; i++)
        {
            users.Add((await tenant.Http.CreateAsync($$"""{"email":"a{{i}}@example.org"}""")).Id);
            (await Requests.DeleteAsync(tenant.Http, users[i])).EnsureSuccessStatusCode();
        }

        await database.AgeAsync("users.deleted_at", TimeSpan.FromDays(31));
        var (services, job) = (database.Node.Services, database.Node.Services.GetRequiredService<PurgeJob>());
        var rounds = services.GetRequiredService<JobRounds>();
        await using (await SpoiltRows.PlantAsync(database, "profiles", "delete", $"row.user_id = {RawSql.Literal(users[0])}"))
        {
            var fault = await Should.ThrowAsync<PartlyFailedException>(() => rounds.RunNowAsync(job, job.RunAsync, default));
            (fault.Done, fault.Failed).ShouldBe((2, 1));
            var state = (await services.GetRequiredService<JobLeases>().FindAsync(job.Name, default))!;
            (state.Outcome, state.Done, state.Attempts).ShouldBe(("failed", 2, 1));
            state.Fault.ShouldNotBeNull().ShouldMatch("^fault\\..+Exception, 1 of 3$");
            var purged = await RunAsync("users", "purge", "--json");
            var answer = JsonDocument.Parse(purged.Output).RootElement;
            (purged.ExitCode, answer.GetProperty("failed").GetInt32()).ShouldBe((1, 1));
            var run = await RunAsync("jobs", "run", "purge");
            (run.ExitCode, run.Error.Contains(", 1 of 1)", StringComparison.Ordinal)).ShouldBe((1, true), run.Error);
        }

        (await rounds.RunNowAsync(job, job.RunAsync, default)).Count.ShouldBe(1);
        (await services.GetRequiredService<JobLeases>().FindAsync(job.Name, default))!.Outcome.ShouldBe("done");
    }

    private Task<CommandResult> RunAsync(params string[] arguments)
    {
        string[] settings =
            database.Name == "sqlite"
                ? ["--data", database.Folder]
                :
                [
                    .. database
                        .Settings.Where(setting => setting.Key != "Urls")
                        .SelectMany(setting => (string[])["--set", $"{setting.Key}={setting.Value}"]),
                ];
        return CommandLine.RunAsync([.. arguments, .. settings]);
    }
}
