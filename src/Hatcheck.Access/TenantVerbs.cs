using System.CommandLine;
using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Access;

internal static class TenantVerbs
{
    public static VerbGroup Of(IVerbHost host) =>
        new("tenants", [Add(host), List(host)])
        {
            Description = "Adds and lists tenants: a bot, or a family of bots that share users.",
            Examples = ["hatcheck tenants list", "hatcheck tenants add music"],
        };

    private static DatabaseVerb Add(IVerbHost host)
    {
        var name = new Argument<string>("name")
        {
            Description = "1 to 100 characters; need not be unique, but then only the id names it.",
        };
        var blindOnly = new Option<bool>("--blind-only")
        {
            Description = "Its bots hash messenger ids themselves; Hatcheck never sees one.",
        };
        var scheme = new Option<int>("--scheme")
        {
            Description =
                "How ids are hashed: 1 labelled (default), 0 plain HMAC of the decimal id, as in systems that "
                + "precede Hatcheck.",
            DefaultValueFactory = _ => 1,
        };
        var keyFile = new Option<string?>("--index-key-file")
        {
            Description = "An existing system's index key: a file of mode 0600, or - for standard input.",
            HelpName = "FILE",
        };
        var encoding = new Option<string?>("--index-key-encoding")
        {
            Description = "The encoding of that key; required with it, never guessed.",
        };
        encoding.AcceptOnlyFromAmong("text", "hex", "base64", "raw");
        var verb = new DatabaseVerb(
            host,
            "add",
            "Creates a tenant with keys of its own; prints its id.",
            "hatcheck tenants add music",
            "hatcheck tenants add alice --blind-only --scheme 0 --index-key-file hmac.key --index-key-encoding text",
            "printf %s \"$TELEGRAM_ID_HMAC_KEY\" | hatcheck tenants add alice --scheme 0 --index-key-file - "
                + "--index-key-encoding text"
        )
        {
            Access = DatabaseAccess.FirstKey,
        };
        verb.Add(name);
        foreach (var option in (Option[])[blindOnly, scheme, keyFile, encoding])
            verb.Add(option);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(keyFile) is not null != result.GetValue(encoding) is not null)
                result.AddError("--index-key-file and --index-key-encoding go together.");
        });
        scheme.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (0 or 1))
                result.AddError("--scheme is 0 or 1.");
        });
        verb.SetAction(
            async (parsed, cancellation) =>
            {
                using var key = parsed.GetValue(keyFile) is { } file
                    ? Read(
                        file,
                        Enum.Parse<KeyEncoding>(parsed.GetValue(encoding)!, ignoreCase: true),
                        parsed.GetValue(scheme),
                        host.Terminal
                    )
                    : null;
                // A running server may be unable to read the operator's file or see its folder: send the bytes.
                var remote = key is null
                    ? null
                    : new RemoteVerb(
                        [
                            "tenants",
                            "add",
                            "--scheme",
                            $"{parsed.GetValue(scheme)}",
                            "--index-key-file",
                            "-",
                            "--index-key-encoding",
                            "raw",
                            .. parsed.GetValue(blindOnly) ? (string[])["--blind-only"] : [],
                            .. verb.Json(parsed) ? (string[])["--json"] : [],
                            "--",
                            parsed.GetValue(name)!,
                        ],
                        key.Reveal().ToArray()
                    );
                return await verb.RunAsync(
                    host,
                    parsed,
                    async (run, stop) =>
                    {
                        var tenant = await run.Get<Tenants>()
                            .AddAsync(run.Value(name), run.Value(blindOnly), run.Value(scheme), key, stop);
                        run.Line([tenant], AccessVerbJson.Default.IReadOnlyListTenantView, $"{tenant.Id}");
                        run.Hint($"Get a key for its bot: {host.Typed(parsed, $"apikeys add {tenant.Id} --name bot")}");
                        if (tenant.BlindOnly)
                            run.Hint(
                                "Export the key that the bot hashes with: "
                                    + $"{host.Typed(parsed, $"keys export-index {tenant.Id} --out index.key")}"
                            );
                        return ExitCode.Ok;
                    },
                    remote,
                    cancellation
                );
            }
        );
        return verb;
    }

    private static DatabaseVerb List(IVerbHost host)
    {
        var verb = new DatabaseVerb(
            host,
            "list",
            "Lists tenants, oldest first. On PostgreSQL this needs Database:MaintenanceConnectionString.",
            "hatcheck tenants list",
            "hatcheck tenants list --json"
        );
        verb.Does(
            async (run, stop) =>
            {
                var tenants = await run.Get<TenantDirectory>().ListAsync(stop);
                return run.Table(
                    tenants,
                    AccessVerbJson.Default.IReadOnlyListTenantView,
                    ["id", "name", "hashes ids", "scheme", "created"],
                    tenants.Select(tenant =>
                        (string[])
                            [
                                $"{tenant.Id}",
                                tenant.Name,
                                tenant.BlindOnly ? "its bots" : "hatcheck",
                                $"{tenant.IndexScheme}",
                                $"{tenant.CreatedAt:u}",
                            ]
                    )
                );
            }
        );
        return verb;
    }

    private static SecretBytes Read(string file, KeyEncoding encoding, int scheme, Terminal terminal)
    {
        try
        {
            var key = file == "-" ? ImportedKey.FromStream(terminal.Input, encoding) : ImportedKey.FromFile(file, encoding);
            try
            {
                // The library checks the key's length, before anything is stored.
                using var usable = new BlindIndexKey(key, 1, scheme);
                return key;
            }
            catch (ArgumentException)
            {
                key.Dispose();
                throw new OperatorException("The index key is too short: scheme 1 takes at least 16 bytes.");
            }
        }
        catch (KeySourceException fault)
        {
            throw new OperatorException(fault.Message);
        }
    }
}
