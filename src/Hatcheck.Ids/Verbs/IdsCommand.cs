using System.CommandLine;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Ids.Verbs;

/// <summary>Moves a live table of plaintext Telegram ids, in the owner's own PostgreSQL, to hashes or tickets.</summary>
internal static class IdsCommand
{
    private const string Where = "--database \"Host=127.0.0.1;Database=shop;Username=owner\" --table users --column telegram_id";

    public static Command Create(IVerbHost host)
    {
        var arguments = new IdsArguments();
        var group = new Verb(
            "ids",
            "Moves a live PostgreSQL table of plaintext Telegram ids to hashed ones: plan, expand, fill, verify, contract; "
                + "rollback up to the contract. Each may be killed and run again.",
            $"hatcheck ids plan {Where}",
            $"hatcheck ids migrate {Where} --key-file hmac.key"
        );
        Add(
            group,
            host,
            arguments,
            new IdsVerb(
                "plan",
                "Shows what would happen, in which order, under which locks, and what could break. Changes nothing.",
                Needs.Nothing,
                (migration, _) => migration.PlanAsync
            )
            {
                Options = [.. arguments.Key, .. arguments.Values, .. arguments.Register, arguments.DryRun],
                ReadOnly = true,
            }
        );
        Add(
            group,
            host,
            arguments,
            new IdsVerb(
                "expand",
                "Adds an empty column beside each, and a trigger that keeps it up to date. Touches no row.",
                Needs.Key,
                (migration, _) => migration.ExpandAsync
            )
            {
                Options = [.. arguments.Key, .. arguments.Values, .. arguments.Register, arguments.DryRun],
            }
        );
        Add(
            group,
            host,
            arguments,
            new IdsVerb(
                "fill",
                "Fills every row's hash, in batches with a checkpoint, while writers go on.",
                Needs.Key,
                (migration, _) => migration.FillAsync
            )
            {
                Options = [.. arguments.Key, .. arguments.Values, .. arguments.Register, arguments.DryRun],
            }
        );
        Add(
            group,
            host,
            arguments,
            new IdsVerb(
                "verify",
                "Computes the hash of every row again, and compares. Exit code 1 on any difference.",
                Needs.Key,
                (migration, _) => migration.VerifyAsync
            )
            {
                Options = [.. arguments.Key, .. arguments.Values, .. arguments.Register],
                ReadOnly = true,
            }
        );
        Add(
            group,
            host,
            arguments,
            new IdsVerb(
                "contract",
                "Drops the plaintext and puts the hash in its place, with indexes and foreign keys. There is no way back.",
                Needs.Key,
                (migration, _) => migration.ContractAsync
            )
            {
                Options =
                [
                    .. arguments.Key,
                    .. arguments.Values,
                    .. arguments.Register,
                    .. arguments.Contract,
                    arguments.DryRun,
                    arguments.Yes,
                ],
                Asks = "This drops the plaintext; there is no way back but a backup.",
            }
        );
        Add(
            group,
            host,
            arguments,
            new IdsVerb(
                "rollback",
                "Removes what was added, at any time before the contract.",
                Needs.Nothing,
                (migration, _) => migration.RollbackAsync
            )
            {
                Options = [arguments.DryRun, arguments.Yes],
                Asks = "This removes the new column and all that was filled.",
            }
        );
        Add(
            group,
            host,
            arguments,
            new IdsVerb("status", "Shows the progress.", Needs.Nothing, (migration, _) => migration.StatusAsync)
            {
                ReadOnly = true,
            }
        );
        Add(
            group,
            host,
            arguments,
            new IdsVerb(
                "migrate",
                "Runs everything: plan, expand, fill, verify and, after asking, contract.",
                Needs.Key,
                (migration, run) => stop => migration.MigrateAsync(run.Show, run.GoOnAsync, stop)
            )
            {
                Options =
                [
                    .. arguments.Key,
                    .. arguments.Values,
                    .. arguments.Register,
                    .. arguments.Contract,
                    arguments.DryRun,
                    arguments.Yes,
                ],
                Asks = "This drops the plaintext; there is no way back but a backup.",
                AsksLater = true,
            }
        );
        return group;
    }

    private static void Add(Verb group, IVerbHost host, IdsArguments arguments, IdsVerb verb)
    {
        var example =
            verb.Needs == Needs.Key
                ? $"hatcheck ids {verb.Name} {Where} --key-file hmac.key"
                : $"hatcheck ids {verb.Name} {Where}";
        var command = new Verb(verb.Name, verb.Description, example);
        foreach (var option in (IEnumerable<Option>)[.. arguments.Where, .. verb.Options])
            command.Add(option);
        command.SetAction((parsed, cancellation) => new IdsRun(host, arguments, parsed, verb).RunAsync(cancellation));
        group.Add(command);
    }
}

/// <summary>What a verb needs from the command line.</summary>
internal enum Needs
{
    Nothing,
    Key,
}

/// <summary>A verb of <c>hatcheck ids</c>.</summary>
internal sealed record IdsVerb(
    string Name,
    string Description,
    Needs Needs,
    Func<IdsMigration, IdsRun, Func<CancellationToken, Task<IdsResult>>> Step
)
{
    public IReadOnlyList<Option> Options { get; init; } = [];

    /// <summary>The question asked first, unless <c>--yes</c> is given; null if there is none.</summary>
    public string? Asks { get; init; }

    /// <summary>True if the question comes later, during the run.</summary>
    public bool AsksLater { get; init; }

    /// <summary>True if the database is to refuse changes.</summary>
    public bool ReadOnly { get; init; }
}
