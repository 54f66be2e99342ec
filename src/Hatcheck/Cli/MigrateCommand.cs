using System.CommandLine;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;
using Spectre.Console;

namespace Hatcheck.Cli;

internal static class MigrateCommand
{
    public static Command Create(Invocation invocation)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Lists what would be applied; changes nothing." };
        var rolesSql = new Option<bool>("--print-roles-sql")
        {
            Description = "Prints the script that creates PostgreSQL's roles; run it once, as a superuser.",
        };
        var json = Verb.JsonOption();
        var verb = new Verb(
            "migrate",
            "Brings the schema up to this build. On PostgreSQL as the owner (Database:OwnerConnectionString); safe beside "
                + "running nodes and other migrations.",
            "hatcheck migrate --dry-run",
            "hatcheck migrate --config /etc/hatcheck/owner.json     the owner's connection string stays out of the process list",
            "hatcheck migrate --print-roles-sql | psql -d hatcheck"
        )
        {
            dryRun,
            rolesSql,
            json,
        };
        verb.SetAction(
            async (parsed, cancellation) =>
            {
                if (parsed.GetValue(rolesSql))
                {
                    using var script = new StreamReader(typeof(MigrateCommand).Assembly.GetManifestResourceStream("roles.sql")!);
                    await invocation.Terminal.Output.WriteAsync(await script.ReadToEndAsync(cancellation));
                    return ExitCode.Ok;
                }

                return await invocation.WithDatabaseAsync(
                    parsed,
                    async (services, stop) =>
                    {
                        var migrator = services.GetRequiredService<Migrator>();
                        var pending = await PendingAsync(services, migrator, stop);
                        if (!parsed.GetValue(dryRun))
                            await ApplyAsync(migrator, pending, invocation.Terminal, parsed.GetValue(json), stop);
                        var views = pending.ConvertAll(script => new MigrationView(script.Version, script.Name));
                        Report(
                            invocation.Terminal,
                            new MigrateResult(migrator.Known, views, parsed.GetValue(dryRun)),
                            parsed.GetValue(json)
                        );
                        return ExitCode.Ok;
                    },
                    cancellation,
                    access: parsed.GetValue(dryRun) ? DatabaseAccess.AsItIs : DatabaseAccess.Create
                );
            }
        );
        return verb;
    }

    private static async Task<List<Migration>> PendingAsync(
        IServiceProvider services,
        Migrator migrator,
        CancellationToken cancellation
    )
    {
        // Asking SQLite would create the file.
        var isThere = services.GetRequiredService<IEngine>().NotMadeYet is null;
        var version = isThere ? (await migrator.StateAsync(cancellation)).Version : 0;
        return [.. migrator.Scripts.Where(script => script.Version > version)];
    }

    private static async Task ApplyAsync(
        Migrator migrator,
        List<Migration> pending,
        Terminal terminal,
        bool json,
        CancellationToken cancellation
    )
    {
        if (!terminal.Interactive || json || pending.Count == 0)
        {
            // Runs even if nothing seems to be missing: the check under the migration lock decides.
            await migrator.MigrateAsync(
                script => terminal.Error.WriteLine($"applying {script.Version} {script.Name}"),
                cancellation
            );
            return;
        }

        await terminal
            .Ansi()
            .Progress()
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("schema", maxValue: pending.Count);
                var begun = 0;
                await migrator.MigrateAsync(
                    script =>
                    {
                        bar.Value = begun++;
                        bar.Description = Markup.Escape($"{script.Version} {script.Name}");
                    },
                    cancellation
                );
                bar.Value = pending.Count;
            });
    }

    private static void Report(Terminal terminal, MigrateResult result, bool json)
    {
        if (json)
        {
            terminal.WriteJson(result, CliJson.Default.MigrateResult);
            return;
        }

        if (result.DryRun)
            terminal.WriteTable(
                ["version", "would apply"],
                result.Applied.Select(script => (string[])[$"{script.Version}", script.Name])
            );
        terminal.Error.WriteLine(
            result switch
            {
                { Applied.Count: 0 } => $"The schema is at version {result.Version}; nothing is missing.",
                { DryRun: true } => $"{result.Applied.Count} to apply; nothing was changed.",
                _ => $"The schema is at version {result.Version} now.",
            }
        );
    }
}
