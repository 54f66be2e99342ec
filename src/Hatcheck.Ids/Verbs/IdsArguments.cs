using System.CommandLine;
using Hatcheck.Crypto;
using Hatcheck.Ids.Values;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Ids.Verbs;

/// <summary>The options of <c>hatcheck ids</c>; each verb takes those it needs.</summary>
internal sealed class IdsArguments
{
    private readonly Option<string?> database = new("--database")
    {
        Description =
            "Where the table is, as \"Host=…;Database=…;Username=…\", without password (PGPASSWORD, PGPASSFILE). Or the "
            + $"environment's {DatabaseSource.Variable}.",
        HelpName = "SETTINGS",
    };
    private readonly Option<string?> databaseFile = new("--database-file")
    {
        Description = "A file with that line, of mode 0600 if a password is in it.",
        HelpName = "FILE",
    };
    private readonly Option<string> table = new("--table")
    {
        Description = "The table, as users, shop.users or \"Odd.Name\".",
        Required = true,
        HelpName = "[SCHEMA.]TABLE",
    };
    private readonly Option<string> column = new("--column")
    {
        Description = "The column with the ids. What refers to it by foreign keys is migrated with it.",
        Required = true,
        HelpName = "NAME",
    };
    private readonly Option<string?> keyFile = new("--key-file")
    {
        Description = "The index key: a file of mode 0600. A file from `keys export-index` names its own scheme.",
        HelpName = "FILE",
    };
    private readonly Option<string?> keyEnv = new("--key-env")
    {
        Description = $"The environment's variable with the key; default {KeySource.DefaultVariable}, if it is set.",
        HelpName = "NAME",
    };
    private readonly Option<string?> tenant = new("--tenant")
    {
        Description = "The index key of a blind-only tenant, from Hatcheck's own database. The export is recorded.",
        HelpName = "NAME",
    };
    private readonly Option<string> encoding = new("--key-encoding")
    {
        Description =
            "How the key is written down: text (default: the program passes the variable to HMAC as it is), hex, base64 or raw.",
        DefaultValueFactory = _ => "text",
    };
    private readonly Option<int> scheme = new("--scheme")
    {
        Description = "How ids are hashed: 0 plain HMAC of the decimal id (default), 1 labelled.",
        DefaultValueFactory = _ => 0,
    };
    private readonly Option<int> batch = new("--batch")
    {
        Description = $"Rows per transaction: 1 to {IdsOptions.MaxBatch:N0}, default {IdsOptions.DefaultBatch:N0}.",
        DefaultValueFactory = _ => IdsOptions.DefaultBatch,
    };
    private readonly Option<bool> json = new("--json") { Description = "Prints a JSON object per line; the last is the result." };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Checks everything, changes nothing." };
    private readonly Option<bool> yes = new("--yes") { Description = "Does not ask." };
    private readonly Option<bool> normalize = new("--normalize")
    {
        Description = "\" 00123 \" counts as 123; else such a value is rejected.",
    };
    private readonly Option<bool> keepHashed = new("--keep-hashed")
    {
        Description = "A value of 64 lowercase hexadecimal digits is taken as hashed already; else it is rejected.",
    };
    private readonly Option<string?> rejects = new("--rejects")
    {
        Description = "A CSV file of the rejected rows: table, column, row, reason; never the value.",
        HelpName = "FILE",
    };
    private readonly Option<string> onReject = new("--on-reject")
    {
        Description = "What happens to rejected rows: stop (default) refuses the contract, null makes them NULL.",
        DefaultValueFactory = _ => "stop",
    };
    private readonly Option<bool> keepName = new("--keep-column-name")
    {
        Description = "The new column keeps its own name, instead of taking the old one's.",
    };
    private readonly Option<bool> rewrite = new("--rewrite")
    {
        Description =
            "Rewrites the tables (VACUUM FULL, an exclusive lock for as long) so that the dropped ids leave their files too.",
    };
    private readonly Option<bool> register = new("--register")
    {
        Description = "Registers each user in Hatcheck, and stores the ticket instead of a hash.",
    };
    private readonly Option<string?> hatcheck = new("--hatcheck")
    {
        Description = "Hatcheck's address, with --register.",
        HelpName = "URL",
    };
    private readonly Option<string?> apiKeyFile = new("--api-key-file")
    {
        Description = $"A file of mode 0600 with Hatcheck's API key; or the environment's {TicketSource.Variable}.",
        HelpName = "FILE",
    };

