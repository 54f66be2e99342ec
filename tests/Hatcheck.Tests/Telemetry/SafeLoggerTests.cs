using System.Text.Json;
using Hatcheck.Platform;
using Hatcheck.Platform.Telemetry;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

// Frameworks call the extension methods.
#pragma warning disable CA1848

namespace Hatcheck.Tests.Telemetry;

public sealed partial class SafeLoggerTests : IDisposable
{
    private const long CanaryId = 7351924680;

    // Built at run time, like data: a literal would be a word of the program.
    private static readonly string Canary = string.Concat("canary-", CanaryId.ToString());
    private readonly StringWriter output = new();

    public void Dispose() => output.Dispose();

    [Theory]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics")]
    [InlineData("Microsoft.EntityFrameworkCore.Database.Command")]
    [InlineData("HatcheckLookalike.Evil")]
    [InlineData("System.Net.Http.HttpClient")]
    public void A_frameworks_message_is_never_written_and_nothing_of_it_below_warning(string category)
    {
        var logger = Logger(category);
        for (var level = LogLevel.Trace; level < LogLevel.Warning; level++)
            logger.Log(level, "Request {Path}", Canary);
        output.ToString().ShouldBeEmpty();
        using (logger.BeginScope("{Path}", Canary))
            logger.LogWarning(new InvalidOperationException(Canary), "Request {Path}", Canary);
        var line = Line();
        line.GetProperty("category").GetString().ShouldBe(category);
        output.ToString().ShouldNotContain(Canary);
        output.ToString().ShouldNotContain("Request");
    }

    [Fact]
    public void Of_our_own_messages_only_values_that_can_not_be_a_persons_are_shown()
    {
        var user = Guid.NewGuid();
        Own(Logger("Hatcheck.People.Users.Resolver"), 42, user, LogLevel.Error, CanaryId, Canary);
        Line().GetProperty("message").GetString().ShouldBe($"count 42 user {user} kind Error id (withheld) text (withheld)");
        output.ToString().ShouldNotContain($"{CanaryId}");
    }

    [Fact]
    public void A_base_class_of_a_framework_that_logs_under_our_category_shows_no_value()
    {
        // As AuthenticationHandler does: "{AuthenticationScheme} was not authenticated. Failure message: {FailureMessage}".
        Logger("Hatcheck.Access.ApiKeyAuthentication").LogInformation("Failure message: {FailureMessage}", Canary);
        output.ToString().ShouldNotContain(Canary);
    }

    [Fact]
    public void A_message_made_at_run_time_is_withheld_even_under_our_category()
    {
#pragma warning disable CA2254 // The tested mistake.
        Logger("Hatcheck.People.Users.Resolver").LogError($"the id is {CanaryId}");
#pragma warning restore CA2254
        Logger("Hatcheck.People.Users.Resolver").Log(LogLevel.Error, default, Canary, null, (state, _) => state);
        output.ToString().ShouldNotContain($"{CanaryId}");
    }

    [Fact]
    public void Messages_of_exceptions_are_withheld_types_and_stacks_are_not_and_the_operators_words_are_shown()
    {
        Exception thrown;
        try
        {
            throw new AggregateException(
                Canary,
                new FormatException(Canary, new IOException(Canary)),
                new OperatorException("Set Data:Folder.")
            );
        }
        catch (AggregateException caught)
        {
            thrown = caught;
        }

        thrown.Data["person"] = Canary;
        Logger("Hatcheck.Platform.Http.FaultHandler").LogError(thrown, "A request failed.");
        var told = Line().GetProperty("exception").GetString()!;
        foreach (
            var part in (string[])
                [
                    "System.AggregateException",
                    "System.FormatException",
                    "System.IO.IOException",
                    "Set Data:Folder.",
                    nameof(Messages_of_exceptions_are_withheld_types_and_stacks_are_not_and_the_operators_words_are_shown),
                ]
        )
            told.ShouldContain(part);
        output.ToString().ShouldNotContain(Canary);
    }

    [Fact]
    public void Text_for_people_is_a_line_each_and_can_not_be_forged()
    {
        var logger = Logger("Hatcheck.Cli.ServeCommand", forPeople: true);
        logger.LogInformation("Listening: {Line}", new SafeText("x\n12:00:00 info  forged\u001b[31m"));
        output.ToString().TrimEnd().ShouldBe("12:00:00 info  Listening: x 12:00:00 info  forged [31m");
    }

    [Theory]
    [InlineData("auto", true, true)]
    [InlineData("auto", false, false)]
    [InlineData("json", false, true)]
    [InlineData("text", true, false)]
    public void Lines_are_json_in_a_pipe_and_text_on_a_terminal_unless_told(string format, bool redirected, bool json) =>
        new LoggingOptions { Format = format }
            .IsJson(redirected)
            .ShouldBe(json);

    [Fact]
    public async Task At_trace_level_a_real_server_logs_no_canary_of_paths_bodies_headers_or_faults()
    {
        var database = new OnSqlite();
        database.Settings["Logging:Level"] = "Trace";
        await database.InitializeAsync();
        var node = await database.StartNodeAsync(services =>
            services.Configure<LoggerFilterOptions>(filter => filter.MinLevel = LogLevel.Trace)
        );
        var tenant = await node.NewTenantAsync();
        await tenant.Http.ResolveAsync($"{CanaryId}");
        await tenant.Http.GetAsync($"/users/by-telegram/{CanaryId}?q={Canary}");
        await tenant.Http.PostJsonAsync("/users/resolve", $$"""{"channel":"telegram","id":"{{Canary}}","{{Canary}}":1}""");
        using var stranger = node.Client($"hck_live_{Canary}");
        stranger.DefaultRequestHeaders.Add("User-Agent", Canary);
        await stranger.GetAsync($"/{Canary}");
        var log = node.Log.ToString();
        await database.DisposeAsync();
        log.ShouldNotContain($"{CanaryId}");
        log.ShouldNotContain("\"category\":\"Microsoft.AspNetCore.Hosting.Diagnostics\"");
    }

    private JsonElement Line() => JsonDocument.Parse(output.ToString()).RootElement;

    private ILogger Logger(string category, bool forPeople = false) =>
        new SafeLoggerProvider(new ManualTime()) { Output = output, ForPeople = forPeople }.CreateLogger(category);

    [LoggerMessage(Level = LogLevel.Information, Message = "count {Count} user {User} kind {Kind} id {Id} text {Text}")]
    private static partial void Own(ILogger logger, int count, Guid user, LogLevel kind, long id, string text);
}
