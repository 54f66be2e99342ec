using System.CommandLine;
using System.Text.Json.Serialization;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Platform.Keys;

/// <summary>The key itself, as output of <c>keys export-index --stdout --json</c>.</summary>
internal sealed record ExportedIndexKey(Guid TenantId, string IndexKey)
{
    /// <summary>Masks the key.</summary>
    public override string ToString() => $"{nameof(ExportedIndexKey)} {{ TenantId = {TenantId}, IndexKey = *** }}";
}

/// <summary>The file that <c>keys export-index --out</c> wrote.</summary>
internal sealed record IndexKeyFile(string Path);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExportedIndexKey))]
[JsonSerializable(typeof(IndexKeyFile))]
internal sealed partial class IndexKeyJson : JsonSerializerContext;

/// <summary><c>keys export-index</c>: exports to a blind-only tenant's bot the key with which it hashes ids.</summary>
internal static class IndexKeyVerb
{
    public static VerbGroup Of(IVerbHost host)
    {
        var file = new Option<string?>("--out")
        {
            Description = "A file to create, of mode 0600, which the bot reads.",
            HelpName = "FILE",
        };
        var stdout = new Option<bool>("--stdout") { Description = "Prints the key, for a pipe into a secret store." };
        var again = new Option<bool>("--again") { Description = "Even if it was exported before." };
        var verb = TenantVerb.WithArgument(
            host,
            "export-index",
            "Exports the key with which a blind-only tenant's bot hashes ids. Its holder can recover every id, so it "
                + "is exported once. The export is recorded.",
            "hatcheck keys export-index alice --out index.key      then Hatcheck__IndexKeyFile=index.key for the bot",
            "hatcheck keys export-index --stdout | vault kv put secret/alice index_key=-"
        );
        foreach (var option in (Option[])[file, stdout, again])
            verb.Add(option);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(file) is not null == result.GetValue(stdout))
                result.AddError("Say where the key goes: either --out FILE or --stdout.");
        });
        verb.SetAction(
            (parsed, cancellation) =>
                parsed.GetValue(file) is { } path
                    ? ToFileAsync(verb, host, parsed, again, path, cancellation)
                    : ExportAsync(verb, host, parsed, again, verb.Json(parsed), null, cancellation)
        );
        return new VerbGroup("keys", [verb])
        {
            Description =
                "Shows the state of the keys; rotates index keys; exports a bot's index key; replaces the keys of "
                + "access tokens.",
            Examples =
            [
                "hatcheck keys status",
                "hatcheck keys rotate-index music",
                "hatcheck keys export-index alice --out index.key",
            ],
        };
    }

    private static async Task<int> ToFileAsync(
        TenantVerb verb,
        IVerbHost host,
        ParseResult parsed,
        Option<bool> again,
        string path,
        CancellationToken cancellation
    )
    {
        // The caller's file, also where the running server exports the key: created here, before anything is recorded.
        await using var target = NewFile(path);
        var done = ExitCode.Failed;
        try
        {
            await using var writer = new StreamWriter(target);
            string[] tenant = verb.Named(parsed) is { } named ? [$"--tenant={named}"] : [];
            string[] remote =
            [
                "keys",
                "export-index",
                .. tenant,
                "--stdout",
                .. parsed.GetValue(again) ? (string[])["--again"] : [],
            ];
            var toFile = host.To(host.Terminal with { Output = writer, Interactive = false });
            done = await ExportAsync(verb, toFile, parsed, again, json: false, new RemoteVerb(remote, []), cancellation);
        }
        finally
        {
            if (done != ExitCode.Ok)
                File.Delete(path);
        }

        if (done != ExitCode.Ok)
            return done;
        if (verb.Json(parsed))
            host.Terminal.WriteJson(new IndexKeyFile(path), IndexKeyJson.Default.IndexKeyFile);
        await host.Terminal.Error.WriteLineAsync($"Written to {path}, mode 0600. Bring it to the bot, then remove it here.");
        return done;
    }

    private static Task<int> ExportAsync(
        TenantVerb verb,
        IVerbHost host,
        ParseResult parsed,
        Option<bool> again,
        bool json,
        RemoteVerb? remote,
        CancellationToken cancellation
    ) =>
        verb.RunAsync(
            host,
            parsed,
            async (run, stop) =>
            {
                if (!run.Tenant.BlindOnly)
                    throw new OperatorException(
                        "Only a blind-only tenant's bots hash ids themselves; for this tenant Hatcheck does, and its index "
                            + "key never leaves."
                    );
                using var key = await run.Get<IndexKeyExport>()
                    .ExportAsync(run.Tenant.Id, run.Terminal.Operator, run.Value(again), stop);
                if (json)
                    run.Terminal.WriteJson(
                        new ExportedIndexKey(run.Tenant.Id, $"{key.Reveal()}"),
                        IndexKeyJson.Default.ExportedIndexKey
                    );
                else
                    await run.Terminal.Output.WriteLineAsync(key.Reveal());
                return ExitCode.Ok;
            },
            remote,
            cancellation
        );

    private static FileStream NewFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(path, options);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"{path} can't be created: {fault.Message}");
        }
    }
}
