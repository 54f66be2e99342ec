using System.Net;
using Hatcheck.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Server.Tests.Http;

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
