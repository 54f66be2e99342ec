using System.CommandLine;
using Hatcheck.Crypto;
using Hatcheck.Server.Access;
using Hatcheck.Server.Access.Tokens;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Users.Rotation;

namespace Hatcheck.Server.Cli;

internal static class KeysCommand
{
    public static Command Create(Invocation invocation) => new Verb("keys", "Shows the state of the keys; rotates index keys; gives a bot its index key; replaces the keys of access tokens.", "hatcheck keys status", "hatcheck keys rotate-index music", "hatcheck keys export-index alice --out index.key")
    {
        Status(invocation),
        ExportIndex(invocation),
        RotationCommands.Rotate(invocation),
        RotationCommands.Retire(invocation),
        RotateSigning(invocation),
    };

    private static Verb RotateSigning(Invocation invocation)
    {
        var verb = new Verb(
            "rotate-signing",
            "An emergency: takes away every key that signs access tokens and makes a new one. Access tokens are refused at once, on every node; whoever is signed in refreshes and goes on. Without it keys rotate by themselves.",
            "hatcheck keys rotate-signing");
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var key = await services.GetRequiredService<SigningKeys>().ReplaceAsync(invocation.Terminal.Operator, stop);
                await invocation.Terminal.Output.WriteLineAsync($"Access tokens are signed by {key} from now on; those of older keys are refused.");
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb Status(Invocation invocation)
    {
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var verb = new Verb(
            "status",
            "Shows which key-encryption key (KEK) is in use, how many keys each KEK wraps, the versions of the index keys, and how far a rotation of one is. Never a key.",
            "hatcheck keys status",
            "hatcheck keys status --json") { json };
        verb.SetAction((parsed, cancellation) => invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var kek = services.GetRequiredService<IKeyEncryptionKey>();
                var inventory = services.GetRequiredService<KeyInventory>();
                var rotations = await services.GetRequiredService<RotationStatus>().UnderWayAsync(stop);
                var status = new KeyStatus(kek.Id, kek.Describe(), await inventory.CountAsync(stop), await inventory.TenantKeysAsync(stop), rotations);
                if (parsed.GetValue(json))
                {
                    invocation.Terminal.WriteJson(status, CliJson.Readable.KeyStatus);
                    return ExitCode.Ok;
                }

                await invocation.Terminal.Output.WriteLineAsync($"KEK in use: {status.KekId} ({status.Provider})");
                invocation.Terminal.WriteTable(["table", "KEK", "keys"], status.Wrapped.Select(row => (string[])[row.Table, row.KekId == kek.Id ? $"{row.KekId} (in use)" : row.KekId, $"{row.Keys}"]));
                invocation.Terminal.WriteTable(
                    ["tenant", "key", "version", "scheme", "state"],
                    status.IndexKeys.Select(row => (string[])[$"{row.TenantId}", row.Purpose, $"{row.Version}", $"{row.Scheme}", row.State]));
                if (status.Rotations.Count == 0) return ExitCode.Ok;
                await invocation.Terminal.Output.WriteLineAsync("Rotations under way:");
                invocation.Terminal.WriteTable(
                    ["tenant", "version", "identities", "not yet under a newer one"],
                    status.Rotations.Select(row => (string[])[$"{row.TenantId}", $"{row.Version}", $"{row.Rows}", row.Left is { } left ? $"{left}" : "newest"]));
                return ExitCode.Ok;
            },
            cancellation));
        return verb;
    }

    private static Verb ExportIndex(Invocation invocation)
    {
        var tenant = new Argument<string>("tenant") { Description = "A blind-only tenant's id or name." };
        var file = new Option<string?>("--out") { Description = "A file to make, of mode 0600, which the bot reads.", HelpName = "FILE" };
        var stdout = new Option<bool>("--stdout") { Description = "Prints the key, for a pipe into a secret store." };
        var again = new Option<bool>("--again") { Description = "Though it was exported before." };
        var verb = new Verb(
            "export-index",
            "Gives a blind-only tenant's bot the key with which it hashes ids: whoever has it can find out every id, so it is given once. The export is recorded.",
            "hatcheck keys export-index alice --out index.key      then Hatcheck__IndexKeyFile=index.key for the bot",
            "hatcheck keys export-index alice --stdout | vault kv put secret/alice index_key=-") { tenant, file, stdout, again };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(file) is not null == result.GetValue(stdout)) result.AddError("Say where the key goes: either --out FILE or --stdout.");
        });
        verb.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(file) is not { } path) return await ExportAsync(invocation, parsed, tenant, again, null, cancellation);
            // The file is the caller's, also where the running server gives the key: made here, before anything is recorded.
            await using var target = NewFile(path);
            var done = ExitCode.Failed;
            try
            {
                await using var writer = new StreamWriter(target);
                string[] remote = ["keys", "export-index", parsed.GetValue(tenant)!, "--stdout", .. parsed.GetValue(again) ? (string[])["--again"] : []];
                var toFile = invocation.To(invocation.Terminal with { Output = writer, Interactive = false });
                done = await ExportAsync(toFile, parsed, tenant, again, new RemoteVerb(remote, []), cancellation);
            }
            finally
            {
                if (done != ExitCode.Ok) File.Delete(path);
            }

            if (done == ExitCode.Ok) await invocation.Terminal.Error.WriteLineAsync($"Written to {path}, mode 0600. Bring it to the bot, then remove it here.");
            return done;
        });
        return verb;
    }

    private static Task<int> ExportAsync(
        Invocation invocation, ParseResult parsed, Argument<string> tenant, Option<bool> again, RemoteVerb? remote, CancellationToken cancellation) =>
        invocation.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var owner = await services.GetRequiredService<Tenants>().FindAsync(parsed.GetValue(tenant)!, stop);
                if (!owner.BlindOnly)
                    throw new OperatorException("Only a blind-only tenant's bots hash ids themselves; for this tenant Hatcheck does, and its index key never leaves.");
                using var key = await services.GetRequiredService<IndexKeyExport>().ExportAsync(owner.Id, invocation.Terminal.Operator, parsed.GetValue(again), stop);
                await invocation.Terminal.Output.WriteLineAsync(key.Reveal());
                return ExitCode.Ok;
            },
            cancellation,
            remote);

    private static FileStream NewFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(path, options);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"{path} can't be made: {fault.Message}");
        }
    }
}