    public IdsArguments()
    {
        encoding.AcceptOnlyFromAmong("text", "hex", "base64", "raw");
        onReject.AcceptOnlyFromAmong("stop", "null");
        batch.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > IdsOptions.MaxBatch)
                result.AddError($"--batch is 1 to {IdsOptions.MaxBatch}.");
        });
        scheme.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (0 or 1))
                result.AddError("--scheme is 0 or 1.");
        });
    }

    public IEnumerable<Option> Where => [database, databaseFile, table, column, json];

    public IEnumerable<Option> Key => [keyFile, keyEnv, tenant, encoding, scheme];

    public IEnumerable<Option> Values => [batch, normalize, keepHashed, rejects, onReject];

    public IEnumerable<Option> Register => [register, hatcheck, apiKeyFile];

    public IEnumerable<Option> Contract => [keepName, rewrite];

    public Option<bool> DryRun => dryRun;

    public Option<bool> Yes => yes;

    public bool Json(ParseResult parsed) => parsed.GetValue(json);

    public static bool Has(ParseResult parsed, Option<bool> option) =>
        parsed.CommandResult.Command.Options.Contains(option) && parsed.GetValue(option);

    public string ConnectionString(ParseResult parsed) =>
        (parsed.GetValue(database), parsed.GetValue(databaseFile)) switch
        {
            (not null, not null) => throw new UsageException("Say the database once: --database or --database-file."),
            ({ } text, null) => DatabaseSource.FromOption(text),
            (null, { } file) => DatabaseSource.FromFile(file),
            _ => DatabaseSource.FromVariable(),
        };

    public IdsOptions Options(ParseResult parsed)
    {
        var has = parsed.CommandResult.Command.Options;
        return new IdsOptions(parsed.GetValue(table)!, parsed.GetValue(column)!)
        {
            Batch = has.Contains(batch) ? parsed.GetValue(batch) : IdsOptions.DefaultBatch,
            Text = new IdText(Has(parsed, normalize), Has(parsed, keepHashed)),
            Kind = Has(parsed, register) ? ReplacementKind.Ticket : ReplacementKind.Hash,
            DryRun = Has(parsed, dryRun),
            NullRejects = has.Contains(onReject) && parsed.GetValue(onReject) == "null",
            KeepColumnName = Has(parsed, keepName),
            Rewrite = Has(parsed, rewrite),
            RejectsFile = has.Contains(rejects) ? parsed.GetValue(rejects) : null,
        };
    }

    /// <summary>The key that the command line names; null if it names none.</summary>
    public async Task<BlindIndexKey?> KeyAsync(ParseResult parsed, IVerbHost host, CancellationToken cancellation)
    {
        if (!parsed.CommandResult.Command.Options.Contains(keyFile))
            return null;
        var written = Enum.Parse<KeyEncoding>(parsed.GetValue(encoding)!, ignoreCase: true);
        switch (parsed.GetValue(keyFile), parsed.GetValue(keyEnv), parsed.GetValue(tenant))
        {
            case ({ } file, null, null):
                return KeySource.FromFile(file, written, parsed.GetValue(scheme));
            case (null, { } name, null):
                return KeySource.FromVariable(name, written, parsed.GetValue(scheme));
            case (null, null, { } name):
                return KeySource.FromExport(await TenantKey.ExportAsync(name, parsed, host, cancellation));
            case (null, null, null):
                return Environment.GetEnvironmentVariable(KeySource.DefaultVariable) is { Length: > 0 }
                    ? KeySource.FromVariable(KeySource.DefaultVariable, written, parsed.GetValue(scheme))
                    : null;
            default:
                throw new UsageException("Say the key once: --key-file, --key-env or --tenant.");
        }
    }

    /// <summary>Hatcheck's address and API key, with <c>--register</c>.</summary>
    public TicketSource? Tickets(ParseResult parsed) =>
        Has(parsed, register) ? TicketSource.Read(parsed.GetValue(hatcheck), parsed.GetValue(apiKeyFile)) : null;
}
