using System.CommandLine;
using System.Text.Json;
using Hatcheck.Crypto;
using Hatcheck.Ids.Values;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;
using Npgsql;

namespace Hatcheck.Ids.Verbs;

/// <summary>
/// Runs a verb of <c>hatcheck ids</c>: reads its settings, opens the database, asks, shows the result, sets the exit code.
/// </summary>
internal sealed class IdsRun(IVerbHost host, IdsArguments arguments, ParseResult parsed, IdsVerb verb)
{
    private readonly Terminal terminal = host.Terminal;
    private readonly bool json = arguments.Json(parsed);

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        try
        {
            return await TryAsync(cancellation);
        }
        catch (PostgresException refused)
            when (StorageFaults.Classify(refused) is StorageFault.None or StorageFault.NoSuchDatabase)
        {
            // Not its message, which may quote a row.
            var where = string.Join(
                ", ",
                new[] { refused.TableName, refused.ConstraintName, refused.Where?.Split('\n')[0].Split('(')[0].Trim() }.Where(
                    part => !string.IsNullOrEmpty(part)
                )
            );
            await terminal.Error.WriteLineAsync(
                $"hatcheck: PostgreSQL refused a statement with {refused.SqlState}{(where.Length > 0 ? $" ({where})" : "")}. "
                    + "What was committed before stands; `hatcheck ids status` shows how far it is, and its own log has "
                    + "the statement."
            );
            return ExitCode.Failed;
        }
    }

    /// <summary>Shows a result.</summary>
    public void Show(IdsResult result)
    {
        if (json)
            terminal.Output.WriteLine(
                JsonSerializer.Serialize(new IdsEvent("result") { Result = result }, IdsJson.Line.IdsEvent)
            );
        else
            new ResultPage(terminal).Write(result);
    }

    /// <summary>Asks the operator at the terminal, unless <c>--yes</c> was given.</summary>
    public async Task<bool> GoOnAsync()
    {
        if (IdsArguments.Has(parsed, arguments.Yes))
            return true;
        await terminal.Error.WriteAsync($"{verb.Asks} Type yes to go on: ");
        await terminal.Error.FlushAsync();
        using var reader = new StreamReader(terminal.Input, leaveOpen: true);
        return string.Equals((await reader.ReadLineAsync())?.Trim(), "yes", StringComparison.OrdinalIgnoreCase);
    }

    private async Task<int> TryAsync(CancellationToken cancellation)
    {
        var time = TimeProvider.System;
        var options = arguments.Options(parsed);
        var connectionString = arguments.ConnectionString(parsed);
        var tickets = arguments.Tickets(parsed);
        if (tickets is not null && options.Text.KeepHashed)
            throw new UsageException("--keep-hashed does not go with --register: Hatcheck can't register a hash.");
        if (verb.Asks is not null && !options.DryRun && !terminal.Interactive && !IdsArguments.Has(parsed, arguments.Yes))
            throw new UsageException(
                $"`hatcheck ids {verb.Name}` asks before it goes on, and there is no terminal: add --yes, or look first "
                    + "with --dry-run."
            );
        using var key = await arguments.KeyAsync(parsed, host, cancellation);
        if (verb.Needs == Needs.Key && key is null && tickets is null)
            throw new UsageException(
                $"Name the index key: --key-file FILE, --key-env NAME (or the environment's {KeySource.DefaultVariable}), or "
                    + "--tenant NAME."
            );

        var report = new ProgressReport(terminal, json, time);
        if (DatabaseSource.Warning(connectionString) is { } warning)
            report.Note(warning);
        if (verb.Asks is not null && !verb.AsksLater && !options.DryRun && !await GoOnAsync())
        {
            await terminal.Error.WriteLineAsync("Nothing was changed.");
            return ExitCode.Failed;
        }

        using var registering = tickets is null
            ? null
            : await TicketReplacement.ConnectAsync(tickets.Url, tickets.ApiKey, key, cancellation);
        return await OnDatabaseAsync(
            options,
            connectionString,
            registering ?? (IReplacement?)Hash(key),
            report,
            time,
            cancellation
        );
    }

    private static HashReplacement? Hash(BlindIndexKey? key) => key is null ? null : new HashReplacement(key);

    private async Task<int> OnDatabaseAsync(
        IdsOptions options,
        string connectionString,
        IReplacement? replacement,
        ProgressReport report,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var begun = time.GetTimestamp();
        await using var db = await IdsConnection.OpenAsync(
            connectionString,
            verb.ReadOnly || options.DryRun,
            time,
            report.Note,
            cancellation
        );
        var migration = new IdsMigration(new StepContext(db, options, replacement, report, time));
        var result = await verb.Step(migration, this)(cancellation) with
        {
            Seconds = Math.Round(time.GetElapsedTime(begun).TotalSeconds, 3),
        };
        Show(result);
        return result.Failed ? ExitCode.Failed : ExitCode.Ok;
    }
}
