using System.CommandLine;
using System.Text.Json;
using Hatcheck.Platform;
using Hatcheck.Platform.Verbs;
using Npgsql;
using Spectre.Console;

namespace Hatcheck.Drill;

/// <summary><c>hatcheck drill</c>: proves on a throw-away installation that stored data can't be read anywhere.</summary>
internal static class DrillCommand
{
    public static Command Create(IVerbHost host, IReadOnlyList<Capability> capabilities)
    {
        var postgres = new Option<string?>("--postgres")
        {
            Description =
                "Drill on a database and roles that it creates on this PostgreSQL and drops afterwards: the "
                + "connection string of a superuser, or of a role with CREATEDB and CREATEROLE. The password comes "
                + "from PGPASSWORD or PGPASSFILE.",
            HelpName = "CONNECTION",
        };
        var log = new Option<string?>("--postgres-log")
        {
            Description = "The log file of that PostgreSQL, where the server can't name it itself.",
            HelpName = "FILE",
        };
        var range = new Option<int>("--range")
        {
            Description = $"How many ids around a planted one are tried without the key. Default {DrillOptions.DefaultRange}.",
            DefaultValueFactory = _ => DrillOptions.DefaultRange,
        };
        var report = new Option<string?>("--report")
        {
            Description =
                "Where the report is kept, as JSON, and as text beside it (.txt); mode 0600. Default hatcheck-drill.json in "
                + "the current folder.",
            HelpName = "FILE",
        };
        var accept = new Option<bool>("--accept-unseen")
        {
            Description = "A place that can't be searched does not fail the drill; the table still shows it.",
        };
        var values = new Option<bool>("--show-values")
        {
            Description =
                "Writes the values of canaries that were found into the report. They open nothing but the installation that "
                + "is thrown away.",
        };
        var json = Verb.JsonOption();
        var verb = new Verb(
            "drill",
            "Proves that stored data can't be read: plants canaries through the API of a throw-away installation, and "
                + "searches database, files, logs, traces and answers for them. Exit code 1 on any "
                + "find, and on anything that was not exercised.",
            "hatcheck drill",
            "hatcheck drill --json --report /var/lib/ci/drill.json",
            "PGPASSFILE=~/.pgpass hatcheck drill --postgres \"Host=127.0.0.1;Username=postgres\" --postgres-log "
                + "/var/log/postgresql/postgresql-15-main.log"
        )
        {
            postgres,
            log,
            range,
            report,
            accept,
            values,
            json,
        };
        postgres.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && HasPassword(text))
                result.AddError(
                    "--postgres takes no password: every user of the machine could read it there. Set PGPASSWORD or PGPASSFILE."
                );
        });
        range.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1_000_000)
                result.AddError("--range is 1 to 1000000.");
        });
        log.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } file && !File.Exists(file))
                result.AddError("--postgres-log: there is no such file.");
        });
        verb.SetAction(
            (parsed, cancellation) =>
                RunAsync(
                    host.Terminal,
                    capabilities,
                    new DrillOptions
                    {
                        Postgres = parsed.GetValue(postgres),
                        PostgresLog = parsed.GetValue(log),
                        Range = parsed.GetValue(range),
                        ShowValues = parsed.GetValue(values),
                        AcceptUnseen = parsed.GetValue(accept),
                    },
                    parsed.GetValue(report) ?? "hatcheck-drill.json",
                    parsed.GetValue(json),
                    cancellation
                )
        );
        return verb;
    }

    private static async Task<int> RunAsync(
        Terminal terminal,
        IReadOnlyList<Capability> capabilities,
        DrillOptions options,
        string file,
        bool json,
        CancellationToken cancellation
    )
    {
        var done = await WatchedAsync(terminal, capabilities, options, json, cancellation);
        await KeepAsync(file, JsonSerializer.Serialize(done, DrillJson.Readable.DrillReport), cancellation);
        await KeepAsync(Path.ChangeExtension(file, ".txt"), DrillText.Of(done), cancellation);
        if (json)
            terminal.WriteJson(done, DrillJson.Readable.DrillReport);
        else
            Show(terminal, done);
        await terminal.Error.WriteLineAsync(DrillText.Verdict(done));
        await terminal.Error.WriteLineAsync($"The report is kept in {file} and {Path.ChangeExtension(file, ".txt")}.");
        return done.Clean ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>Runs the drill with a progress bar on a terminal, else a line per step.</summary>
    private static async Task<DrillReport> WatchedAsync(
        Terminal terminal,
        IReadOnlyList<Capability> capabilities,
        DrillOptions options,
        bool json,
        CancellationToken cancellation
    )
    {
        if (!terminal.Interactive || json)
        {
            var plain = options with
            {
                Report = step =>
                {
                    if (step.Name.Length > 0)
                        terminal.Error.WriteLine($"{step.Number}/{DrillStep.Count} {step.Name}");
                },
            };
            return await new LeakDrill(plain, capabilities, TimeProvider.System).RunAsync(cancellation);
        }

        return await terminal
            .Ansi()
            .Progress()
            .AutoClear(true)
            .Columns(
                new SpinnerColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new ElapsedTimeColumn()
            )
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("drill", maxValue: DrillStep.Count);
                var (name, searched) = ("", 0L);
                var watched = options with
                {
                    Report = step =>
                    {
                        if (step.Name.Length > 0)
                            (name, searched) = (step.Name, 0);
                        searched += step.Bytes;
                        bar.Value = step.Number - 1;
                        bar.Description = Markup.Escape(searched > 0 ? $"{name}, {DrillText.Size(searched)}" : name);
                    },
                };
                var done = await new LeakDrill(watched, capabilities, TimeProvider.System).RunAsync(cancellation);
                bar.Value = DrillStep.Count;
                return done;
            });
    }

    private static void Show(Terminal terminal, DrillReport done)
    {
        terminal.WriteTable(["place", "searched", "canaries/spellings/hashes", "control", "found"], DrillText.Rows(done));
        if (done.Finds.Count > 0)
            terminal.WriteTable(
                ["place", "part", "canary", "as", "times"],
                done.Finds.Select(find => (string[])[find.Sink, find.Place, find.Canary, find.Form, $"{find.Times}"])
            );
        foreach (var line in done.NotExercised)
            terminal.Error.WriteLine($"not exercised: {line}");
        foreach (var line in done.Faults)
            terminal.Error.WriteLine($"fault: {line}");
        foreach (var sink in done.Sinks.Where(sink => sink.NotLookedAt is not null))
            terminal.Error.WriteLine($"not looked at: {sink.Name}: {sink.NotLookedAt}");
    }

    /// <summary>Writes a private file, replacing an existing one.</summary>
    private static async Task KeepAsync(string file, string text, CancellationToken cancellation)
    {
        File.Delete(file);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(file, options);
        await writer.WriteAsync(text.AsMemory(), cancellation);
    }

    private static bool HasPassword(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString).Password is not null;
        }
        catch (ArgumentException)
        {
            return connectionString.Contains("password", StringComparison.OrdinalIgnoreCase);
        }
    }
}
