using System.CommandLine;
using Hatcheck.Crypto;
using Hatcheck.Server.Access;
using Hatcheck.Server.Platform;

namespace Hatcheck.Server.Cli;

internal static class TenantsCommand
{
    public static Command Create(Invocation invocation) => new Verb(
        "tenants", "Adds and lists tenants: a bot, or a family of bots that share users.", "hatcheck tenants list", "hatcheck tenants add music")
    {
        Add(invocation),
        List(invocation),
    };

    private static Verb Add(Invocation invocation)
    {
        var name = new Argument<string>("name") { Description = "1 to 100 characters; need not be unique, but then only the id names it." };
        var blindOnly = new Option<bool>("--blind-only") { Description = "Its bots hash messenger ids themselves; Hatcheck never sees one." };
        var scheme = new Option<int>("--scheme") { Description = "How ids are hashed: 1 labelled (default), 0 plain HMAC of the decimal id, as systems before Hatcheck did.", DefaultValueFactory = _ => 1 };
        var keyFile = new Option<string?>("--index-key-file") { Description = "An existing system's index key: a file of mode 0600, or - for standard input.", HelpName = "FILE" };
        var encoding = new Option<string?>("--index-key-encoding") { Description = "How that key is written down; needed with it, never guessed." };
        encoding.AcceptOnlyFromAmong("text", "hex", "base64", "raw");
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(
            "add",
            "Makes a tenant with keys of its own; prints its id.",
            "hatcheck tenants add music",
            "hatcheck tenants add alice --blind-only --scheme 0 --index-key-file hmac.key --index-key-encoding text",
            "printf %s \"$TELEGRAM_ID_HMAC_KEY\" | hatcheck tenants add alice --scheme 0 --index-key-file - --index-key-encoding text") { name, blindOnly, scheme, keyFile, encoding, json };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(keyFile) is not null != result.GetValue(encoding) is not null) result.AddError("--index-key-file and --index-key-encoding go together.");
        });
        scheme.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (0 or 1)) result.AddError("--scheme is 0 or 1.");
        });
        verb.SetAction(async (parsed, cancellation) =>
        {
            using var key = parsed.GetValue(keyFile) is { } file ? Read(file, Enum.Parse<KeyEncoding>(parsed.GetValue(encoding)!, ignoreCase: true), parsed.GetValue(scheme), invocation.Terminal) : null;
            // A running server may not be able to read the operator's file, nor see its folder: it gets the bytes.
            var remote = key is null ? null : new RemoteVerb(
                ["tenants", "add", parsed.GetValue(name)!, "--scheme", $"{parsed.GetValue(scheme)}", "--index-key-file", "-", "--index-key-encoding", "raw",
                    .. parsed.GetValue(blindOnly) ? (string[])["--blind-only"] : [], .. parsed.GetValue(json) ? (string[])["--json"] : []],
                key.Reveal().ToArray());
            return await invocation.WithDatabaseAsync(
                parsed,
                async (services, stop) =>
                {
                    var tenant = await services.GetRequiredService<Tenants>().AddAsync(parsed.GetValue(name)!, parsed.GetValue(blindOnly), parsed.GetValue(scheme), key, stop);
                    if (parsed.GetValue(json)) invocation.Terminal.WriteJson([tenant], CliJson.Readable.IReadOnlyListTenantView);
                    else await invocation.Terminal.Output.WriteLineAsync(tenant.Id.ToString());
                    await invocation.Terminal.Error.WriteLineAsync($"Get a key for its bot: hatcheck apikeys add {tenant.Id} --name bot");
                    if (tenant.BlindOnly) await invocation.Terminal.Error.WriteLineAsync($"And the key with which the bot hashes: hatcheck keys export-index {tenant.Id} --out index.key");
                    return ExitCode.Ok;
                },
                cancellation,
                remote);
        });
        return verb;
    }

    private static Verb List(Invocation invocation)
    {
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(
            "list",
            "Lists tenants, oldest first. On PostgreSQL this needs Database:MaintenanceConnectionString.",
            "hatcheck tenants list",
            "hatcheck tenants list --json") { json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var tenants = await services.GetRequiredService<Tenants>().ListAsync(stop);
                if (parsed.GetValue(json)) invocation.Terminal.WriteJson(tenants, CliJson.Readable.IReadOnlyListTenantView);
                else
                {
                    invocation.Terminal.WriteTable(
                        ["id", "name", "hashes ids", "scheme", "made"],
                        tenants.Select(tenant => (string[])[$"{tenant.Id}", tenant.Name, tenant.BlindOnly ? "its bots" : "hatcheck", $"{tenant.IndexScheme}", $"{tenant.CreatedAt:u}"]));
                }

                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static SecretBytes Read(string file, KeyEncoding encoding, int scheme, Terminal terminal)
    {
        try
        {
            var key = file == "-" ? ImportedKey.FromStream(terminal.Input, encoding) : ImportedKey.FromFile(file, encoding);
            try
            {
                // Its rules on length are the library's: asked before anything is stored.
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
