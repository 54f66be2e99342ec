using System.Net;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Jobs;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Http;

public sealed class ReadinessOnSqlite(OnSqlite database) : ReadinessTests(database), IClassFixture<OnSqlite>
{
    [Fact]
    public void The_database_file_and_its_log_are_the_servers_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        foreach (var file in Directory.GetFiles(database.Folder, "hatcheck.db*"))
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
    }
}

public sealed class ReadinessOnPostgres(OnPostgres database) : ReadinessTests(database), IClassFixture<OnPostgres>;

/// <summary>A second node whose clock is wrong, on the database of a good one.</summary>
public sealed class WrongClockTests(OnPostgres database) : IClassFixture<OnPostgres>
{
    [Theory]
    [InlineData(26)]
    [InlineData(9 * 24)]
    [InlineData(31 * 24)]
    [InlineData(-1)]
    public async Task A_node_whose_clock_is_wrong_is_not_ready_and_erases_nobody(int hours)
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("1")).Id;
        (await tenant.Http.DeleteAsync($"/users/{user}")).EnsureSuccessStatusCode();
        var wrong = new ManualTime(DateTimeOffset.UtcNow.AddHours(hours));
        var skewed = await database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(wrong));
        using var http = skewed.Client();
        using var answer = await http.GetAsync("/health/ready");
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("2 minutes off");
        var purge = skewed.Services.GetRequiredService<PurgeJob>();
        var round = await skewed.Services.GetRequiredService<JobRounds>().RunAsync(purge, CancellationToken.None);
        round.Outcome.ShouldBe(JobOutcome.Postponed);
        (await tenant.Http.PostAsync($"/users/{user}/restore", null)).EnsureSuccessStatusCode();
        using var good = database.Node.Client();
        (await good.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}

public abstract class ReadinessTests(TestedDatabase database)
{
    [Fact]
    public async Task A_node_whose_database_was_replaced_by_one_of_another_key_is_not_ready()
    {
        using var http = database.Node.Client();
        (await http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var engine = database.Node.Services.GetRequiredService<Platform.Storage.IEngine>();
        await using (var connection = await engine.OpenOwnerAsync(CancellationToken.None))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "update kek_check set kek_id = 'another'";
            await command.ExecuteNonQueryAsync();
        }

        using var answer = await http.GetAsync("/health/ready");
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("\"keys\":\"the data belongs to another key\"");
        (await http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
