using System.CommandLine;
using System.Text.Json;
using Hatcheck.Server.Ids;
using Hatcheck.Server.Ids.Values;

namespace Hatcheck.Server.Cli.Ids;

/// <summary>Runs a verb of <c>hatcheck ids</c>: reads its settings, opens the database, shows the result, picks the exit code.</summary>
internal sealed class IdsRun(Invocation invocation, IdsArguments arguments, ParseResult parsed)
{
    private readonly Terminal terminal = invocation.Terminal;

    public async Task<int> RunAsync(IdsVerb verb, CancellationToken cancellation)
    {
        try
        {
            return await TryAsync(verb, cancellation);
        }
        catch (UsageException wrong)
        {
            await terminal.Error.WriteLineAsync($"hatcheck: {wrong.Message}");
            await terminal.Error.WriteLineAsync($"See `hatcheck ids {verb.Name} --help`.");
            return ExitCode.Usage;
        }
    }

    private async Task<int> TryAsync(IdsVerb verb, CancellationToken cancellation)
    {
        var time = TimeProvider.System;
        var options = arguments.Options(parsed);
        var connectionString = arguments.ConnectionString(parsed);
        var tickets = arguments.Tickets(parsed);
        using var key = await arguments.KeyAsync(parsed, invocation, cancellation);
        if (verb.Needs == Needs.Key && key is null && tickets is null)
            throw new UsageException($"Say the index key: --key-file FILE, --key-env NAME (or the environment's {KeySource.DefaultVariable}), or --tenant NAME.");
        var report = new ProgressReport(terminal, arguments.Json(parsed), time);
        if (DatabaseSource.Warning(connectionString) is { } warning) report.Say(warning);
        var replacement = key is null ? null : new HashReplacement(key);
        var begun = time.GetTimestamp();
        await using var db = await IdsConnection.OpenAsync(connectionString, verb.ReadOnly || options.DryRun, time, report.Say, cancellation);
        var work = new Work(db, options, replacement, report, time);
        var result = await verb.Step(new IdsMigration(work))(cancellation) with { Seconds = Math.Round(time.GetElapsedTime(begun).TotalSeconds, 3) };
        if (arguments.Json(parsed)) await terminal.Output.WriteLineAsync(JsonSerializer.Serialize(new IdsEvent("result") { Result = result }, IdsJson.Line.IdsEvent));
        else new ResultPage(terminal).Write(result);
        return result.Failed ? ExitCode.Failed : ExitCode.Ok;
    }
}
